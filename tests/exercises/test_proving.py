"""What proving finds wrong with an exercise, on runners that answer what a test says."""

import dataclasses

from kubetutor.errors import LessonError
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule, judge
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.proving import Case, Way, cases, prove


@dataclasses.dataclass(frozen=True)
class Apples:
    count: int = 0
    seconds: float = 0.0


def hint(slug):
    return Hint(slug, f"look at {slug}", f"{slug} is missing", f"nearly {slug}")


def rule(slug, holds):
    return Rule(slug, holds, lambda apples: f"{apples.count} apples", "the shelf", hint(slug))


PICK = Exercise(
    slug="pick",
    task="Pick three apples in a second.",
    observe=lambda apples: apples,
    measured=("seconds",),
    untouched=rule("begin", lambda apples: apples.count > 0),
    rules=(rule("few", lambda apples: apples.count == 3), rule("slow", lambda apples: apples.seconds < 1)),
    passed=lambda apples: f"{apples.count} apples",
    solution=Attempt("pick", (("3", "0.5"),)),
    other_right=(Attempt("slower", (("3", "0.9"),)),),
    typical_wrong=(Attempt("one", (("1", "0.1"),), hint="few"), Attempt("sleep", (("3", "2"),), hint="slow")),
)


class Orchard:
    """A session and a runner in one. An attempt's command is how many apples, and in how many seconds."""

    def __init__(self, exercise):
        self.exercise_taken, self.facts, self.trouble = exercise, Apples(), ""
        self.is_stopped = False

    def exercise(self, slug):
        assert slug == self.exercise_taken.slug
        return Picker(self)


class Picker:
    def __init__(self, orchard):
        self.orchard, self.exercise = orchard, orchard.exercise_taken

    def start(self):
        if self.orchard.trouble:
            raise LessonError(self.orchard.trouble)
        self.orchard.facts, self.orchard.is_stopped = Apples(), False

    def attempt(self, attempt):
        for count, seconds in attempt.commands:
            self.orchard.facts = Apples(int(count), float(seconds))

    def evidence(self):
        return self.orchard.facts

    def check(self, *, wait=0.0):
        assert wait >= 0
        taken = self.exercise
        return judge(taken.rules, self.evidence(), untouched=taken.untouched, passed=taken.passed).result

    def stop(self):
        self.orchard.is_stopped = True


def troubles(exercise):
    orchard = Orchard(exercise)
    found = {str(case): prove(orchard, case, patience=0) for case in cases(exercise)}
    assert orchard.is_stopped
    return {case: trouble for case, trouble in found.items() if trouble}


def test_a_sound_exercise_has_no_trouble_in_any_way():
    assert [str(case) for case in cases(PICK)] == [
        "pick: untouched",
        "pick: solution: pick",
        "pick: right: slower",
        "pick: wrong: one",
        "pick: wrong: sleep",
    ]
    assert troubles(PICK) == {}


def test_a_right_answer_that_does_not_pass_is_found():
    strict = dataclasses.replace(PICK, other_right=(Attempt("late", (("3", "1.5"),)),))
    assert "is right and does not pass" in troubles(strict)["pick: right: late"]


def test_a_wrong_answer_that_passes_is_found():
    lax = dataclasses.replace(PICK, typical_wrong=(Attempt("fine", (("3", "0.2"),), hint="slow"),))
    assert "is wrong and passes" in troubles(lax)["pick: wrong: fine"]


def test_a_wrong_answer_with_another_hint_is_found():
    other = dataclasses.replace(PICK, typical_wrong=(Attempt("one", (("1", "0.1"),), hint="slow"),))
    assert "gets the hint 'few', and 'slow' is meant" in troubles(other)["pick: wrong: one"]


def test_an_exercise_that_passes_untouched_is_found():
    easy = dataclasses.replace(PICK, untouched=rule("begin", lambda _: True), rules=(rule("all", bool),))
    assert "is wrong and passes" in troubles(easy)["pick: untouched"]


def test_a_measure_that_no_rule_reads_is_found():
    blind = dataclasses.replace(PICK, rules=PICK.rules[:1], typical_wrong=())
    found = troubles(blind)["pick: solution: pick"]
    assert "no rule reads a measured fact (seconds); what the rules read is count" in found


def test_what_cannot_be_tried_is_told():
    orchard = Orchard(PICK)
    orchard.trouble = "Nobody answers."
    assert prove(orchard, Case(PICK, Way.SOLUTION, PICK.solution)) == "it could not be tried: Nobody answers."
