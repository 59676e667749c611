"""The ownership that a real cluster recorded for created objects is the ownership that we record."""

import json
from pathlib import Path

import pytest

from kubetutor.embedded.apiserver.go_json import clone
from kubetutor.embedded.apiserver.managed_fields import on_update

CASES = [
    case
    for case in json.loads((Path(__file__).parents[3] / "upstream" / "created.json").read_text())
    if case["code"] == 201
]


def before_admission(case):
    """Answer the stored object without what came after its defaults: admission, and the strategy of its kind."""
    obj, sent = clone(case["stored"]), case["input"]
    obj.pop("status", None)
    metadata, spec = obj["metadata"], obj.get("spec", {})
    metadata.pop("managedFields", None)
    metadata.pop("finalizers", None)
    for remove in _AFTER_DEFAULTS.get(obj["kind"], ()):
        remove(obj, spec, sent)
    return obj


def without_admitted_fields(_obj, spec, _sent):
    spec["volumes"] = [v for v in spec["volumes"] if not v["name"].startswith("kube-api-access")] or None
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        mounts = [m for m in container["volumeMounts"] if not m["name"].startswith("kube-api-access")]
        container["volumeMounts"] = mounts or None
    for name in ("serviceAccountName", "serviceAccount", "tolerations", "priority", "preemptionPolicy"):
        spec.pop(name)


def without_allocations(_obj, spec, sent):
    for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        spec.pop(name, None)
    if "clusterIP" in sent["spec"]:
        spec["clusterIP"] = sent["spec"]["clusterIP"]
    for port in spec.get("ports", []):
        port.pop("nodePort", None)


def without_generated_selector(obj, spec, _sent):
    obj["metadata"].pop("labels")
    spec.pop("selector")
    spec["template"].pop("metadata")


_AFTER_DEFAULTS = {
    "Pod": [without_admitted_fields],
    "Service": [without_allocations],
    "Job": [without_generated_selector],
    "Namespace": [lambda obj, _spec, _sent: obj.pop("spec")],
}


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{c['stored']['kind']}-{c['input']['metadata']['name']}" for c in CASES]
)
def test_a_created_object_is_owned_as_upstream_says(case, type_of):
    obj = before_admission(case)
    on_update(
        obj,
        None,
        manager="observer",
        type_=type_of(obj["apiVersion"], obj["kind"]),
        now="<time>",
    )
    assert obj["metadata"].get("managedFields") == case["stored"]["metadata"].get("managedFields")


def test_fields_are_written_in_upstreams_order(type_of):
    case = next(c for c in CASES if c["stored"]["metadata"]["name"] == "full")
    obj = before_admission(case)
    on_update(obj, None, manager="observer", type_=type_of("v1", "Pod"), now="<time>")
    assert json.dumps(obj["metadata"]["managedFields"]) == json.dumps(
        case["stored"]["metadata"]["managedFields"]
    )
