import pytest

from kubetutor.cluster.backend import Availability
from kubetutor.cluster.choose import choose
from kubetutor.errors import ClusterError

UP = [("shop", "kind")]


def no_kind():
    return Availability(False, "no engine answers")


def never():
    raise AssertionError("nobody should ask")


def test_what_was_asked_for_comes_first():
    assert choose("embedded", "kind", UP, never).why == "you asked for it with --backend"


def test_then_the_environment():
    assert choose(None, "embedded", UP, never).why == "KUBETUTOR_BACKEND says so"
    assert choose("auto", "embedded", UP, never).why == "KUBETUTOR_BACKEND says so"


def test_then_the_cluster_that_is_up():
    chosen = choose(None, None, UP, never)
    assert (chosen.backend, chosen.why) == ("kind", "the cluster 'shop' is up")


def test_then_kind_where_it_can_run():
    chosen = choose(None, None, [], lambda: Availability(True, "Docker answers"))
    assert (chosen.backend, chosen.why) == ("kind", "Docker answers")


def test_then_the_embedded_one():
    chosen = choose(None, "auto", [], no_kind)
    assert chosen.backend == "embedded"
    assert "kind: no engine answers" in chosen.why


def test_an_unknown_name_in_the_environment_is_refused():
    with pytest.raises(ClusterError, match="must be one of auto, embedded, kind, context"):
        choose(None, "docker", [], never)
