"""Taints and tolerations."""

import pytest

from kubetutor.api.taints import first_untolerated, tolerates

TAINT = {"key": "disk", "value": "slow", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "answer"),
    [
        ({"key": "disk", "value": "slow", "effect": "NoSchedule"}, True),
        ({"key": "disk", "value": "slow"}, True),
        ({"key": "disk", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "disk", "value": "fast"}, False),
        ({"key": "colour", "operator": "Exists"}, False),
        ({"key": "disk", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_a_toleration_makes_up_for_a_taint(toleration, answer):
    assert tolerates(toleration, TAINT) is answer


def test_numbers_are_compared():
    taint = {"key": "latency", "value": "20", "effect": "NoSchedule"}
    assert tolerates({"key": "latency", "operator": "Gt", "value": "10"}, taint)
    assert not tolerates({"key": "latency", "operator": "Lt", "value": "10"}, taint)


def test_only_the_effects_asked_for_repel():
    assert first_untolerated([TAINT], [], frozenset({"NoExecute"})) is None
    assert first_untolerated([TAINT], [], frozenset({"NoSchedule"})) == TAINT
