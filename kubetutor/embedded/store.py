"""The store: every object, in memory for reading and in SQLite for keeping. Only the API server comes here.

* A write is in the database before anyone hears of it, so what was acknowledged survives `kill -9`.
* Every write has a revision, one larger than the last; an object's is its `resourceVersion`.
* Watchers are told of a change before the write returns.
* A short history per resource lets a client go on watching where it left off; older is gone (410).

Objects handed out are shared. Nobody changes one.

Models: k8s.io/apiserver/pkg/storage (etcd3 and the watch cache).
"""

from __future__ import annotations

import logging
import sqlite3
from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import orjson

from kubetutor.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object

log = logging.getLogger(__name__)

HISTORY = 1024
# The low byte of SQLite's error codes that speak of the folder, not of what is in the database.
FOLDER_TROUBLE = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
}  # fmt: skip

# Revisions begin at 100: older ones are gone from the start, as on a real cluster.
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (resource, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revision (id INTEGER PRIMARY KEY CHECK (id = 0), number INTEGER NOT NULL);
INSERT OR IGNORE INTO revision VALUES (0, 100);
"""

Listed: TypeAlias = "list[Object]"  # inside the class, `list` is its method
Key: TypeAlias = tuple[str, str]  # namespace ("" for the whole cluster), name


@dataclass(frozen=True, slots=True)
class StoreEvent:
    """One change. `object` is what is now, or for DELETED what was, with the revision of the deletion."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    revision: int
    object: Object
    old: Object | None


class _DamagedError(Exception):
    """What is in the database is not what was written."""


class ExistsError(Exception):
    """There is an object of this name."""


class GoneError(Exception):
    """The history no longer reaches back to this revision."""


class Store:
    """All objects of a cluster, by resource (`deployments.apps`), namespace and name."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or make the database; without a path everything is kept in memory only."""
        self._opened_at = 0
        self._objects: defaultdict[str, dict[Key, Object]] = defaultdict(dict)
        self._history: defaultdict[str, deque[StoreEvent]] = defaultdict(lambda: deque(maxlen=HISTORY))
        self._forgotten: defaultdict[str, int] = defaultdict(lambda: self._opened_at)
        self._untold: deque[tuple[str, StoreEvent]] = deque()
        self._watchers: defaultdict[str, list[Callable[[StoreEvent], None]]] = defaultdict(list)
        try:
            self._database = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._check()
            self._database.executescript(SCHEMA)
            self._load()
        except (sqlite3.Error, orjson.JSONDecodeError, _DamagedError) as error:
            raise _unusable(path, error) from error

    def _check(self) -> None:
        """Notice damage now: later it would show as objects that are wrong or gone."""
        found = self._database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise _DamagedError(found)

    def _load(self) -> None:
        newest: int = self._database.execute("SELECT number FROM revision").fetchone()[0]
        for resource, namespace, name, body in self._database.execute(
            "SELECT resource, namespace, name, body FROM objects"
        ):
            obj = orjson.loads(body)
            newest = max(newest, _revision_of(obj, (namespace, name), resource))
            self._objects[resource][namespace, name] = obj
        self.revision = self._opened_at = newest

    def check_readable(self) -> None:
        """Raise sqlite3.Error unless the database answers."""
        self._database.execute("SELECT number FROM revision").fetchone()

    def close(self) -> None:
        self._database.close()

    def get(self, resource: str, namespace: str | None, name: str) -> Object | None:
        return self._objects[resource].get((namespace or "", name))

    def list(self, resource: str, namespace: str | None = None) -> list[Object]:
        """Answer all objects, or those of one namespace, in the order of their keys."""
        objects = self._objects[resource]
        if namespace is None:
            return [objects[key] for key in sorted(objects)]
        return [objects[key] for key in sorted(key for key in objects if key[0] == namespace)]

    def create(self, resource: str, obj: Object) -> Object:
        """Keep a new object and answer it with its resourceVersion. Raises ExistsError."""
        key = _key(obj)
        if key in self._objects[resource]:
            raise ExistsError(key)
        return self._write(resource, key, obj, None)

    def update(self, resource: str, obj: Object) -> Object:
        """Replace the object of the same key, which must be there."""
        key = _key(obj)
        return self._write(resource, key, obj, self._objects[resource][key])

    def delete(self, resource: str, namespace: str | None, name: str) -> Object:
        """Forget an object, which must be there; answer it with the revision of its deletion."""
        key = (namespace or "", name)
        old = self._objects[resource][key]
        revision = self.revision + 1
        gone = _at_revision(old, revision)
        with self._transaction(revision):
            self._database.execute(
                "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", (resource, *key)
            )
        del self._objects[resource][key]
        self._tell(resource, StoreEvent("DELETED", revision, gone, old))
        return gone

    def _write(self, resource: str, key: Key, obj: Object, old: Object | None) -> Object:
        revision = self.revision + 1
        kept = _at_revision(obj, revision)
        with self._transaction(revision):
            self._database.execute(
                "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", (resource, *key, orjson.dumps(kept))
            )
        self._objects[resource][key] = kept
        self._tell(resource, StoreEvent("ADDED" if old is None else "MODIFIED", revision, kept, old))
        return kept

    def _transaction(self, revision: int) -> _Transaction:
        return _Transaction(self._database, revision)

    def _tell(self, resource: str, event: StoreEvent) -> None:
        self.revision = event.revision
        history = self._history[resource]
        if len(history) == HISTORY:
            self._forgotten[resource] = history[0].revision
        history.append(event)
        self._untold.append((resource, event))
        if len(self._untold) == 1:
            self._tell_watchers()

    def _tell_watchers(self) -> None:
        """Tell all of one change before the next: a watcher that writes must not let others hear of its own change first."""
        while self._untold:
            resource, event = self._untold[0]
            try:
                self._tell_each(resource, event)
            finally:
                self._untold.popleft()

    def _tell_each(self, resource: str, event: StoreEvent) -> None:
        for watcher in tuple(self._watchers[resource]):
            try:
                watcher(event)
            except Exception:  # the write is done: one that listens badly must not make it look undone
                log.exception("a watcher of %s failed", resource)

    def since(self, resource: str, revision: int) -> Sequence[StoreEvent]:
        """Answer the changes after a revision. Raises GoneError when they are no longer all known."""
        if revision < self._forgotten[resource]:
            raise GoneError(revision)
        history = self._history[resource]
        start = bisect_right(history, revision, key=lambda event: event.revision)
        return [history[index] for index in range(start, len(history))]

    def list_at(self, resource: str, namespace: str | None, revision: int) -> Listed:
        """Answer what `list` answered at an earlier revision. Raises GoneError when that is no longer known."""
        objects = dict(self._objects[resource])
        for event in reversed(self.since(resource, revision)):
            if event.old is None:
                del objects[_key(event.object)]
            else:
                objects[_key(event.object)] = event.old
        return [objects[key] for key in sorted(objects) if namespace is None or key[0] == namespace]

    def watch(self, resource: str, watcher: Callable[[StoreEvent], None]) -> Callable[[], None]:
        """Call back with each change from now on; answer what ends it."""
        self._watchers[resource].append(watcher)

        def stop() -> None:
            if watcher in self._watchers[resource]:
                self._watchers[resource].remove(watcher)

        return stop


class _Transaction:
    """One write and its revision, both or neither."""

    def __init__(self, database: sqlite3.Connection, revision: int) -> None:
        self._database, self._revision = database, revision

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._database.execute("UPDATE revision SET number = ?", (self._revision,))
                self._database.execute("COMMIT")
            except sqlite3.Error:
                self._roll_back()
                raise
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")


def _key(obj: Object) -> Key:
    metadata = obj["metadata"]
    return metadata.get("namespace") or "", metadata["name"]


def _revision_of(obj: Any, key: Key, resource: str) -> int:
    """Answer the revision of an object that was read. Raises _DamagedError if it is not the object of this key."""
    try:
        if _key(obj) == key:
            return int(obj["metadata"]["resourceVersion"])
    except (AttributeError, KeyError, TypeError, ValueError):
        pass  # it has not what every object has: said below
    raise _DamagedError(f"the row of {resource} {'/'.join(filter(None, key))} holds no such object")


def _unusable(path: Path | None, error: Exception) -> StateError:
    """Say what to do. Only what is damaged may be removed: a full disk has lost nothing."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in FOLDER_TROUBLE:
        return StateError(
            f"The cluster's database {path} cannot be used: {error}. Nothing is lost. Make room, or mend the "
            "permissions of its folder, then try again; or choose another folder with KUBETUTOR_HOME."
        )
    return StateError(
        f"The cluster's database {path} is damaged: {error}. It is left as it is; copy it if you want to keep it. "
        "`kubetutor down` removes the cluster and its data; then start again with `kubetutor up`."
    )


def _at_revision(obj: Object, revision: int) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(revision)}}
