"""The store keeps what it acknowledged and tells each change once, in order."""

import sqlite3

import pytest

from kubetutor.embedded import store as store_module
from kubetutor.embedded.store import ExistsError, GoneError, Store
from kubetutor.errors import StateError


def config_map(name, namespace="shop", **data):
    return {"metadata": {"name": name, "namespace": namespace}, "data": data}


def test_a_write_gets_the_next_revision_as_its_resource_version():
    store = Store()
    first = store.create("configmaps", config_map("a"))
    second = store.create("configmaps", config_map("b"))
    assert int(second["metadata"]["resourceVersion"]) == int(first["metadata"]["resourceVersion"]) + 1
    assert store.revision == int(second["metadata"]["resourceVersion"])


def test_a_name_that_is_taken_is_refused():
    store = Store()
    store.create("configmaps", config_map("a"))
    with pytest.raises(ExistsError):
        store.create("configmaps", config_map("a"))


def test_what_was_written_is_there_after_opening_again(tmp_path):
    store = Store(tmp_path / "state.db")
    store.create("configmaps", config_map("kept", color="blue"))
    store.create("configmaps", config_map("gone"))
    store.delete("configmaps", "shop", "gone")
    revision = store.revision
    again = Store(tmp_path / "state.db")  # the first was never closed, as after kill -9
    assert [obj["metadata"]["name"] for obj in again.list("configmaps")] == ["kept"]
    assert again.revision == revision


def test_a_list_is_in_the_order_of_namespaces_and_names():
    store = Store()
    for namespace, name in [("b", "a"), ("a", "z"), ("a", "b")]:
        store.create("configmaps", config_map(name, namespace))
    assert [obj["metadata"]["name"] for obj in store.list("configmaps")] == ["b", "z", "a"]
    assert [obj["metadata"]["name"] for obj in store.list("configmaps", "a")] == ["b", "z"]


def test_watchers_hear_of_a_change_before_the_write_returns():
    store, heard = Store(), []
    stop = store.watch("configmaps", heard.append)
    store.create("configmaps", config_map("a"))
    store.update("configmaps", config_map("a", color="red"))
    store.delete("configmaps", "shop", "a")
    assert [event.type for event in heard] == ["ADDED", "MODIFIED", "DELETED"]
    stop()
    store.create("configmaps", config_map("b"))
    assert len(heard) == 3


def test_all_hear_of_changes_in_order_when_a_watcher_writes_too():
    store, first, last = Store(), [], []

    def answer(event):
        first.append(event.object["metadata"]["name"])
        if event.object["metadata"]["name"] == "question":
            store.create("configmaps", config_map("answer"))

    store.watch("configmaps", answer)
    store.watch("configmaps", lambda event: last.append(event.object["metadata"]["name"]))
    store.create("configmaps", config_map("question"))
    assert first == last == ["question", "answer"]


def test_a_watcher_that_fails_does_not_make_the_write_fail(caplog):
    store, heard = Store(), []

    def bad(_event):
        raise RuntimeError("not listening")

    store.watch("configmaps", bad)
    store.watch("configmaps", heard.append)
    store.create("configmaps", config_map("a"))
    assert len(heard) == 1
    assert "a watcher of configmaps failed" in caplog.text


def test_history_answers_what_came_after_a_revision_and_says_when_it_cannot(monkeypatch):
    monkeypatch.setattr(store_module, "HISTORY", 3)
    store = Store()
    start = store.revision
    for name in "abc":
        store.create("configmaps", config_map(name))
    assert [e.object["metadata"]["name"] for e in store.since("configmaps", start + 1)] == ["b", "c"]
    assert len(store.since("configmaps", start)) == 3
    store.create("configmaps", config_map("d"))
    with pytest.raises(GoneError):
        store.since("configmaps", start)
    assert len(store.since("configmaps", start + 1)) == 3


def test_a_corrupt_database_is_told_with_a_way_out(tmp_path):
    (tmp_path / "state.db").write_bytes(b"this is no database, it is a poem about one" * 100)
    with pytest.raises(StateError, match="kubetutor down"):
        Store(tmp_path / "state.db")


def test_a_failed_write_leaves_everything_as_it_was(tmp_path):
    store = Store(tmp_path / "state.db")
    store.create("configmaps", config_map("a"))
    revision = store.revision
    store._database.execute("PRAGMA query_only = 1")
    with pytest.raises(sqlite3.OperationalError):
        store.create("configmaps", config_map("b"))
    assert store.get("configmaps", "shop", "b") is None
    assert store.revision == revision
    store._database.execute("PRAGMA query_only = 0")
    store.create("configmaps", config_map("b"))
