"""The text twin and the static page say the same facts as the picture."""

from kubetutor.widgets.cluster_map.snapshot import MOODS, snapshot_of
from kubetutor.widgets.cluster_map.text import SIGNS, html_of, pod_sentence, text_of
from kubetutor.widgets.live.feed import Objects


def drawn(shop):
    return snapshot_of(shop.objects(), "shop")


def test_text_names_every_node_and_pod_with_its_state(shop):
    text = text_of(drawn(shop.pod("web-app-h1-p1", "lab-worker", restarts=2).deployment()))
    assert text.splitlines()[0] == "Namespace shop: 1 pod, 1 ready."
    assert "Deployment web-app: 3 of 3 ready, revision 1, my-app:1.0, complete" in text
    assert "lab-worker (worker, Ready, 1 pod here of 110 at most)" in text
    assert "lab-control-plane (control plane, Ready, takes no new pods, 0 pods here of 110 at most)" in text
    row = next(line for line in text.splitlines() if "web-app-h1-p1" in line)
    assert row.split() == ["●", "web-app-h1-p1", "Running", "1/1", "2", "1.0", "1", "Deployment", "web-app"]


def test_text_gives_the_clusters_reason(shop):
    shop.pod("p1", None, phase="Pending", unschedulable="0/3 nodes are available.")
    assert "p1: 0/3 nodes are available." in text_of(drawn(shop))


def test_text_of_nothing_is_a_plain_sentence(shop):
    assert text_of(snapshot_of(Objects(), "shop")) == "Namespace shop: no answer from the cluster yet."
    assert text_of(drawn(shop)).startswith("Namespace shop: no pods yet.")


def test_html_holds_the_same_facts_and_escapes_them(shop):
    page = html_of(drawn(shop.pod("web-app-h1-p1", "lab-worker", image="my-app:<b>")))
    assert "<td>web-app-h1-p1</td>" in page
    assert "my-app:<b>" not in page
    assert "&lt;b&gt;" in page
    assert "<script" not in page


def test_notes_are_in_both(shop):
    shop.troubles["nodes"] = "This account may not list nodes, so they are left out."
    assert "Note: This account may not list nodes" in text_of(drawn(shop))
    assert "Note: This account may not list nodes" in html_of(drawn(shop))


def test_a_pod_reads_as_one_sentence(shop):
    pod = drawn(shop.pod("web-app-h1-p1", "lab-worker", restarts=1)).pods[0]
    assert pod_sentence(pod) == (
        "web-app-h1-p1: Running, 1/1 containers ready on lab-worker, version 1.0, revision 1, restarted 1 time"
    )


def test_every_mood_has_a_sign_of_its_own():
    assert set(SIGNS) == set(MOODS)
    assert len(set(SIGNS.values())) == len(SIGNS)
