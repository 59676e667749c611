"""Tables: columns as a real cluster answered them, cells as upstream's printers print them.

The cases are in tables/*.yaml. Their cells agree with what the printers of Kubernetes 1.36.2 make of these objects.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml

from kubetutor.api.kinds import KINDS, kinds_by_api_version_and_kind, kinds_by_resource
from kubetutor.embedded.apiserver.tables import table, wants_table
from kubetutor.embedded.apiserver.tables.durations import human_duration

UPSTREAM = Path(__file__).parents[2] / "upstream"
CASES = Path(__file__).parent / "tables"
GOLDEN = json.loads((UPSTREAM / "tables.json").read_text())
NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
POD = kinds_by_resource()["pods"]
OBJECTS = yaml.safe_load((CASES / "objects.yaml").read_text())
PODS = yaml.safe_load((CASES / "pods.yaml").read_text())


def make(kind, *items, **options):
    return table(kind, items, list_metadata={"resourceVersion": "7"}, now=NOW, **options)


def cells(obj):
    kind = kinds_by_api_version_and_kind()[(obj["apiVersion"], obj["kind"])]
    return make(kind, obj)["rows"][0]["cells"]


def pod(case):
    metadata = {"name": "shop", "creationTimestamp": "2026-01-01T11:59:51Z", **case.get("metadata", {})}
    spec = {"containers": [{"name": "a", "image": "my-app:1.0"}], **case.get("spec", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": case["status"]}


def kind_of_path(path):
    group = "" if path.startswith("/api/") else path.split("/")[2]
    plural = path.rsplit("/", 1)[-1]
    return kinds_by_resource()[f"{plural}.{group}" if group else plural]


@pytest.mark.parametrize("path", GOLDEN)
def test_columns_equal_upstream(path):
    found = make(kind_of_path(path))["columnDefinitions"]
    assert [{key: column[key] for key in column if key != "description"} for column in found] == GOLDEN[path][
        "columnDefinitions"
    ]


@pytest.mark.parametrize("case", PODS, ids=lambda case: case["is"])
def test_a_pod_that_is(case):
    name, ready, status, restarts, age, *wide = cells(pod(case))
    assert (name, age) == ("shop", "9s")
    assert [ready, status, restarts, *wide][: len(case["cells"])] == case["cells"]


@pytest.mark.parametrize(
    "case", OBJECTS, ids=lambda case: f"{case['object']['kind']}-{case['object']['metadata']['name']}"
)
def test_cells_of(case):
    found = cells(case["object"])
    assert found == case["cells"]
    assert [type(cell) for cell in found] == [type(cell) for cell in case["cells"]]


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "list" in kind.verbs], ids=lambda kind: kind.resource
)
def test_an_empty_object_has_a_cell_for_each_column(kind):
    """The bookmark of a watch in table form is such a row."""
    found = make(kind, {})
    assert len(found["rows"][0]["cells"]) == len(found["columnDefinitions"])


def test_the_row_of_a_bookmark_equals_upstream():
    bookmark = json.loads((UPSTREAM / "table-watch.json").read_text())[-1]["object"]
    assert make(POD, {})["rows"][0]["cells"] == bookmark["rows"][0]["cells"]


@pytest.mark.parametrize("include", ["Metadata", "Object", "None"])
def test_what_a_row_carries(include):
    obj = pod(PODS[0])
    expected = {
        "Metadata": {
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": obj["metadata"],
        },
        "Object": obj,
        "None": None,
    }
    assert make(POD, obj, include_object=include)["rows"][0]["object"] == expected[include]


def test_a_table_has_upstreams_frame():
    found = make(POD, pod(PODS[0]))
    assert list(found) == ["kind", "apiVersion", "metadata", "columnDefinitions", "rows"]
    assert (found["kind"], found["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert found["metadata"] == {"resourceVersion": "7"}


def test_a_watch_names_its_columns_once():
    assert make(POD, pod(PODS[0]), columns=False)["columnDefinitions"] is None


@pytest.mark.parametrize(
    ("phase", "message"),
    [("Succeeded", "The pod has completed successfully."), ("Failed", "The pod failed.")],
)
def test_the_row_of_an_ended_pod_says_so(phase, message):
    row = make(POD, pod({"status": {"phase": phase}}))["rows"][0]
    assert row["conditions"] == [{"type": "Completed", "status": "True", "reason": phase, "message": message}]


def test_the_row_of_a_running_pod_has_no_conditions():
    assert "conditions" not in make(POD, pod(PODS[0]))["rows"][0]


@pytest.mark.parametrize("resource", ["roles.rbac.authorization.k8s.io", "limitranges"])
def test_kinds_without_a_layout_show_name_and_time(resource):
    obj = {"metadata": {"name": "reader", "creationTimestamp": "2026-01-01T11:00:00Z"}}
    found = make(kinds_by_resource()[resource], obj)
    assert [column["name"] for column in found["columnDefinitions"]] == ["Name", "Created At"]
    assert found["rows"][0]["cells"] == ["reader", "2026-01-01T11:00:00Z"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
            True,
        ),
        ("application/json;as=Table;g=meta.k8s.io;v=v1", True),
        ("application/json; as=Table; g=meta.k8s.io; v=v1", True),
        ("application/json", False),
        ("application/json, */*", False),
        ("*/*", False),
        ("", False),
        ("application/vnd.kubernetes.protobuf,application/json", False),
        ("application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json", False),
        ("application/json,application/json;as=Table;v=v1;g=meta.k8s.io", False),
        ("application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io", True),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", False),
    ],
)
def test_who_wants_a_table(accept, expected):
    assert wants_table(accept) is expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-1.5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (179 * 60 + 59, "179m"),
        (180 * 60, "3h"),
        (3 * 3600 + 12 * 60, "3h12m"),
        (7 * 3600 + 59 * 60, "7h59m"),
        (8 * 3600 + 59 * 60, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (5 * 86400 + 3 * 3600, "5d3h"),
        (8 * 86400 + 3 * 3600, "8d"),
        (729 * 86400, "729d"),
        (730 * 86400, "2y"),
        (735 * 86400, "2y5d"),
        (3000 * 86400, "8y"),
    ],
)
def test_durations(seconds, text):
    assert human_duration(dt.timedelta(seconds=seconds)) == text
