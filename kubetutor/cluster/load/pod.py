"""Starts, steers and removes the load pod of a namespace, and adds up what it reports.

1. `start` reads the service's address, removes a load pod that was left behind, and makes one.
2. A thread follows its log and adds each interval to the totals.
3. `change_rate` writes the pod's annotation, which the program reads; who may not do that gets a new pod.
4. `stop` deletes the pod. It happens at the end of this Python too; after a kill, the next `start` or a lesson's
   beginning removes the pod, and after two hours it ends by itself.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_load
from kubetutor.cluster.load.log import LoadLog, read_pod
from kubetutor.cluster.load.manifest import (
    GRACE,
    IMAGE,
    NAME,
    RATE,
    RATE_ANNOTATION,
    Target,
    pod_of,
    target_of,
)
from kubetutor.cluster.load.tally import Tally
from kubetutor.errors import ApiError, KubetutorError, LoadError

if TYPE_CHECKING:
    from kubetutor.api.client import Client
    from kubetutor.cluster.load.interval import Interval

RATE_VARIABLE = "KUBETUTOR_REQUESTS_PER_SECOND"  # less, on a server that many share
PATIENCE = 120.0  # seconds for a pod to start, and to go: thirty learners on two cores wait for one another
LATE = 0.5  # seconds without an outcome, after which a request may well be lost
LOOK = 0.05  # seconds between two looks whether it has gone
STILL_LOST = "Requests still get lost after {:.0f} s. Look at the pods behind the service."
NOBODY_ASKS = "Nobody asks now, so nothing is counted. Run the cell that begins to count."


class Load:
    """The load pod of one namespace. Every method raises LoadError with a plain sentence, or what the client raises."""

    def __init__(self, api: Client, namespace: str, *, name: str = NAME, image: str = IMAGE) -> None:
        self.namespace, self.name, self.image = namespace, name, image
        self.rate = RATE
        self._api = api
        self._target: Target | None = None
        self._changed = threading.Condition()
        self._log: LoadLog | None = None
        self._tally = Tally()
        self._newest: Interval | None = None
        self._has_answer = False
        self._reports = 0  # how many intervals were added up, of all runs

    def start(self, service: str, *, port: int | None = None, rate: float | None = None) -> None:
        """Ask a service of this namespace from now on, so many times a second, or as usual. What was counted before is forgotten."""
        self.stop()
        self._target = self._find(service, port)
        self._begin(self._target, usual_rate() if rate is None else rate)

    def wait_for_answer(self, *, timeout: float = PATIENCE) -> None:
        """Return when a request has been answered since the start; then the totals begin anew. Raise LoadError if none is."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_answer or self._is_hopeless(), timeout)
            if not self._has_answer:
                raise LoadError(self._why_silent())
            self._tally = Tally()

    def wait_for_report(self, *, timeout: float = PATIENCE) -> None:
        """Return when the pod has asked, be it in vain. Raise LoadError if it has not."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._is_hopeless(), timeout)
            if self._newest is None:
                raise LoadError(self._why_silent())

    def wait_for_reports(self, reports: int, *, timeout: float = PATIENCE) -> None:
        """Return when so many more reports have come, or waiting will hardly help, or the time is over.

        The next report is of the interval that is under way; the second one covers all that was asked until now.
        """
        with self._changed:
            enough = self._reports + reports
            self._changed.wait_for(lambda: self._reports >= enough or self._is_hopeless(), timeout)

    def wait_until_calm(self, *, reports: int = 1, timeout: float = PATIENCE) -> None:
        """Return when so many more reports have come, and the newest tells of answers, of no loss, and of none to come.

        A request to a pod that has gone is known to be lost only after two seconds. Raise LoadError when it does not come to that.
        """
        with self._changed:
            enough = self._reports + reports
            self._changed.wait_for(
                lambda: (self._reports >= enough and self._is_calm()) or self._is_hopeless(), timeout
            )
            if self._reports < enough or not self._is_calm():
                raise LoadError(
                    self.trouble or (STILL_LOST if self.is_asking else NOBODY_ASKS).format(timeout)
                )

    def forget(self) -> None:
        """Begin the totals anew, while the pod goes on asking."""
        with self._changed:
            self._tally = Tally()

    def tally(self) -> Tally:
        """Answer the totals. They lag behind by the interval that is under way."""
        with self._changed:
            return self._tally

    @property
    def newest(self) -> Interval | None:
        with self._changed:
            return self._newest

    @property
    def address(self) -> str:
        """The `host:port` that is asked, empty before the start."""
        return self._target.address if self._target else ""

    @property
    def is_asking(self) -> bool:
        return self._log is not None

    @property
    def trouble(self) -> str:
        """Say in a sentence why nothing is measured now; empty if all is well."""
        return self._log.trouble if self._log else ""

    def wait_for_news(self, *, timeout: float) -> None:
        """Return when nothing is in the way of measuring, or waiting will hardly help, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: not self.trouble or self._is_hopeless(), timeout)

    def change_rate(self, rate: float) -> None:
        """Ask so many times a second from now on; it takes a moment. 0 pauses."""
        try:
            body = {"metadata": {"annotations": {RATE_ANNOTATION: f"{rate:g}"}}}
            self._api.patch("pods", self.name, body, namespace=self.namespace)
        except ApiError as error:
            if error.code == 404:
                raise LoadError(f"There is no pod {self.name} that could ask faster or slower.") from error
            if error.code != 403 or self._target is None:
                raise
            self._end_log()
            self._remove()
            self._begin(self._target, rate)
        self.rate = rate

    def stop(self) -> None:
        """Delete the pod, if this is who started it. What was measured stays."""
        if self._log is not None:
            self._end_log()
            atexit.unregister(self._stop_at_exit)
            self._delete()

    def _find(self, service: str, port: int | None) -> Target:
        try:
            return target_of(self._api.get("services", service, namespace=self.namespace), port)
        except ApiError as error:
            raise LoadError(f"The service {service} cannot be asked: {error.message}") from error

    def _begin(self, target: Target, rate: float) -> None:
        self.rate = rate
        pod = pod_of(target, name=self.name, namespace=self.namespace, rate=rate, image=self.image)
        try:
            self._create(pod)
        except ApiError as error:
            raise LoadError(refusal(self.name, self.namespace, error)) from error
        atexit.register(self._stop_at_exit)
        with self._changed:
            self._tally, self._newest, self._has_answer = Tally(), None, False
        self._log = log = LoadLog(self._api, self.namespace, self.name, changed=self._wake)
        threading.Thread(target=self._follow, args=(log,), name=f"load-{self.namespace}", daemon=True).start()

    def _create(self, pod: dict[str, object]) -> None:
        """Make the pod, in place of one that was left behind."""
        try:
            self._api.create("pods", pod)
        except ApiError as error:
            if error.code != 409:
                raise
            self._remove()
            self._api.create("pods", pod)

    def _remove(self) -> None:
        """Delete the load pod that there is, and wait until it has gone."""
        deadline = time.monotonic() + PATIENCE
        self._delete()
        while (found := read_pod(self._api, self.namespace, self.name)) is not None:
            if not is_load(found):
                raise LoadError(
                    f"There is a pod {self.name} in the namespace {self.namespace} that kubetutor did not make, so nobody "
                    "can ask from there. Remove it, or work in another namespace."
                )
            if time.monotonic() > deadline:
                raise LoadError(
                    f"The pod {self.name} of the last time does not go away. Look at it with kubectl describe."
                )
            time.sleep(LOOK)

    def _delete(self) -> None:
        """Delete the pod if it is a load pod."""
        found = read_pod(self._api, self.namespace, self.name)
        if found is None or not is_load(found):
            return
        try:
            self._api.delete(
                "pods", self.name, namespace=self.namespace, options={"gracePeriodSeconds": GRACE}
            )
        except ApiError as error:
            if error.code != 404:
                raise

    def _stop_at_exit(self) -> None:
        with contextlib.suppress(KubetutorError):  # the cluster may be gone, and nobody is there to be told
            self.stop()

    def _end_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def _follow(self, log: LoadLog) -> None:
        for interval in log:
            with self._changed:
                if self._log is log:
                    self._tally, self._newest = self._tally.plus(interval), interval
                    self._has_answer = self._has_answer or interval.answered > 0
                    self._reports += 1
                    self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _is_calm(self) -> bool:
        newest = self._newest
        return newest is not None and newest.answered > 0 and not newest.lost and newest.oldest < LATE

    def _is_hopeless(self) -> bool:
        return self._log is None or self._log.is_over or self._log.is_stuck

    def _why_silent(self) -> str:
        if self.trouble:
            return self.trouble
        asked = self._target.address if self._target else "the service"
        if self._newest is None:
            return f"The pod {self.name} that asks the service has not started. Look at it with kubectl describe."
        errors = ", ".join(words for words, _ in self._newest.errors) or "no answer yet"
        return f"Nobody answers at {asked}, the address of the service: {errors}. Look at its pods and its endpoints."


def usual_rate() -> float:
    """Answer the requests a second where nobody says how many. Raise LoadError when the environment says no number."""
    said = os.environ.get(RATE_VARIABLE, "")
    try:
        rate = float(said) if said else RATE
    except ValueError:
        rate = 0.0
    if not 0 < rate <= RATE:
        raise LoadError(f"{RATE_VARIABLE} is {said!r}. A number up to {RATE:g} is wanted, such as 10.")
    return rate


def refusal(name: str, namespace: str, error: ApiError) -> str:
    """Say why the pod could not be made."""
    if error.code == 403 and "cannot create resource" in error.message:
        return (
            f"You may not create pods in the namespace {namespace}, so nothing inside the cluster can ask the service and "
            "count. Ask whoever runs the cluster for the role `edit` there."
        )
    return f"The cluster refused the pod {name} that asks the service: {error.message}"
