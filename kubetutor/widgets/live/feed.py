"""One watch per kind for a whole kernel, however many views look at it.

1. A `KindWatch` lists once, then follows changes in a daemon thread, and keeps a copy of every object. What a later
   list shows to be different is told as changes too, so that a recorder sees one story without gaps.
2. A lost connection is opened again, later each time; 410 Gone and an expired version mean: list again.
3. A change wakes the feed's one pacer thread. It hands each follower the newest objects, at most 20 times a
   second, so a hundred pods that start together cost a few frames and not a thousand messages.
4. Every few seconds the pacer lets each follower see whether somebody still looks at it.
5. The last follower to leave ends the watches and the pacer.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from kubetutor.api.objects import uid_of
from kubetutor.errors import ApiError, NoClusterError
from kubetutor.widgets.live.source import ApiSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.source import Source, Stream

FRAMES_PER_SECOND = 20
FIRST_RETRY, LAST_RETRY = 0.25, 5.0  # seconds
BRIEF = 1.0  # seconds: a watch that ends sooner, and said nothing, is opened again later each time
TEND_SECONDS = 5.0
LOG = logging.getLogger(__name__)
FOLLOWED = ("nodes", "pods", "replicasets.apps", "deployments.apps")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to one object: `ADDED`, `MODIFIED` or `DELETED`."""

    resource: str
    type: str
    object: Object


@dataclass(frozen=True, slots=True)
class Objects:
    """What is known at one moment. `troubles` maps a kind to a sentence: why it may be out of date."""

    by_kind: dict[str, tuple[Object, ...]] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    loaded: bool = False

    def of(self, resource: str) -> tuple[Object, ...]:
        return self.by_kind.get(resource, ())


class KindWatch:
    """Keeps a copy of the objects of one kind, in one namespace, by one watch."""

    def __init__(
        self,
        source: Source,
        resource: str,
        namespace: str | None,
        changed: Callable[[Sequence[Change]], None],
    ) -> None:
        self.resource, self.namespace = resource, namespace
        self.trouble: str | None = None
        self.loaded = False
        self._source, self._changed = source, changed
        self._objects: dict[str, Object] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._stream: Stream | None = None
        self.thread = threading.Thread(
            target=self._run, name=f"feed-{resource}-{namespace or 'all'}", daemon=True
        )
        self.thread.start()

    def objects(self) -> tuple[Object, ...]:
        with self._lock:
            return tuple(self._objects.values())

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.close()

    def _run(self) -> None:
        version, pause = "", FIRST_RETRY
        while not self._stopped.is_set():
            began, trouble = time.monotonic(), None
            try:
                version = version or self._list()
                before, version = version, self._follow(version)
                is_brief = version == before
            except ApiError as error:
                # 410 Gone is no trouble: list again, at once if the watch had lasted.
                version, is_brief = "", True
                trouble = None if error.code == 410 else sentence_for(self.resource, error)
            except (OSError, NoClusterError) as error:
                version, is_brief = "", True  # another server may come back: trust only a fresh list
                trouble = sentence_for(self.resource, error)
            lasted = time.monotonic() - began >= BRIEF
            pause = FIRST_RETRY if lasted else pause
            if trouble or (is_brief and not lasted):
                pause = self._rest(trouble, pause)

    def _rest(self, trouble: str | None, pause: float) -> float:
        """Say what is wrong, wait, and answer how long to wait the next time."""
        if trouble and not self._stopped.is_set() and trouble != self.trouble:
            self.trouble = trouble
            self._changed(())
        self._stopped.wait(pause)
        return min(pause * 2, LAST_RETRY)

    def _list(self) -> str:
        items, version = self._source.list(self.resource, self.namespace)
        listed = {uid_of(item): item for item in items}
        with self._lock:
            changes = differences(self.resource, self._objects, listed)
            self._objects = listed
        self.trouble, self.loaded = None, True
        self._changed(changes)
        return version

    def _follow(self, version: str) -> str:
        """Take over changes until the watch ends; answer the newest version seen."""
        stream = self._source.watch(self.resource, self.namespace, version)
        with self._lock:
            self._stream = stream
        if self._stopped.is_set():
            stream.close()
        try:
            for event in stream:
                version = self._take(event["type"], event["object"], version)
        finally:
            with self._lock:
                self._stream = None
        return version

    def _take(self, change: str, obj: Object, version: str) -> str:
        if change == "ERROR":
            code = int(obj.get("code", 500))
            raise ApiError(code, obj.get("reason"), str(obj.get("message", "the watch ended with an error")))
        if change != "BOOKMARK":
            with self._lock:
                if change == "DELETED":
                    self._objects.pop(uid_of(obj), None)
                else:
                    self._objects[uid_of(obj)] = obj
            self._changed((Change(self.resource, change, obj),))
        return str(obj.get("metadata", {}).get("resourceVersion", version))


class Following:
    """One follower's hold on the feed. `close` is safe to call twice, and from any thread."""

    def __init__(
        self,
        feed: Feed,
        keys: tuple[tuple[str, str | None], ...],
        draw: Callable[[Objects], None],
        *,
        record: Callable[[Sequence[Change]], None] | None = None,
        tend: Callable[[], None] | None = None,
    ) -> None:
        self.keys, self.draw, self.record, self.tend = keys, draw, record, tend
        self.dirty = True
        self._feed = feed

    def later(self) -> None:
        """Draw again in the next round, although nothing has changed."""
        self.dirty = True
        self._feed.wake()

    def close(self) -> None:
        self._feed.leave(self)


class Feed:
    """The watches of one kernel and those who follow them."""

    def __init__(
        self,
        source: Source,
        *,
        frames_per_second: float = FRAMES_PER_SECOND,
        tend_seconds: float = TEND_SECONDS,
    ) -> None:
        self.source = source
        self._pause, self._tend_seconds = 1 / frames_per_second, tend_seconds
        self._lock = threading.RLock()
        self._watches: dict[tuple[str, str | None], KindWatch] = {}
        self._followers: list[Following] = []
        self._wake = threading.Event()
        self._pacer: threading.Thread | None = None

    def follow(
        self,
        namespace: str,
        draw: Callable[[Objects], None],
        *,
        kinds: tuple[str, ...] = FOLLOWED,
        record: Callable[[Sequence[Change]], None] | None = None,
        tend: Callable[[], None] | None = None,
    ) -> Following:
        """Call `draw` with the newest objects now and after changes, and `record` with every change, as it comes.

        `tend` is called every few seconds: whoever finds that nobody looks at it any more may leave. `record` first gets all that is known as `ADDED`. It misses nothing, so it must be quick, and must not call
        the feed. Changes that a list shows together come together: their order among each other is not known.
        """
        follower = Following(self, keys_of(namespace, kinds), draw, record=record, tend=tend)
        with self._lock:
            self._followers.append(follower)
            if record is not None:
                self._tell_what_is_known(follower, record)
            for key in follower.keys:
                if key not in self._watches:
                    self._watches[key] = KindWatch(self.source, *key, self._changed_in(key))
            if self._pacer is None:
                self._pacer = threading.Thread(target=self._pace, name="feed-pacer", daemon=True)
                self._pacer.start()
        self._wake.set()
        return follower

    def leave(self, follower: Following) -> None:
        with self._lock:
            if follower in self._followers:
                self._followers.remove(follower)
            wanted = {key for other in self._followers for key in other.keys}
            ended = [self._watches.pop(key) for key in list(self._watches) if key not in wanted]
        for watch in ended:
            watch.stop()
        self._wake.set()

    def objects(self, namespace: str, kinds: tuple[str, ...] = FOLLOWED) -> Objects:
        """Answer what the watches of these kinds know now."""
        return self._objects(keys_of(namespace, kinds))

    def _objects(self, keys: tuple[tuple[str, str | None], ...]) -> Objects:
        with self._lock:
            watches = [self._watches[key] for key in keys if key in self._watches]
        return Objects(
            {watch.resource: watch.objects() for watch in watches},
            {watch.resource: watch.trouble for watch in watches if watch.trouble},
            loaded=bool(watches) and all(watch.loaded or watch.trouble for watch in watches),
        )

    def _changed_in(self, key: tuple[str, str | None]) -> Callable[[Sequence[Change]], None]:
        def changed(changes: Sequence[Change]) -> None:
            with self._lock:  # it also keeps the order of what is recorded
                for follower in self._followers:
                    if key in follower.keys:
                        follower.dirty = True
                        if follower.record is not None and changes:
                            follower.record(changes)
            self._wake.set()

        return changed

    def _tell_what_is_known(self, follower: Following, record: Callable[[Sequence[Change]], None]) -> None:
        for key in follower.keys:
            watch = self._watches.get(key)
            if watch is not None and watch.loaded:
                record([Change(key[0], "ADDED", obj) for obj in watch.objects()])

    def wake(self) -> None:
        """Begin the next round of drawing."""
        self._wake.set()

    def _pace(self) -> None:
        tend_at = time.monotonic() + self._tend_seconds
        while True:
            self._wake.wait(0 if any(follower.dirty for follower in self._all()) else self._tend_seconds)
            self._wake.clear()
            with self._lock:
                if not self._followers:
                    self._pacer = None
                    return
            for follower in self._all():
                self._draw_for(follower)
            if time.monotonic() >= tend_at:
                tend_at = time.monotonic() + self._tend_seconds
                self._tend()
            time.sleep(self._pause)

    def _all(self) -> tuple[Following, ...]:
        with self._lock:
            return tuple(self._followers)

    def _draw_for(self, follower: Following) -> None:
        if follower.dirty:
            follower.dirty = False
            try:
                follower.draw(self._objects(follower.keys))
            except Exception:  # whatever one view does not understand, the others go on
                LOG.exception("a view could not be drawn")

    def _tend(self) -> None:
        for follower in self._all():
            if follower.tend is not None:
                try:
                    follower.tend()
                except Exception:  # as above
                    LOG.exception("a view could not be tended")


def keys_of(namespace: str, kinds: tuple[str, ...] = FOLLOWED) -> tuple[tuple[str, str | None], ...]:
    """List the watches that a view of this namespace needs; nodes are the whole cluster's."""
    return tuple((resource, None if resource == "nodes" else namespace) for resource in kinds)


def differences(resource: str, old: dict[str, Object], new: dict[str, Object]) -> list[Change]:
    """Answer what must have happened between two lists, by uid."""
    gone = [Change(resource, "DELETED", old[uid]) for uid in old if uid not in new]
    born = [Change(resource, "ADDED", new[uid]) for uid in new if uid not in old]
    other = [
        Change(resource, "MODIFIED", new[uid])
        for uid in new
        if uid in old and version_of(new[uid]) != version_of(old[uid])
    ]
    return gone + born + other


def version_of(obj: Object) -> str:
    return str(obj.get("metadata", {}).get("resourceVersion", ""))


def sentence_for(resource: str, error: Exception) -> str:
    """Say in one plain sentence why a kind is out of date."""
    plural = resource.partition(".")[0]
    if isinstance(error, ApiError) and error.code == 403:
        if plural == "nodes":
            return "This account may not list nodes: only the machines that hold a pod are shown, by name."
        return f"This account may not list {plural}, so they are left out."
    if isinstance(error, ApiError) and error.code == 401:
        return "The cluster no longer accepts these credentials. Run `kubetutor up` again in a terminal, then restart the kernel."
    if isinstance(error, ApiError):
        return f"The cluster refused to list {plural}: {error.message}"
    return (
        "The cluster does not answer. This is the last state seen; the view goes on when the cluster is back."
    )


@cache
def kernel_feed() -> Feed:
    """Answer the feed that all views of this kernel share: that is what makes it one watch per kind."""
    return Feed(ApiSource())
