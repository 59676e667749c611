"""What drivers say of the room that they have: stored, shown and checked. Nothing acts on it where no driver is."""

from __future__ import annotations

import pytest

PATH = "/apis/storage.k8s.io/v1/namespaces/{}/csistoragecapacities"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
ZONE = {"matchLabels": {"topology.kubernetes.io/zone": "cellar"}}


@pytest.fixture
def path(api):
    return PATH.format(api.namespace)


def body(**fields):
    return {"metadata": {"name": "cellar"}, "storageClassName": "shelves", **fields}


def test_it_has_no_columns_of_its_own(api, path):
    api.made(path, body(capacity="20Gi"))
    table = api.read(path, headers={"Accept": TABLE})
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Created At"]
    assert [row["cells"][0] for row in table["rows"]] == ["cellar"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"capacity": "-1"}, "capacity: Invalid value"),
        ({"storageClassName": "Top Shelf"}, 'storageClassName: Invalid value: "Top Shelf"'),
        ({"nodeTopology": {"matchLabels": {"zone": "no spaces"}}}, "nodeTopology.matchLabels: Invalid value"),
    ],
    ids=["capacity", "class", "topology"],
)
def test_what_is_refused(api, path, fields, complaint):
    answer = api("POST", path, body(**fields))
    assert answer.code == 422
    assert complaint in answer.message


def test_its_room_changes_but_not_whose_room_it_is(api, path):
    api.made(path, body(capacity="20Gi", nodeTopology=ZONE))
    assert api.patched(f"{path}/cellar", {"capacity": "5Gi"})["capacity"] == "5Gi"
    for change in ({"storageClassName": "hooks"}, {"nodeTopology": None}):
        answer = api("PATCH", f"{path}/cellar", change, content_type="application/merge-patch+json")
        assert answer.code == 422
        assert "field is immutable" in answer.message
