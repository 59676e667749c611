"""Rules, verdicts and hints."""

from dataclasses import dataclass

from kubetutor.exercises.expect import Rule, judge
from kubetutor.exercises.hints import Hint, HintLadder
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED


@dataclass(frozen=True)
class Stock:
    touched: bool = True
    apples: int = 3
    delivered: bool = True


def hint(slug):
    return Hint(slug, f"look at {slug}", f"{slug} is missing", f"nearly {slug}")


UNTOUCHED = Rule(
    "something ordered", lambda stock: stock.touched, lambda _: "nothing", "the list", hint("begin")
)
RULES = (
    Rule(
        "three apples",
        lambda stock: stock.apples == 3,
        lambda s: f"{s.apples} apples",
        "the shelf",
        hint("apples"),
    ),
    Rule(
        "delivered",
        lambda stock: stock.delivered,
        lambda _: "on its way",
        "the door",
        hint("door"),
        may_mend=lambda _: True,
    ),
)


def judged(stock):
    return judge(RULES, stock, untouched=UNTOUCHED, passed=lambda s: f"{s.apples} apples are here")


def test_untouched_is_not_started_with_its_own_hint():
    result = judged(Stock(touched=False)).result
    assert (result.verdict, result.hint.slug) == (NOT_STARTED, "begin")


def test_the_first_rule_that_does_not_hold_speaks():
    result = judged(Stock(apples=1, delivered=False)).result
    assert result.verdict == NOT_YET
    assert (result.expected, result.seen, result.look_at) == ("three apples", "1 apples", "the shelf")
    assert result.hint.slug == "apples"


def test_only_what_waiting_can_mend_is_looked_at_again():
    assert judged(Stock(delivered=False)).may_mend
    assert not judged(Stock(apples=1)).may_mend


def test_passed_says_what_was_measured():
    result = judged(Stock()).result
    assert (result.verdict, result.passed, result.seen) == (PASSED, True, "3 apples are here")


def test_a_result_says_the_same_in_text_and_html():
    result = judged(Stock(apples=1)).result
    for text in ("three apples", "1 apples", "the shelf"):
        assert text in str(result)
        assert text in result._repr_html_()


def test_hints_escalate_and_stay_at_the_last_step():
    ladder = HintLadder()
    steps = [ladder.next(hint("apples")) for _ in range(4)]
    assert [step.step for step in steps] == [0, 1, 2, 2]
    assert "look at apples" in str(steps[0])
    assert "nearly apples" in steps[2]._repr_html_()


def test_another_state_begins_with_its_own_first_hint():
    ladder = HintLadder()
    ladder.next(hint("apples"))
    assert ladder.next(hint("door")).step == 0
    assert ladder.next(hint("apples")).step == 1
