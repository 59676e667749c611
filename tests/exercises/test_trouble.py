"""Exercises that the check breaks, and those with more than one service: on the stand-in cluster of the runner's tests."""

import dataclasses
import importlib

import pytest

from kubetutor.cluster.load.tally import Tally
from kubetutor.exercises import runner as running
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED
from kubetutor.exercises.runner import Runner
from kubetutor.widgets.live.feed import Feed

stand_ins = importlib.import_module("tests.exercises.test_runner")
BEGIN, LOST = (Hint(slug, f"look {slug}", f"missing {slug}", f"nearly {slug}") for slug in ("begin", "lost"))


@dataclasses.dataclass(frozen=True)
class Facts:
    pods: int
    is_broken: bool
    services: tuple[str, ...]


def observe(evidence):
    return Facts(len(evidence.cluster.api.list("pods")), evidence.is_broken, tuple(evidence.tallies))


SURVIVE = Exercise(
    slug="survive",
    task="Lose a pod, and answer.",
    service="front",
    also=("pay",),
    trouble=lambda _evidence: (("delete", "pod", "first"),),
    observe=observe,
    untouched=Rule("a change", lambda facts: facts.pods > 1, lambda _: "one pod", "the pods", BEGIN),
    rules=(Rule("enough", lambda facts: facts.pods > 2 or not facts.is_broken, lambda _: "few", "the pods", LOST),),
    passed=lambda facts: f"asked: {', '.join(facts.services)}",
    solution=Attempt("more", ()),
)  # fmt: skip


class NamedLoad(stand_ins.StandInLoad):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def tally(self):
        return Tally(sent=5, runs=self.runs)


@pytest.fixture
def shop():
    return stand_ins.Shop()


@pytest.fixture
def runner(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "TROUBLE_SECONDS", 0.0)
    feed = Feed(stand_ins.ShopSource(shop))
    made = Runner(
        SURVIVE, shop, namespace="shop", feed=feed, progress=Progress("capstone", path=tmp_path / "p.json"), make_load=NamedLoad,
    )  # fmt: skip
    yield made
    made.stop()


def test_nothing_is_broken_before_all_else_holds(runner, shop):
    runner.start()
    assert runner.check(wait=0.1).verdict is NOT_STARTED
    assert not any("delete" in told for told in shop.told)


def test_what_does_not_hold_after_the_trouble_does_not_pass(runner, shop):
    runner.start()
    shop.pods = shop.pods * 2
    result = runner.check(wait=0.1)
    assert result.verdict is NOT_YET
    assert result.hint.slug == "lost"


def test_it_breaks_once_and_then_what_holds_passes(runner, shop):
    runner.start()
    shop.pods = shop.pods * 3
    assert runner.check(wait=0.1).verdict is PASSED
    runner.check(wait=0.1)
    assert sum("delete" in told for told in shop.told) == 1


def test_every_service_is_asked_by_a_pod_of_its_own(runner, shop):
    said = str(runner.start())
    assert "the pod load asks front 50 times a second" in said
    assert "the pod load-pay asks pay 10 times a second" in said
    shop.pods = shop.pods * 3
    assert "asked: front, pay" in str(runner.check(wait=0.1))


def test_what_an_exercise_changed_elsewhere_is_put_back_once_when_it_passes_or_ends(
    shop, tmp_path, monkeypatch
):
    monkeypatch.setattr(running, "TROUBLE_SECONDS", 0.0)
    restored = []
    exercise = dataclasses.replace(SURVIVE, restore=restored.append)
    runner = Runner(
        exercise, shop, namespace="shop", feed=Feed(stand_ins.ShopSource(shop)),
        progress=Progress("capstone", path=tmp_path / "p.json"), make_load=NamedLoad,
    )  # fmt: skip
    runner.stop()
    assert not restored, "nothing was changed yet"
    runner.start()
    assert runner.check(wait=0.1).verdict is NOT_STARTED
    assert not restored, "the learner is at work"
    shop.pods = shop.pods * 3
    assert runner.check(wait=0.1).verdict is PASSED
    runner.stop()
    assert restored == [shop]
