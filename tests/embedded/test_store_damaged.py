"""A database that was damaged is told and left as it is; a full disk is no damage."""

import sqlite3

import pytest

from kubetutor.embedded.store import Store
from kubetutor.errors import StateError


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "state.db"
    store = Store(made)
    for number in range(200):
        store.create(
            "configmaps",
            {"metadata": {"name": f"till-{number}", "namespace": "shop"}, "data": {"coins": "7" * 200}},
        )
    store.close()
    return made


def insert(path, body):
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO objects VALUES ('pods', 'shop', 'web', ?)", (body,))
    database.close()


@pytest.mark.parametrize(
    "body",
    [b"{{", b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"metadata": {}}', b'{"metadata": {"name": "other"}}'],
)
def test_a_row_that_holds_no_object_is_told(path, body):
    insert(path, body)
    with pytest.raises(StateError, match=r"is damaged.*`kubetutor down` removes"):
        Store(path)


@pytest.mark.parametrize("page", [2, 5, 9])
def test_a_damaged_page_is_told(path, page):
    with path.open("r+b") as file:
        file.seek(4096 * page)
        file.write(b"\xff" * 4096)
    damaged = path.read_bytes()
    with pytest.raises(StateError, match="is damaged"):
        Store(path)
    assert path.read_bytes() == damaged


def test_a_database_that_was_cut_off_is_told(path):
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(StateError, match="is damaged"):
        Store(path)


def test_an_empty_file_is_a_new_database(path):
    path.write_bytes(b"")
    assert Store(path).list("configmaps") == []


def test_revisions_go_on_although_their_counter_is_lost(path):
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM revision")
    database.close()
    store = Store(path)
    newest = max(int(obj["metadata"]["resourceVersion"]) for obj in store.list("configmaps"))
    made = store.create("configmaps", {"metadata": {"name": "new", "namespace": "shop"}})
    assert int(made["metadata"]["resourceVersion"]) == newest + 1


def test_what_cannot_be_opened_is_not_called_damaged(tmp_path):
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StateError, match=r"cannot be used.*Nothing is lost"):
        Store(tmp_path / "state.db")
