"""Pod addresses and waits that double."""

from __future__ import annotations

import ipaddress

import pytest

from kubetutor.embedded.kubelet.addresses import NoAddressError, PodAddresses
from kubetutor.embedded.kubelet.backoff import Backoff, duration


class HandClock:
    def __init__(self):
        self.time = 100.0

    def monotonic(self):
        return self.time


def test_an_address_comes_round_again_only_after_its_release():
    addresses = PodAddresses(ipaddress.ip_network("127.64.1.0/29"))
    taken = [addresses.take() for _ in range(5)]
    assert taken == [f"127.64.1.{n}" for n in range(2, 7)]
    with pytest.raises(NoAddressError):
        addresses.take()
    addresses.release("127.64.1.4")
    assert addresses.take() == "127.64.1.4"


def test_an_address_is_kept_if_it_is_free_and_of_this_network():
    addresses = PodAddresses(ipaddress.ip_network("127.64.1.0/24"))
    assert addresses.take("127.64.1.77") == "127.64.1.77"
    assert addresses.take("127.64.1.77") == "127.64.1.2"
    assert addresses.take("127.64.9.9") == "127.64.1.3"


def test_waits_double_up_to_the_most_and_begin_anew_after_a_good_time():
    clock = HandClock()
    backoff = Backoff(clock, 10, 40, reset=600)
    seen = [backoff.seconds]
    for _ in range(4):
        backoff.step()
        seen.append(backoff.seconds)
    assert seen == [0, 10, 20, 40, 40]
    clock.time += 600
    assert backoff.has_been_well()
    backoff.step()
    assert backoff.seconds == 10


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.5, "500ms"), (10, "10s"), (80, "1m20s"), (300, "5m0s"), (3600, "1h0m0s")],
)
def test_durations_are_written_as_go_does(seconds, text):
    assert duration(seconds) == text
