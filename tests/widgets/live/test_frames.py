"""What differs between two frames, and that it makes the new one out of the old."""

from hypothesis import given
from hypothesis import strategies as some

from kubetutor.widgets.live.frames import applied, delta_of

ROWS = some.dictionaries(some.sampled_from("abcd"), some.dictionaries(some.just("n"), some.integers(0, 2)))
FRAMES = some.dictionaries(
    some.sampled_from("xyz"), ROWS | some.integers(0, 2) | some.lists(some.integers(), max_size=2)
)


@given(FRAMES, FRAMES)
def test_a_delta_makes_the_new_frame_out_of_the_old(old, new):
    assert applied(old, delta_of(old, new)) == new


@given(FRAMES)
def test_the_same_frame_again_is_nothing_to_send(frame):
    assert delta_of(frame, dict(frame)) == {}


def test_of_many_rows_only_the_one_that_changed_is_sent():
    old = {"pods": {str(number): {"ready": False} for number in range(500)}, "title": "shop"}
    new = {**old, "pods": {**old["pods"], "7": {"ready": True}}}
    assert delta_of(old, new) == {"put": {"pods": {"7": {"ready": True}}}}
