"""The text twin and the static page say the same facts as the picture."""

from kubetutor.widgets.scheduling.answer import ask
from kubetutor.widgets.scheduling.snapshot import snapshot_of
from kubetutor.widgets.scheduling.text import headline_of, html_of, text_of
from tests.widgets.scheduling import lab


def drawn(a_pod, *decisions, tells=True, **more):
    answer = ask(lab.Teller(*decisions, tells=tells), a_pod)
    return snapshot_of(lab.objects(a_pod, **more), "shop", a_pod, answer)


def test_a_told_decision_in_words():
    events = [lab.event("web", "Scheduled", "Successfully assigned shop/web to lab-worker")]
    assert text_of(drawn(lab.pod(on="lab-worker"), lab.decision(), events=events)).splitlines() == [
        "Namespace shop: web went to lab-worker: 190 points, the most of 2 nodes that fit.",
        "  Told by the scheduler: which filter ruled a node out, and what each plugin gave the others.",
        "",
        "  lab-worker: chosen, 190 points",
        "      filters: ✓ NodeUnschedulable, ✓ TaintToleration, ✓ NodeAffinity, ✓ NodeResourcesFit",
        "      scores: NodeResourcesFit 90 x 1 = 90, PodTopologySpread 50 x 2 = 100",
        "",
        "  lab-worker2: fits, fewer points, 180 points",
        "      filters: ✓ NodeUnschedulable, ✓ TaintToleration, ✓ NodeAffinity, ✓ NodeResourcesFit",
        "      scores: NodeResourcesFit 80 x 1 = 80, PodTopologySpread 50 x 2 = 100",
        "",
        "  lab-control-plane: ruled out",
        "      filters: ✓ NodeUnschedulable, ✗ TaintToleration",
        (
            "      TaintToleration: node(s) had untolerated taint(s). "
            "Now: the pod does not tolerate the taint node-role.kubernetes.io/control-plane:NoSchedule"
        ),
        "",
        "  Events:",
        "    Scheduled: Successfully assigned shop/web to lab-worker",
    ]


def test_equal_scores_and_preemption_are_said():
    assert "Equal scores on lab-worker and lab-worker2: one was chosen at random." in text_of(
        drawn(lab.pod(on="lab-worker"), lab.decision(worker=80))
    )
    assert (
        "Preemption on lab-worker2: of lower priority, and taken away to make room: shop/batch-1."
        in text_of(drawn(lab.pod(), lab.refused()))
    )


def test_what_is_inferred_says_so():
    said = text_of(drawn(lab.pod(cpu="3"), tells=False))
    assert "This cluster does not tell how it decided." in said
    assert "lab-worker: ruled out (inferred)" in said
    assert "NodeResourcesFit: Insufficient cpu: the pod asks for 3, 2 of 2 is free" in said


def test_headlines():
    assert headline_of(drawn(lab.pod(cpu="3"), tells=False)) == "web has no node: all 3 nodes are ruled out."
    assert (
        headline_of(drawn(lab.pod(), lab.refused())) == "web has no node yet: lab-worker2 is promised to it."
    )
    gated = lab.pod()
    gated["status"]["conditions"][0]["reason"] = "SchedulingGated"
    assert headline_of(drawn(gated)) == "web has no node yet: scheduling gates hold it back."
    assert headline_of(snapshot_of(lab.objects(), "shop", None, None)) == "No pod here yet."


def test_the_page_is_a_table_and_escapes():
    events = [lab.event("web", "Scheduled", "<b>assigned</b>")]
    page = html_of(drawn(lab.pod(on="lab-worker"), lab.decision(), events=events))
    assert '<th scope="row">lab-worker</th><td>chosen</td><td>190</td>' in page
    assert "<b>" not in page
