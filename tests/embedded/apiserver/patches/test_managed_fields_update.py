"""Who changes a field owns it, and nobody else does."""

import pytest

from kubetutor.embedded.apiserver.go_json import clone
from kubetutor.embedded.apiserver.managed_fields import default_manager, on_update

NOON = "2024-05-01T12:00:00Z"
LATER = "2024-05-01T12:00:09Z"


@pytest.fixture
def deployment(type_of, created):
    obj = clone(next(c for c in created if c["stored"]["kind"] == "Deployment")["stored"])
    obj["metadata"].pop("managedFields")
    on_update(obj, None, manager="ann", type_=type_of("apps/v1", "Deployment"), now=NOON)
    return obj


@pytest.fixture
def update(type_of):
    def apply(old, change, manager="bob", subresource="", now=LATER):
        new = clone(old)
        change(new)
        on_update(
            new,
            old,
            manager=manager,
            type_=type_of(old["apiVersion"], old["kind"]),
            now=now,
            subresource=subresource,
        )
        return new

    return apply


def entry(obj, manager):
    return next((e for e in obj["metadata"].get("managedFields", []) if e["manager"] == manager), None)


def test_a_changed_field_moves_to_who_changed_it(deployment, update):
    new = update(deployment, lambda d: d["spec"].update(replicas=5))
    assert entry(new, "bob")["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert entry(new, "bob")["time"] == LATER
    assert "f:replicas" not in entry(new, "ann")["fieldsV1"]["f:spec"]
    assert entry(new, "ann")["time"] == NOON
    assert "f:replicas" in entry(deployment, "ann")["fieldsV1"]["f:spec"]


def test_no_change_changes_nothing(deployment, update):
    new = update(deployment, lambda _: None)
    assert new == deployment


def test_changes_of_generated_metadata_are_nobodys(deployment, update):
    new = update(deployment, lambda d: d["metadata"].update(resourceVersion="9", generation=7))
    assert new["metadata"]["managedFields"] == deployment["metadata"]["managedFields"]


def test_a_removed_field_is_nobodys(deployment, update):
    new = update(deployment, lambda d: d["spec"].pop("revisionHistoryLimit"))
    assert entry(new, "bob") is None
    assert "f:revisionHistoryLimit" not in entry(new, "ann")["fieldsV1"]["f:spec"]


def test_a_new_entry_of_a_keyed_list_is_owned_with_all_its_fields(deployment, update):
    def add(d):
        d["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": "my-app:1.0"})

    new = update(deployment, add)
    assert entry(new, "bob")["fieldsV1"] == {
        "f:spec": {
            "f:template": {
                "f:spec": {"f:containers": {'k:{"name":"side"}': {".": {}, "f:image": {}, "f:name": {}}}}
            }
        }
    }


def test_owner_references_and_finalizers_are_owned_one_by_one(deployment, update):
    def adopt(d):
        d["metadata"]["ownerReferences"] = [
            {"uid": "u-1", "kind": "Shop", "name": "shop", "apiVersion": "v1"}
        ]
        d["metadata"]["finalizers"] = ["shop.example/hold"]

    new = update(deployment, adopt)
    assert entry(new, "bob")["fieldsV1"] == {
        "f:metadata": {
            "f:finalizers": {".": {}, 'v:"shop.example/hold"': {}},
            "f:ownerReferences": {".": {}, 'k:{"uid":"u-1"}': {}},
        }
    }


def test_status_has_an_entry_of_its_own(deployment, update):
    def report(d):
        d["status"] = {"replicas": 3, "conditions": [{"type": "Available", "status": "True"}]}

    new = update(deployment, report, manager="controller", subresource="status")
    assert entry(new, "controller") == {
        "manager": "controller",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "time": LATER,
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:status": {
                "f:conditions": {".": {}, 'k:{"type":"Available"}': {".": {}, "f:status": {}, "f:type": {}}},
                "f:replicas": {},
            }
        },
        "subresource": "status",
    }


def test_a_status_written_through_the_main_resource_is_nobodys(deployment, update):
    new = update(deployment, lambda d: d.update(status={"replicas": 3}))
    assert entry(new, "bob") is None


def test_scaling_is_recorded_as_a_subresource(deployment, update):
    new = update(deployment, lambda d: d["spec"].update(replicas=7), manager="kubectl", subresource="scale")
    assert entry(new, "kubectl")["subresource"] == "scale"
    assert entry(new, "kubectl")["fieldsV1"] == {"f:spec": {"f:replicas": {}}}


def test_an_object_that_nobody_tracks_stays_untracked(deployment, update):
    reset = update(deployment, lambda d: d["metadata"].update(managedFields=[]))
    assert "managedFields" not in reset["metadata"]
    assert "managedFields" not in update(reset, lambda d: d["spec"].update(replicas=5))["metadata"]


def test_a_client_that_drops_managed_fields_does_not_lose_them(deployment, update):
    new = update(deployment, lambda d: d["metadata"].pop("managedFields"))
    assert new == deployment


def test_a_client_may_rewrite_managed_fields(deployment, update):
    def rename(d):
        d["metadata"]["managedFields"][0]["manager"] = "carol"

    new = update(deployment, rename)
    assert [e["manager"] for e in new["metadata"]["managedFields"]] == ["carol"]


def test_unreadable_managed_fields_are_ignored(deployment, update):
    new = update(
        deployment, lambda d: d["metadata"].update(managedFields=[{"manager": "x", "operation": "Steal"}])
    )
    assert new == deployment


def test_more_than_ten_updaters_are_merged_oldest_first(deployment, update):
    obj = deployment
    for number in range(12):
        obj = update(
            obj,
            lambda d, number=number: d["metadata"].setdefault("labels", {}).update({f"l{number}": "x"}),
            manager=f"m{number:02}",
            now=f"2024-05-01T12:01:{number:02}Z",
        )
    managers = [e["manager"] for e in obj["metadata"]["managedFields"]]
    assert len(managers) == 10
    assert managers[0] == "ancient-changes"
    assert managers[1:] == [f"m{number:02}" for number in range(3, 12)]
    ancient = entry(obj, "ancient-changes")
    assert "f:replicas" in ancient["fieldsV1"]["f:spec"]
    assert set(ancient["fieldsV1"]["f:metadata"]["f:labels"]) == {".", "f:l0", "f:l1", "f:l2"}


def test_double_entries_of_a_keyed_list_are_owned_as_one(type_of):
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "shop"},
        "spec": {
            "containers": [{"name": "web", "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}]
        },
    }
    on_update(pod, None, manager="ann", type_=type_of("v1", "Pod"), now=NOON)
    container = entry(pod, "ann")["fieldsV1"]["f:spec"]["f:containers"]['k:{"name":"web"}']
    assert container["f:env"] == {".": {}, 'k:{"name":"A"}': {}}


def test_without_a_schema_maps_are_owned_by_key_and_lists_as_a_whole():
    tea = {
        "apiVersion": "shop.example/v1",
        "kind": "Tea",
        "metadata": {"name": "t"},
        "spec": {"sort": "green", "cups": [1]},
    }
    on_update(tea, None, manager="ann", type_=None, now=NOON)
    assert entry(tea, "ann")["fieldsV1"] == {"f:spec": {".": {}, "f:cups": {}, "f:sort": {}}}


@pytest.mark.parametrize(
    ("agent", "manager"),
    [
        ("kubectl/v1.37.0 (linux/amd64) kubernetes/abc", "kubectl"),
        ("OpenAPI-Generator/31.0.0/python", "OpenAPI-Generator"),
        ("", ""),
        ("a\x00b/1", "ab"),
        ("x" * 200, "x" * 128),
    ],
)
def test_the_user_agent_names_the_manager(agent, manager):
    assert default_manager(agent) == manager
