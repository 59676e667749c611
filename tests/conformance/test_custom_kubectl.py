"""Custom kinds through kubectl: columns, names, scale, explain, apply, diff."""

from __future__ import annotations

import json
import re

import pytest

from .conftest import eventually
from .custom import SCHEMA, Custom, definition, establish, new_group, remove, version

COLUMNS = [
    {"name": "Colour", "type": "string", "jsonPath": ".spec.colour"},
    {"name": "Litres", "type": "integer", "jsonPath": ".spec.litres"},
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Teas", "type": "string", "jsonPath": ".spec.teas", "priority": 1},
    {"name": "Lid", "type": "string", "jsonPath": '.spec.lids[?(@.name=="b")].metal', "priority": 1},
    {"name": "First", "type": "string", "jsonPath": ".spec.lids[0].name", "priority": 1},
    {"name": "Size", "type": "string", "jsonPath": r".metadata.labels.shop\.example/size", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]
BELOW = {
    "status": {},
    "scale": {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    },
}
DESCRIBED = {
    "type": "object",
    "description": "A kettle boils water.",
    "properties": {
        **SCHEMA["properties"],
        "spec": {**SCHEMA["properties"]["spec"], "description": "What the kettle shall be."},
    },
}
FULL = {
    "colour": "red",
    "litres": 2,
    "teas": ["mint", "black"],
    "lids": [{"name": "a"}, {"name": "b", "metal": True}],
}


@pytest.fixture(scope="module")
def kind(server):
    group = new_group()
    short = "k" + re.sub("[^a-z]", "", group)[:6]
    shown = version(schema=DESCRIBED, subresources=BELOW, additionalPrinterColumns=COLUMNS)
    body = definition(group, shown, shortNames=[short], categories=[f"all-{short}"])
    establish(server, body)
    yield Custom(server, body)
    remove(server, body)


@pytest.fixture
def tool(kettles, kubectl):
    """A kubectl in the namespace of the kettles."""
    kubectl.namespace = kettles.api.namespace
    return kubectl


def rows(text):
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


def short(kettles):
    return kettles.definition["spec"]["names"]["shortNames"][0]


def test_get_prints_the_columns(kettles, tool):
    kettles.made(FULL)
    head, row = rows(tool.ok("get", f"kettles.{kettles.group}"))
    assert head == ["NAME", "COLOUR", "LITRES", "PHASE", "AGE"]
    assert row[:3] == ["kitchen", "red", "2"]
    assert re.fullmatch(r"\d+s", row[-1])


def test_get_wide_prints_the_others_too(kettles, tool):
    body = kettles.body("kitchen", FULL, labels={"shop.example/size": "L"})
    kettles.api.made(kettles.path(), body)
    head, row = rows(tool.ok("get", f"kettles.{kettles.group}", "-o", "wide"))
    assert head == ["NAME", "COLOUR", "LITRES", "PHASE", "TEAS", "LID", "FIRST", "SIZE", "AGE"]
    assert row[3:-1] == ['["mint","black"]', "true", "a", "L"]


def test_the_table_as_it_is_sent(kettles):
    kettles.made()
    accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
    table = kettles.api.read(kettles.path(), headers={"Accept": accept})
    columns = [
        (each["name"], each["type"], each["format"], each["priority"]) for each in table["columnDefinitions"]
    ]
    assert columns[:3] == [
        ("Name", "string", "name", 0),
        ("Colour", "string", "", 0),
        ("Litres", "integer", "", 0),
    ]
    assert columns[-1] == ("Age", "date", "", 0)
    [row] = table["rows"]
    assert row["cells"][:-1] == ["kitchen", "red", 1, None, None, None, None, None]


def test_the_kind_has_all_its_names(kettles, tool):
    kettles.made()
    for name in (
        short(kettles),
        f"kettle.{kettles.group}",
        f"kettles.v1.{kettles.group}",
        f"all-{short(kettles)}",
    ):
        assert tool.ok("get", name, "-o", "name") == f"kettle.{kettles.group}/kitchen\n"


def test_api_resources_lists_the_kind(kettles, tool):
    lines = [
        line.split()
        for line in tool.ok("api-resources", "--api-group", kettles.group, "--no-headers").splitlines()
    ]
    assert lines == [["kettles", short(kettles), f"{kettles.group}/v1", "true", "Kettle"]]
    assert f"{kettles.group}/v1" in tool.ok("api-versions").splitlines()


def test_explain_tells_what_the_schema_says(kettles, tool):
    tool.ok("api-resources")  # `explain` goes by what kubectl remembers of the server
    text = tool.ok("explain", short(kettles))
    assert f"GROUP:      {kettles.group}\nKIND:       Kettle\nVERSION:    v1\n" in text
    assert "A kettle boils water." in text
    assert "  metadata\t<ObjectMeta>" in text
    text = tool.ok("explain", f"{short(kettles)}.spec")
    assert "What the kettle shall be." in text
    assert "  colour\t<string> -required-" in text
    assert "enum: red, blue, green" in text
    assert "  lids\t<[]Object>" in text
    assert "FIELD: litres <integer>" in tool.ok("explain", f"{short(kettles)}.spec.litres")


def test_scale_changes_the_replicas(kettles, tool):
    kettles.made({"colour": "red", "replicas": 1})
    name = f"kettle.{kettles.group}"
    assert tool.ok("scale", name, "kitchen", "--replicas=3") == f"{name}/kitchen scaled\n"
    stored = kettles.api.read(kettles.path("kitchen"))
    assert (stored["spec"]["replicas"], stored["metadata"]["generation"]) == (3, 2)


def test_the_scale_shows_what_the_paths_lead_to(kettles):
    kettles.made({"colour": "red", "replicas": 2})
    status = {"status": {"replicas": 1, "selector": "app=kettle"}}
    kettles.api.patched(kettles.path("kitchen/status"), status)
    scale = kettles.api.read(kettles.path("kitchen/scale"))
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"] == {"replicas": 1, "selector": "app=kettle"}


def test_who_scales_owns_the_replicas(kettles):
    kettles.made({"colour": "red", "replicas": 2}, fieldManager="ann")
    path = kettles.path("kitchen/scale")
    kettles.api.patched(path, {"spec": {"replicas": 4}}, fieldManager="bob")
    entries = kettles.api.read(kettles.path("kitchen"))["metadata"]["managedFields"]
    owners = [
        (each["manager"], each.get("subresource"))
        for each in entries
        if "f:replicas" in each["fieldsV1"]["f:spec"]
    ]
    assert owners == [("bob", "scale")]


def test_a_negative_scale_is_refused(kettles):
    kettles.made({"colour": "red", "replicas": 2})
    answer = kettles.api(
        "PATCH",
        kettles.path("kitchen/scale"),
        {"spec": {"replicas": -1}},
        content_type="application/merge-patch+json",
    )
    assert answer.code == 422


def test_the_status_has_a_path_of_its_own(kettles):
    body = {**kettles.body(), "status": {"phase": "hot"}}
    made = kettles.api.made(kettles.path(), body)
    assert "status" not in made
    path = kettles.path("kitchen")
    changed = kettles.api.patched(f"{path}/status", {"status": {"phase": "hot"}, "spec": {"colour": "blue"}})
    assert (changed["status"], changed["spec"]["colour"]) == ({"phase": "hot"}, "red")
    assert changed["metadata"]["generation"] == 1
    changed = kettles.api.patched(path, {"status": {"phase": "cold"}, "spec": {"colour": "blue"}})
    assert (changed["status"], changed["spec"]["colour"]) == ({"phase": "hot"}, "blue")
    assert changed["metadata"]["generation"] == 2


def test_a_status_changes_no_metadata(kettles):
    kettles.made()
    change = {"metadata": {"labels": {"a": "b"}}, "status": {"seen": 1}}
    changed = kettles.api.patched(kettles.path("kitchen/status"), change)
    assert "labels" not in changed["metadata"]
    assert changed["status"] == {"seen": 1}


def test_a_status_is_looked_at_too(kettles):
    kettles.made()
    answer = kettles.api(
        "PATCH",
        kettles.path("kitchen/status"),
        {"status": {"seen": -1}},
        content_type="application/merge-patch+json",
    )
    words = "status.seen: Invalid value: -1: seen in body should be greater than or equal to 0"
    assert answer.refusal == (422, "Invalid", f'Kettle.{kettles.group} "kitchen" is invalid: {words}')


def test_who_writes_the_status_owns_it(kettles):
    kettles.made(fieldManager="ann")
    kettles.api.patched(kettles.path("kitchen/status"), {"status": {"phase": "hot"}}, fieldManager="stove")
    entries = kettles.api.read(kettles.path("kitchen"))["metadata"]["managedFields"]
    owned = {(each["manager"], each.get("subresource")): each["fieldsV1"] for each in entries}
    assert owned == {
        ("ann", None): {"f:spec": {".": {}, "f:colour": {}, "f:litres": {}}},
        ("stove", "status"): {"f:status": {".": {}, "f:phase": {}}},
    }


def test_apply_creates_changes_and_leaves_alone(kettles, tool):
    body, name = kettles.body(), f"kettle.{kettles.group}/kitchen"
    assert tool.ok("apply", "-f", "-", stdin=json.dumps(body)) == f"{name} created\n"
    assert tool.ok("apply", "-f", "-", stdin=json.dumps(body)) == f"{name} unchanged\n"
    body["spec"]["litres"] = 3
    assert tool.ok("apply", "-f", "-", stdin=json.dumps(body)) == f"{name} configured\n"
    del body["spec"]["litres"]
    assert tool.ok("apply", "-f", "-", stdin=json.dumps(body)) == f"{name} configured\n"
    assert kettles.api.read(kettles.path("kitchen"))["spec"] == {"colour": "red", "litres": 1}


def test_diff_shows_what_an_apply_would_change(kettles, tool):
    body = kettles.body()
    tool.ok("apply", "-f", "-", stdin=json.dumps(body))
    assert tool("diff", "-f", "-", stdin=json.dumps(body)).code == 0
    body["spec"]["colour"] = "blue"
    answer = tool("diff", "-f", "-", stdin=json.dumps(body))
    assert answer.code == 1
    assert "-  colour: red\n+  colour: blue\n" in answer.out


def test_an_unknown_field_is_refused_by_kubectl(kettles, tool):
    body = kettles.body("kitchen", {"colour": "red", "price": 9})
    answer = tool("apply", "-f", "-", stdin=json.dumps(body))
    assert answer.code == 1
    words = 'Kettle in version "v1" cannot be handled as a Kettle: strict decoding error: unknown field "spec.price"'
    assert words in answer.err


def test_edit_and_delete(kettles, tool):
    kettles.made()
    tool.environment["KUBE_EDITOR"] = "sed -i s/colour:.red/colour:\\ green/"
    assert tool.ok("edit", short(kettles), "kitchen") == f"kettle.{kettles.group}/kitchen edited\n"
    assert kettles.api.read(kettles.path("kitchen"))["spec"]["colour"] == "green"
    said = tool.ok("delete", short(kettles), "kitchen")
    assert said.startswith(f'kettle.{kettles.group} "kitchen" deleted')


def test_patch_and_label(kettles, tool):
    kettles.made()
    answer = tool("patch", short(kettles), "kitchen", "-p", '{"spec": {"colour": "blue"}}')
    assert answer.code == 1
    assert "the body of the request was in an unknown format - accepted media types include" in answer.err
    tool.ok("patch", short(kettles), "kitchen", "--type=merge", "-p", '{"spec": {"colour": "blue"}}')
    tool.ok("label", short(kettles), "kitchen", "floor=2")
    assert tool.ok("get", short(kettles), "-l", "floor=2", "-o", "jsonpath={.items[*].spec.colour}") == "blue"


def test_wait_for_a_field_of_a_custom_object(kettles, tool):
    kettles.made()
    kettles.api.patched(kettles.path("kitchen/status"), {"status": {"phase": "hot"}})
    said = tool.ok("wait", f"{short(kettles)}/kitchen", "--for=jsonpath={.status.phase}=hot", "--timeout=10s")
    assert said == f"kettle.{kettles.group}/kitchen condition met\n"


def test_the_document_of_the_version_follows_the_definition(kettles):
    path = f"apis/{kettles.group}/v1"

    def link():
        return kettles.api.read("/openapi/v3")["paths"].get(path, {}).get("serverRelativeURL")

    before = eventually(link)
    document = kettles.api.read(before)
    name = f"{'.'.join(reversed(kettles.group.split('.')))}.v1.Kettle"
    schema = document["components"]["schemas"][name]
    assert schema["x-kubernetes-group-version-kind"] == [
        {"group": kettles.group, "kind": "Kettle", "version": "v1"}
    ]
    assert schema["properties"]["spec"]["properties"]["colour"] == {
        "type": "string",
        "enum": ["red", "blue", "green"],
    }
    item = f"/{path}/namespaces/{{namespace}}/kettles/{{name}}"
    assert {item, f"{item}/scale", f"{item}/status"} <= set(document["paths"])
    changed = {**DESCRIBED, "description": "A kettle boils milk."}
    shown = version(schema=changed, subresources=BELOW, additionalPrinterColumns=COLUMNS)
    kettles.changed({"spec": {"versions": [shown]}})
    eventually(lambda: link() != before)
    shown["schema"]["openAPIV3Schema"] = DESCRIBED
    kettles.changed({"spec": {"versions": [shown]}})
    eventually(
        lambda: (
            kettles.api.read(link())["components"]["schemas"][name]["description"] == "A kettle boils water."
        )
    )
