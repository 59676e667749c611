import pytest

from kubetutor.embedded.network.balancer import Balancer, affinity_seconds
from kubetutor.embedded.network.endpoints import Endpoint

FIRST, SECOND = Endpoint("127.9.1.1", 80), Endpoint("127.9.1.2", 80)


class Hand:
    """A clock and a choice that a test moves by hand."""

    def __init__(self):
        self.now, self.turn = 0.0, 0

    def pick(self, endpoints):
        self.turn += 1
        return endpoints[self.turn % len(endpoints)]


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def balancer(hand):
    made = Balancer(hand.pick, lambda: hand.now)
    made.update((FIRST, SECOND), None)
    return made


def test_without_affinity_each_connection_is_a_new_choice(balancer):
    assert {balancer.choose("127.0.0.1") for _ in range(2)} == {FIRST, SECOND}


def test_without_endpoints_there_is_no_choice(balancer):
    balancer.update((), None)
    assert balancer.choose("127.0.0.1") is None


def test_with_affinity_a_client_stays(balancer):
    balancer.update((FIRST, SECOND), 60)
    assert len({balancer.choose("127.0.0.1") for _ in range(5)}) == 1
    assert {balancer.choose("127.0.0.1"), balancer.choose("127.0.0.9")} == {FIRST, SECOND}


def test_affinity_ends_after_its_time_without_a_connection(balancer, hand):
    balancer.update((FIRST, SECOND), 60)
    first = balancer.choose("127.0.0.1")
    hand.now = 59
    assert balancer.choose("127.0.0.1") == first
    hand.now = 59 + 59
    assert balancer.choose("127.0.0.1") == first
    hand.now = 59 + 59 + 60
    assert balancer.choose("127.0.0.1") != first


def test_affinity_does_not_hold_a_client_to_an_endpoint_that_left(balancer):
    balancer.update((FIRST, SECOND), 60)
    gone = balancer.choose("127.0.0.1")
    balancer.update(tuple({FIRST, SECOND} - {gone}), 60)
    assert balancer.choose("127.0.0.1") not in {gone, None}


def test_affinity_is_read_from_the_service(make):
    assert affinity_seconds(make.service()) is None
    assert affinity_seconds(make.service(sessionAffinity="ClientIP")) == 10800
    config = {"clientIP": {"timeoutSeconds": 5}}
    assert affinity_seconds(make.service(sessionAffinity="ClientIP", sessionAffinityConfig=config)) == 5
