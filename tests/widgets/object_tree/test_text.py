"""The text twin and the static page say the same facts as the picture."""

from kubetutor.widgets.live.feed import Objects
from kubetutor.widgets.object_tree.snapshot import snapshot_of
from kubetutor.widgets.object_tree.text import html_of, text_of


def drawn(town, **more):
    return snapshot_of(town.objects(), "shop", **more)


def test_the_text_is_an_indented_tree(town):
    town.deployment(pods=2, ready=1).service(app="web")
    assert text_of(drawn(town)).splitlines() == [
        "Namespace shop: 1 Deployment, 1 ReplicaSet, 2 pods, 1 Service, 1 EndpointSlice.",
        "",
        "  ◌ Deployment web, 1/2 ready  selects app=web",
        "    ◌ ReplicaSet web-h1, rev 1 · 1/2 ready  selects app=web, pod-template-hash=h1",
        "      ● Pod web-h1-p00, Running 1/1  labels app=web, pod-template-hash=h1",
        "      ◐ Pod web-h1-p01, Running 0/1  labels app=web, pod-template-hash=h1",
        "  ◌ Service web, 1/2 ready  selects app=web",
        "      → selects web-h1-p00, web-h1-p01",
        "    ◌ EndpointSlice web-s1, 1/2 ready",
        "        → lists web-h1-p00, ready",
        "        → lists web-h1-p01, not ready",
    ]


def test_problems_and_notes_are_in_text_and_page(town):
    town.troubles["pods"] = "The cluster does not answer."
    for said in (text_of(drawn(town.service(app="wbe"))), html_of(drawn(town))):
        assert "! Service web selects app=wbe, and no pod matches" in said
        assert "Note: The cluster does not answer." in said


def test_the_page_is_nested_lists_and_escapes_names(town):
    page = html_of(drawn(town.deployment(pods=1).add("Pod", "<b>", labels={"run": "<i>"})))
    assert page.count("<ul>") == 3
    assert "Pod web-h1-p00, Running 1/1" in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_nothing_is_said_plainly(town):
    assert text_of(snapshot_of(Objects(), "shop")) == "Namespace shop: no answer from the cluster yet."
    assert text_of(drawn(town)) == "Namespace shop: no objects yet."
