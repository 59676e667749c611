"""An exercise from start to solution, on a stand-in cluster: objects that a test moves, and a load that a test tells."""

import dataclasses
import pathlib
import threading

import pytest

from kubetutor.cluster.load.tally import Tally
from kubetutor.errors import LessonError, LoadError
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.progress import Progress, Standing
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED
from kubetutor.exercises.runner import Runner
from kubetutor.widgets.live.feed import FOLLOWED, Feed


class Shop:
    """Api and kubectl of a cluster with one pod. kubectl only writes down what it was told."""

    def __init__(self):
        self.pods = [
            {"metadata": {"uid": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        ]
        self.told, self.api = [], self

    def list(self, resource, *, namespace=None):
        assert namespace in {None, "shop"}
        return list(self.pods) if resource == "pods" else []

    def kubectl(self, *args, **_):
        self.told.append(args)


class StandInLoad:
    """A load pod that does what a test says."""

    name, rate, address = "load", 50.0, "shop:80"

    def __init__(self):
        self.asks, self.trouble, self.silence, self.runs = "", "", "", ("first",)
        self.began_anew = []

    def start(self, service, *, rate):
        self.asks, self.rate = service, rate

    def wait_for_answer(self, *, timeout):
        assert timeout >= 15
        if self.silence:
            raise LoadError(self.silence)

    def wait_until_calm(self, *, timeout):
        assert timeout >= 15
        self.began_anew.append("calm")

    def forget(self):
        self.began_anew.append("forget")

    def wait_for_news(self, *, timeout):
        assert timeout > 0

    def tally(self):
        return Tally(sent=10, runs=self.runs)

    def stop(self):
        self.asks = ""


class Quiet:
    """A watch without events."""

    def __init__(self):
        self.over = threading.Event()

    def __iter__(self):
        self.over.wait(30)
        return iter(())

    def close(self):
        self.over.set()


class ShopSource:
    def __init__(self, shop):
        self.shop = shop

    def list(self, resource, namespace):
        assert resource in FOLLOWED
        return self.shop.list(resource, namespace=namespace or "shop"), "1"

    def watch(self, _resource, _namespace, _version):
        return Quiet()


BEGIN, MORE = (Hint(slug, f"look {slug}", f"missing {slug}", f"nearly {slug}") for slug in ("begin", "more"))
TWO_PODS = Exercise(
    slug="two-pods",
    task="Have two pods.",
    service="web",
    setup=(("apply", "-f", "manifests/none.yaml"),),
    observe=lambda evidence: len(evidence.cluster.api.list("pods")),
    untouched=Rule("a change", lambda pods: pods != 1, lambda _: "one pod", "the pods", BEGIN),
    rules=(
        Rule(
            "two pods",
            lambda pods: pods == 2,
            lambda pods: f"{pods} pods",
            "the pods",
            MORE,
            may_mend=lambda _: True,
        ),
    ),
    passed=lambda pods: f"{pods} pods",
    solution=Attempt("scale", (("scale", "deployment/web", "--replicas=2"),)),
)


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def load():
    return StandInLoad()


@pytest.fixture
def runner(shop, load, tmp_path, monkeypatch):
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "none.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    feed = Feed(ShopSource(shop))
    progress = Progress("x", path=tmp_path / "p.json")
    made = Runner(
        TWO_PODS, shop, namespace="shop", feed=feed, progress=progress, make_load=lambda _name: load
    )
    yield made
    made.stop()


def test_start_sets_the_scene_in_the_namespace_and_says_the_task(runner, shop):
    assert "Have two pods." in str(runner.start())
    assert shop.told == [("--namespace", "shop", "apply", "-f", "manifests/none.yaml")]


def test_what_commands_cannot_do_comes_before_them(runner, shop):
    runner.exercise = dataclasses.replace(
        TWO_PODS, scene=lambda cluster, namespace: cluster.told.append(f"scene in {namespace}")
    )
    runner.start()
    assert shop.told == ["scene in shop", ("--namespace", "shop", "apply", "-f", "manifests/none.yaml")]


def test_a_check_is_as_patient_as_the_exercise_says(runner, shop):
    runner.exercise = dataclasses.replace(TWO_PODS, patience=0.1)
    runner.start()
    shop.pods *= 3
    late = threading.Timer(5, shop.pods.pop)
    late.start()
    assert runner.check().verdict == NOT_YET
    late.cancel()


def test_untouched_is_not_started_at_once(runner):
    runner.start()
    assert runner.check(wait=60).verdict == NOT_STARTED


def test_a_check_that_takes_long_says_once_what_it_waits_for(runner, shop, monkeypatch):
    monkeypatch.setattr("kubetutor.exercises.runner.SILENT_SECONDS", 0.1)
    said = []
    runner.say = said.append
    runner.start()
    shop.pods *= 3
    assert runner.check(wait=1).verdict == NOT_YET
    assert said == ["Not yet. Looking again, for up to 1 s."]


def test_a_check_waits_for_what_may_mend(runner, shop):
    runner.start()
    shop.pods *= 3
    threading.Timer(0.4, shop.pods.pop).start()
    result = runner.check(wait=10)
    assert result.verdict == PASSED
    assert runner._progress.get("passed", "two-pods")


def test_a_check_gives_up_and_says_what_was_seen(runner, shop):
    runner.start()
    shop.pods.clear()
    result = runner.check(wait=0.1)
    assert (result.verdict, result.seen) == (NOT_YET, "0 pods")


def test_hints_follow_the_state_and_escalate(runner, shop):
    runner.start()
    assert "look begin" in str(runner.hint())
    shop.pods.clear()
    assert "look more" in str(runner.hint())
    assert "missing more" in str(runner.hint())


def test_hints_that_were_shown_are_kept_over_a_restart_of_the_kernel(runner, shop, load):
    runner.start()
    runner.hint()
    again = Runner(
        TWO_PODS,
        shop,
        namespace="shop",
        feed=runner._feed,
        progress=runner._progress,
        make_load=lambda _: load,
    )
    again.start()
    assert "missing begin" in str(again.hint())
    for _ in range(3):
        assert "nearly begin" in str(again.hint())
    assert runner._progress.get("hints", "two-pods") == {"begin": 3}, "what is shown again counts once"


def test_the_first_start_and_the_latest_change_are_kept(runner, shop):
    runner.start()
    first = runner._progress.get("started", "two-pods")
    runner._progress.keep("started", "two-pods", "2026-01-01T00:00:00Z")
    runner._progress.keep("changed", "two-pods", "2026-01-01T00:00:00Z")
    runner.start()
    shop.pods *= 2
    runner.check()
    assert runner._progress.get("started", "two-pods") == "2026-01-01T00:00:00Z"
    assert runner._progress.get("changed", "two-pods") >= first


def test_the_solution_shows_after_success(runner, shop):
    runner.start()
    assert "kubectl" not in str(runner.solution())
    shop.pods *= 2
    runner.check()
    assert "kubectl scale deployment/web --replicas=2" in str(runner.solution())
    assert "nothing left" in str(runner.hint())


def test_the_solution_shows_when_asked_three_times(runner):
    runner.start()
    texts = [str(runner.solution()) for _ in range(3)]
    assert ["kubectl" in text for text in texts] == [False, False, True]


def test_a_check_before_the_start_says_what_to_do(runner):
    with pytest.raises(LessonError, match="Run the cell with start"):
        runner.check()


def test_it_says_who_asks_and_stops_asking_when_it_is_passed(runner, shop, load):
    assert "the pod load asks web 50 times a second" in str(runner.start())
    assert load.asks == "web"
    shop.pods *= 2
    runner.check()
    assert load.asks == ""


def test_a_service_that_does_not_answer_is_said(runner, load):
    load.silence = "Nobody answers at 10.96.0.7:80."
    with pytest.raises(LessonError, match=r"Nobody answers.*cannot start"):
        runner.start()
    assert load.asks == ""
    with pytest.raises(LessonError, match="has not been started"):
        runner.check()


def test_what_is_not_measured_is_not_judged(runner, load):
    runner.start()
    load.trouble = "The pod load is gone."
    with pytest.raises(LessonError, match=r"is gone.*start"):
        runner.check()


def test_a_load_that_began_anew_has_missed_something(runner, load):
    runner.start()
    load.runs = ("first", "second")
    with pytest.raises(LessonError, match="begin anew"):
        runner.check()


def test_counting_can_begin_only_once_no_request_gets_lost(runner, load):
    runner.start()
    assert load.began_anew == []
    runner.exercise = dataclasses.replace(TWO_PODS, calm_at_start=True)
    runner.start()
    assert load.began_anew == ["calm", "forget"]


def test_without_a_service_nothing_is_asked_and_it_is_judged_all_the_same(runner, shop, load):
    runner.exercise = dataclasses.replace(TWO_PODS, service="")
    load.trouble = ""
    assert "how many pods are Ready" in str(runner.start())
    assert load.asks == ""
    shop.pods *= 2
    assert runner.check().verdict == PASSED


def test_what_was_measured_is_evidence(runner):
    runner.start()
    evidence = runner.evidence()
    assert [moment.ready for moment in evidence.moments] == [1]
    assert evidence.fewest_ready == 1


def test_an_attempt_brings_its_files_and_may_cut_a_nodes_power(runner, shop):
    seen = []
    shop.kubectl = lambda *args, **_: seen.append((args[2:-1], pathlib.Path(args[-1]).read_text()))
    shop.stop_node = shop.start_node = seen.append
    files = {"two.yaml": "replicas: 2"}
    runner.attempt(
        Attempt("by file", (("apply", "-f", "two.yaml"), ("kubetutor", "node", "stop", "w1")), files=files)
    )
    assert seen == [(("apply", "-f"), "replicas: 2"), "w1"]


def test_a_solution_shows_its_files_and_commands_as_they_are_typed(runner):
    solution = Attempt(
        "both",
        (("apply", "-f", "two.yaml"), ("kubetutor", "node", "stop", "w1")),
        files={"two.yaml": "replicas: 2"},
    )
    runner.exercise = dataclasses.replace(TWO_PODS, solution=solution)
    for _ in range(3):
        shown = str(runner.solution())
    for text in ("file two.yaml", "replicas: 2", "kubectl apply -f two.yaml", "  kubetutor node stop w1"):
        assert text in shown


def test_a_check_keeps_the_try_and_says_how_far_the_learner_is(runner, shop):
    runner.how_far = lambda: "0 of 1 passed in this lesson"
    runner.start()
    assert runner.check().verdict == NOT_STARTED
    assert runner._progress.standing("two-pods") is Standing.OPEN
    shop.pods.clear()
    result = runner.check(wait=0.1)
    assert runner._progress.standing("two-pods") is Standing.TRIED
    assert "Progress  0 of 1 passed in this lesson" in str(result)


def test_reset_forgets_the_pass_the_hints_and_the_start(runner, shop):
    runner.start()
    runner.hint()
    shop.pods *= 2
    runner.check()
    runner.reset()
    assert runner._progress.standing("two-pods") is Standing.OPEN
    assert "kubectl" not in str(runner.solution())
    with pytest.raises(LessonError, match="has not been started"):
        runner.check()


def test_a_drill_keeps_the_best_time(runner, shop):
    runner.exercise = dataclasses.replace(TWO_PODS, timed=True)
    runner.start()
    assert runner.best is None
    shop.pods *= 2
    assert "the first one" in runner.check().seen
    first = runner.best
    assert first is not None
    assert "Your time" not in runner.check().seen, "the clock stops once"
    assert runner.best == first
    runner.reset()
    assert runner.best is None


def test_the_worker_stands_for_the_node_with_the_most_pods(runner, shop):
    for pod, node in zip(shop.pods, ["b"], strict=True):
        pod.setdefault("spec", {})["nodeName"] = node
    runner.attempt(Attempt("close it", (("cordon", "{worker}"),)))
    assert shop.told[-1][-2:] == ("cordon", "b")
