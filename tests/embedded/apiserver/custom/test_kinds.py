"""From definitions to kinds, their versions, names and columns."""

import datetime as dt

import pytest

from kubetutor.embedded.apiserver.custom.jsonpath import compile_path, find
from kubetutor.embedded.apiserver.custom.kind import PrinterColumn, custom_kinds, version_rank
from kubetutor.embedded.apiserver.served_kinds import DEFINITIONS, ServedKinds
from kubetutor.embedded.apiserver.tables.custom import layout_of
from kubetutor.embedded.controllers.definitions import name_conditions, plan_names
from kubetutor.embedded.store import Store

ESTABLISHED = [{"type": "Established", "status": "True"}]
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def definition(plural="kettles", conditions=ESTABLISHED, versions=("v1",), **names):
    names = {"plural": plural, "kind": "Kettle", "singular": "kettle", "listKind": "KettleList", **names}
    served = [{"name": name, "served": True, "storage": name == versions[0]} for name in versions]
    return {
        "metadata": {"name": f"{plural}.shop.example", "generation": 1},
        "spec": {"group": "shop.example", "scope": "Namespaced", "names": names, "versions": served},
        "status": {"conditions": list(conditions), "acceptedNames": names},
    }


def test_versions_are_in_the_order_of_their_maturity():
    names = ["v1alpha1", "foo10", "v10", "v2", "v11beta2", "v3beta1", "v1", "v12alpha1", "foo1", "v11alpha2"]
    assert sorted(names, key=version_rank) == [
        "v10", "v2", "v1", "v11beta2", "v3beta1", "v12alpha1", "v11alpha2", "v1alpha1", "foo1", "foo10",
    ]  # fmt: skip


def test_a_definition_serves_nothing_before_it_is_established():
    assert custom_kinds(definition(conditions=())) == ()
    assert [kind.version for kind in custom_kinds(definition(versions=("v1beta1", "v1")))] == [
        "v1",
        "v1beta1",
    ]


def test_kinds_come_and_go_with_the_store():
    store = Store()
    kinds = ServedKinds(store)
    assert kinds.at("shop.example", "v1", "kettles") is None
    store.create(DEFINITIONS, definition())
    assert kinds.at("shop.example", "v1", "kettles").kind == "Kettle"
    assert ServedKinds(store).has_custom_group("shop.example")  # a cluster that starts again
    store.delete(DEFINITIONS, None, "kettles.shop.example")
    assert not kinds.has_group("shop.example")
    assert kinds.by_resource("pods").kind == "Pod"


def test_a_name_that_another_has_is_refused():
    first, second = definition(), definition("pots", conditions=(), shortNames=["p"])
    second["status"]["acceptedNames"] = {"plural": "", "kind": ""}
    plan = plan_names(second, [first, second])
    assert (plan.reason, plan.message) == ("ListKindConflict", '"KettleList" is already in use')
    assert plan.accepted == {"plural": "pots", "kind": "", "shortNames": ["p"]}
    named, established = name_conditions(second, plan)
    assert (named["status"], established["reason"]) == ("False", "NotAccepted")


def test_a_kind_that_is_served_stays_so_when_its_names_change():
    first, second = definition(), definition("pots", shortNames=["k"])
    second["status"]["acceptedNames"] = {
        **second["spec"]["names"],
        "shortNames": ["p"],
        "kind": "Pot",
        "listKind": "Pots",
        "singular": "pot",
    }
    assert len(name_conditions(second, plan_names(second, [first, second]))) == 1


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".spec.colour", ["red"]),
        (".spec.none.deeper", []),
        (".spec.list[1]", [2]),
        (".spec.list[-1]", [3]),
        (".spec.list[*]", [1, 2, 3]),
        (r".metadata.labels.shop\.example/size", ["L"]),
        (".metadata.labels['shop.example/size']", ["L"]),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type=='Hot')].status", ["False"]),
        (".status.conditions[?(@.seen>1)].type", ["Hot"]),
        (".status.conditions[?(@.seen)].type", ["Hot"]),
        (".", [{}]),
    ],
)
def test_json_paths(path, found):
    obj = {
        "spec": {"colour": "red", "list": [1, 2, 3]},
        "metadata": {"labels": {"shop.example/size": "L"}},
        "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Hot", "status": "False", "seen": 2}]},
    }  # fmt: skip
    assert find(compile_path(path), {} if path == "." else obj) == found


def test_a_path_that_cannot_be_read():
    assert compile_path(".spec[") is None


def test_the_cells_of_a_row():
    columns = (
        PrinterColumn("Size", "integer", ".spec.size"),
        PrinterColumn("Map", "string", ".spec.map"),
        PrinterColumn("On", "string", ".spec.on"),
        PrinterColumn("Share", "number", ".spec.size"),
        PrinterColumn("Text", "integer", ".spec.text"),
        PrinterColumn("Made", "date", ".spec.made"),
        PrinterColumn("Never", "date", ".spec.text"),
    )
    spec = {"size": 2, "map": {"a": 1}, "on": True, "text": "x", "made": "2026-01-01T11:58:00Z"}
    cells = layout_of(columns).cells({"metadata": {"name": "a"}, "spec": spec}, NOON)
    assert cells == ["a", 2, '{"a":1}', "true", 2.0, None, "2m", "<invalid>"]
