"""The load pods of one exercise: one asks its service, and one each of the further services that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.cluster.load.manifest import NAME
from kubetutor.cluster.load.pod import usual_rate
from kubetutor.errors import LessonError, LoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kubetutor.cluster.load.pod import Load
    from kubetutor.cluster.load.tally import Tally
    from kubetutor.exercises.exercise import Exercise

PATIENCE = (
    120.0  # seconds for a load pod to start, and for its service to answer it; as in cluster/load/pod.py
)
ALSO_RATE = 10.0  # requests a second to each further service
ANEW = "The pod {} had to begin anew on the way, and did not ask for a while."


class Asking:
    """Who asks which service. `make` answers a load pod of this name."""

    def __init__(self, exercise: Exercise, make: Callable[[str], Load]) -> None:
        self._rate = exercise.rate
        self._answers_at_start = exercise.answers_at_start
        self._calm_at_start = exercise.calm_at_start
        self._loads: dict[str, Load] = {}
        if exercise.service:
            self._loads[exercise.service] = make(NAME)
        for service in exercise.also:
            self._loads[service] = make(f"{NAME}-{service}")

    def start(self) -> None:
        """Have all services asked, and wait until they answer, where they can. Only then the counting begins."""
        try:
            usual = self._rate or usual_rate()
            for load, service in zip(self._loads.values(), self._loads, strict=True):
                load.start(service, rate=usual if load.name == NAME else min(ALSO_RATE, usual))
            for load in self._loads.values():
                wait = load.wait_for_answer if self._answers_at_start else load.wait_for_report
                wait(timeout=PATIENCE)
                if self._calm_at_start:
                    load.wait_until_calm(timeout=PATIENCE)
                    load.forget()
        except LoadError as error:
            self.stop()
            raise LessonError(f"{error} So the exercise cannot start; then run this cell again.") from error

    def stop(self) -> None:
        """End asking. What was counted stays."""
        for load in self._loads.values():
            load.stop()

    def wait_for_news(self, *, timeout: float) -> None:
        for load in self._loads.values():
            load.wait_for_news(timeout=timeout)

    def tallies(self) -> Mapping[str, Tally]:
        """Answer the totals by service. Raise LessonError when something was not counted."""
        tallies = {service: load.tally() for service, load in self._loads.items()}
        for service, load in self._loads.items():
            anew = ANEW.format(load.name) if len(tallies[service].runs) > 1 else ""
            if trouble := load.trouble or anew:
                raise LessonError(
                    f"{trouble} What is not measured cannot be judged: run the cell with start() again."
                )
        return tallies

    def address_of(self, service: str) -> str:
        """Answer the `host:port` where a service is asked, empty where it is not."""
        return self._loads[service].address if service in self._loads else ""

    def __str__(self) -> str:
        said = (
            f"the pod {load.name} asks {service} {load.rate:g} times a second"
            for service, load in self._loads.items()
        )
        return "; ".join(said)
