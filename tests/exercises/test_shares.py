"""How a service shares requests, in words and as a drawing."""

from kubetutor.cluster.load.tally import Tally
from kubetutor.exercises.shares import Shares

THREE = Shares("web", Tally(sent=300, pods=(("b", 120), ("a", 100), ("c", 80))))


def test_each_pod_is_named_with_its_answers_and_its_share():
    assert str(THREE).splitlines() == [
        "300 requests to web from inside the cluster: 0 lost",
        "  a  100 answers, 33 %",
        "  b  120 answers, 40 %",
        "  c  80 answers, 27 %",
    ]
    assert "120 answers, 40 %" in THREE._repr_html_()


def test_the_busiest_pod_has_the_largest_share():
    assert THREE.busiest == 40
    assert Shares("web", Tally()).busiest is None
