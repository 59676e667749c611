"""The roles that a cluster begins with, against those of a real one."""

import json
from pathlib import Path

import pytest

from kubetutor.api.objects import key_of
from kubetutor.embedded.bootstrap import bootstrap, bootstrap_roles
from kubetutor.embedded.bootstrap_policy import AUTOUPDATE, policy
from tests.embedded.api_server import RecordingClient, make_registry
from tests.embedded.hand_moved_clock import HandMovedClock

ROLES = "clusterroles.rbac.authorization.k8s.io"
BINDINGS = "clusterrolebindings.rbac.authorization.k8s.io"

UPSTREAM = json.loads((Path(__file__).parents[1] / "upstream" / "bootstrap-policy.json").read_text())


@pytest.mark.parametrize("resource", UPSTREAM)
def test_the_policy_is_upstreams(resource):
    ours = {key_of(obj): obj for each, obj in policy() if each == resource}
    assert sorted(ours) == sorted(UPSTREAM[resource])
    for key, expected in UPSTREAM[resource].items():
        assert {name: ours[key][name] for name in ours[key] if name not in {"apiVersion", "kind"}} == expected


def test_nothing_is_left_over():
    assert {resource for resource, _ in policy()} == set(UPSTREAM)


async def start(client):
    bootstrap(client, address="127.1.0.1", port=6443, cluster_ip="127.96.0.1")
    await bootstrap_roles(client, HandMovedClock())


@pytest.fixture
async def client():
    """The client of a cluster that has been started once."""
    client = RecordingClient(make_registry(HandMovedClock()))
    await start(client)
    client.writes.clear()
    return client


async def test_a_second_start_finds_everything_in_place(client):
    await start(client)
    assert client.writes == []


async def test_what_was_taken_out_comes_back_and_what_was_added_stays(client):
    role, binding = client.get(ROLES, "system:node-proxier"), client.get(BINDINGS, "system:discovery")
    own = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    client.update(ROLES, {**role, "rules": [*role["rules"][1:], own]})
    client.update(BINDINGS, {**binding, "subjects": []})
    await start(client)
    rules = client.get(ROLES, "system:node-proxier")["rules"]
    listing = {"apiGroups": [""], "verbs": ["list"], "resources": ["services"]}
    assert own in rules
    assert listing in rules
    assert client.get(BINDINGS, "system:discovery")["subjects"] == binding["subjects"]


async def test_what_does_not_want_to_be_mended_is_left_alone(client):
    role = client.get(ROLES, "system:basic-user")
    metadata = {**role["metadata"], "annotations": {AUTOUPDATE: "false"}}
    client.update(ROLES, {**role, "metadata": metadata, "rules": []})
    await start(client)
    assert not client.get(ROLES, "system:basic-user")["rules"]
