import pytest

from kubetutor.cluster.choose import choose
from kubetutor.errors import ClusterError


def test_what_was_asked_for_comes_first():
    assert choose("embedded", "kind", ["shop"]).why == "you asked for it with --backend"


def test_then_the_environment():
    assert choose(None, "embedded", ["shop"]).why == "KUBETUTOR_BACKEND says so"
    assert choose("auto", "embedded", ["shop"]).why == "KUBETUTOR_BACKEND says so"


def test_then_the_cluster_that_is_up():
    assert choose(None, None, ["shop"]).why == "the cluster 'shop' is up"


def test_then_the_embedded_one():
    assert choose(None, "auto", []).backend == "embedded"


@pytest.mark.parametrize("later", ["kind", "context"])
def test_a_backend_that_is_not_there_yet_says_so(later):
    with pytest.raises(ClusterError, match="comes in a later version"):
        choose(later, None, [])


def test_an_unknown_name_in_the_environment_is_refused():
    with pytest.raises(ClusterError, match="must be one of auto, embedded, kind, context"):
        choose(None, "docker", [])
