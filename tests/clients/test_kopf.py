"""An operator made with kopf works on a kind of its own: it creates, updates, resumes, counts, and is there at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kubetutor.api.wait import until
from kubetutor.errors import ApiError

pytestmark = pytest.mark.both

OPERATOR = Path(__file__).with_name("till_operator.py")
PATIENCE = 60.0  # seconds; an operator is there within two, on a busy machine later
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["greeting"],
            "properties": {"greeting": {"type": "string"}},
        },
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}


def definition(group):
    version = {
        "name": "v1", "served": True, "storage": True,
        "schema": {"openAPIV3Schema": SCHEMA}, "subresources": {"status": {}},
    }  # fmt: skip
    names = {"plural": "tills", "singular": "till", "kind": "Till"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    return {"metadata": {"name": f"tills.{group}"}, "spec": spec}


def read(cluster, resource, name, namespace=None):
    """Answer an object, or nothing where there is none."""
    try:
        return cluster.api.get(resource, name, namespace=namespace)
    except ApiError as error:
        if error.code != 404:
            raise
        return None


@dataclass(frozen=True)
class Shop:
    """A namespace with a kind of tills, whose operator may be started and stopped."""

    cluster: Any
    namespace: str
    group: str
    log: Path

    @property
    def tills(self) -> str:
        return f"tills.{self.group}"

    def operator(self) -> subprocess.Popen[bytes]:
        argv = [
            sys.executable,
            "-m",
            "kopf",
            "run",
            "--verbose",
            "--namespace",
            self.namespace,
            str(OPERATOR),
        ]
        environment = {**os.environ, **self.cluster.environment, "TILL_GROUP": self.group}
        with self.log.open("ab") as log:
            return subprocess.Popen(argv, stdout=log, stderr=log, env=environment)

    def opens(self, greeting):
        body = {"apiVersion": f"{self.group}/v1", "kind": "Till", "metadata": {"name": "front"}}
        self.cluster.api.create(
            self.tills, {**body, "spec": {"greeting": greeting}}, namespace=self.namespace
        )

    def till(self):
        return read(self.cluster, self.tills, "front", self.namespace)

    def told(self, name):
        """Answer the data of a ConfigMap; nothing where there is none."""
        found = read(self.cluster, "configmaps", name, self.namespace)
        return found["data"] if found else None

    def eventually(self, check, what):
        return until(
            check, what=f"{what}; the operator said: {self.log.read_text()[-3000:]}", timeout=PATIENCE
        )


@pytest.fixture
def shop(cluster, namespace, tmp_path):
    group = f"shop-{uuid.uuid4().hex[:8]}.example.com"
    cluster.api.create(DEFINITIONS, definition(group))
    cluster.kubectl("wait", "--for=condition=Established", f"crd/tills.{group}", "--timeout=30s")
    made = Shop(cluster, namespace, group, tmp_path / "operator.log")
    yield made
    if made.till():  # its operator has ended: nobody would let go of the finalizer
        cluster.api.patch(made.tills, "front", {"metadata": {"finalizers": None}}, namespace=namespace)
    cluster.api.delete(DEFINITIONS, f"tills.{group}")


@pytest.fixture
def operator(shop):
    """The operator, running."""
    process = shop.operator()
    yield process
    process.terminate()
    process.wait(timeout=30)


def status(shop, handler):
    return (shop.till().get("status") or {}).get(handler)


@pytest.mark.usefixtures("operator")
def test_it_creates_at_the_second_try_and_owns_what_it_made(shop):
    shop.opens("Thank you")
    shop.eventually(
        lambda: status(shop, "open_till") == {"receipt": "front-receipt", "retries": 1}, "a status"
    )
    made = read(shop.cluster, "configmaps", "front-receipt", shop.namespace)
    assert made["data"] == {"greeting": "Thank you"}
    [owner] = made["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Till", shop.till()["metadata"]["uid"])
    assert shop.till()["metadata"]["finalizers"] == [f"{shop.group}/till-is-open"]


@pytest.mark.usefixtures("operator")
def test_it_says_in_an_event_what_it_did(shop):
    shop.opens("Thank you")

    def event():
        found = shop.cluster.api.list("events", namespace=shop.namespace)
        return next((each for each in found if each["reason"] == "Opened"), None)

    seen = shop.eventually(event, "an event")
    assert (seen["type"], seen["message"]) == ("Normal", "The till is open")
    assert (seen["involvedObject"]["kind"], seen["involvedObject"]["name"]) == ("Till", "front")


@pytest.mark.usefixtures("operator")
def test_it_follows_a_change(shop):
    shop.opens("Thank you")
    shop.eventually(lambda: status(shop, "open_till"), "a status")
    change = {"spec": {"greeting": "See you soon"}}
    shop.cluster.api.patch(shop.tills, "front", change, namespace=shop.namespace)
    shop.eventually(lambda: shop.told("front-receipt") == {"greeting": "See you soon"}, "the new greeting")
    shop.eventually(
        lambda: status(shop, "print_anew/spec.greeting") == {"was": "Thank you"}, "the old greeting"
    )


@pytest.mark.usefixtures("operator")
def test_its_timer_counts(shop):
    shop.opens("Thank you")
    shop.eventually(lambda: (status(shop, "ticks") or 0) >= 3, "three ticks")


@pytest.mark.usefixtures("operator")
def test_it_is_there_at_the_end_and_what_it_owned_goes(shop):
    shop.opens("Thank you")
    shop.eventually(lambda: status(shop, "open_till"), "a status")
    shop.cluster.api.delete(shop.tills, "front", namespace=shop.namespace)
    shop.eventually(lambda: shop.till() is None, "the end of the till")
    assert shop.told("front-goodbye") == {"last": "Thank you"}
    shop.eventually(lambda: shop.told("front-receipt") is None, "the end of what it owned")


def test_a_new_operator_resumes_and_sees_what_changed_meanwhile(shop, operator):
    shop.opens("Thank you")
    shop.eventually(lambda: status(shop, "open_till"), "a status")
    operator.terminate()
    assert operator.wait(timeout=30) == 0
    change = {"spec": {"greeting": "We were closed"}}
    shop.cluster.api.patch(shop.tills, "front", change, namespace=shop.namespace)
    second = shop.operator()
    try:
        shop.eventually(lambda: status(shop, "known"), "that it is known")
        shop.eventually(lambda: shop.told("front-receipt") == {"greeting": "We were closed"}, "the change")
    finally:
        second.terminate()
        second.wait(timeout=30)
