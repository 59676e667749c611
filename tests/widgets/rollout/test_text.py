"""The text twin and the static page say the same facts as the picture."""

import pytest

from kubetutor.widgets.live.feed import Objects
from kubetutor.widgets.rollout.commands import Outcome
from kubetutor.widgets.rollout.snapshot import snapshot_of
from kubetutor.widgets.rollout.text import html_of, text_of

NOW = 1767226000.0


def text(made, outcome=None):
    return text_of(snapshot_of(made.objects(), "web-app", "shop"), outcome, NOW)


def page(made, outcome=None):
    return html_of(snapshot_of(made.objects(), "web-app", "shop"), outcome, NOW)


FACTS = [
    "Deployment web-app in namespace shop: rolling out revision 2, 1 of 3 new pods available.",
    "Old ReplicaSet web-app-h1, revision 1, my-app:1.0: 2 replicas, 2 available, 1 ending",
    "web-app-h2-eeeee: Running, not Ready, not available",
    "At most 4 pods (3 wanted + 1 maxSurge), holds back: No new pod may start: 4 of at most 4 exist",
    "No old pod may end: 3 available of at least 3.",
    "The next step waits until web-app-h2-eeeee is available.",
    "maxSurge: 25% is 1 pod, rounded up, maxUnavailable: 25% is 0 pods, rounded down",
    "kubectl set image deployment/web-app web=my-app:2.0",
    "1 pod is ending and no longer counted.",
]


@pytest.mark.parametrize("fact", FACTS)
def test_text_and_html_hold_each_fact(halfway, fact):
    assert fact in text(halfway)
    assert fact in page(halfway)


def test_both_limits_at_zero_are_explained(rollout):
    made = rollout(3, "my-app:1.0").rolling(0, 0).set(1, "my-app:1.0", 3, available=3)
    assert "maxUnavailable: 0 is 1 here: both at 0 would let nothing move" in text(made)


def test_an_outcome_is_said_with_its_command(halfway):
    outcome = Outcome("kubectl rollout pause deployment/web-app", "deployment.apps/web-app paused", went=True)
    for said in (text(halfway, outcome), page(halfway, outcome)):
        assert "$ kubectl rollout pause deployment/web-app" in said
        assert "deployment.apps/web-app paused" in said


def test_html_escapes_and_has_no_script(rollout):
    made = rollout(1, "<b>").set(1, "<b>", 1, cause="<script>alert(1)</script>")
    assert "<b>" not in page(made)
    assert "<script" not in page(made)


def test_nothing_is_a_plain_sentence(halfway):
    empty = snapshot_of(Objects(), "web-app", "shop")
    assert (
        text_of(empty, None, NOW) == "Deployment web-app in namespace shop: no answer from the cluster yet."
    )
    other = snapshot_of(halfway.objects(), "shop", "shop")
    assert text_of(other, None, NOW) == "Deployment shop in namespace shop: no such Deployment yet."


def test_recreate_says_its_own_rule(rollout):
    made = rollout(2, "my-app:2.0").spec(strategy={"type": "Recreate"})
    made.set(1, "my-app:1.0", 0).set(2, "my-app:2.0", 0).pod(1, "a", ending=True)
    assert "New pods (only when no old one is left), holds back: No new pod may start: 1 old pod" in text(
        made
    )
