"""A check that fails: which no healthy cluster shows."""

from __future__ import annotations

import sqlite3

import pytest
from starlette.datastructures import QueryParams

from kubetutor.embedded.apiserver.health import Health


def fail():
    raise sqlite3.OperationalError("disk I/O error")


@pytest.fixture
def health():
    return Health({"ping": lambda: None, "etcd": fail})


def test_a_check_that_fails_is_named_and_not_explained(health):
    answer = health.answer("/readyz", QueryParams(""))
    assert answer.status_code == 500
    assert answer.body.decode() == "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n"


def test_a_check_that_fails_can_be_left_out(health):
    assert health.answer("/readyz", QueryParams("exclude=etcd")).status_code == 200


def test_one_check_that_fails(health):
    answer = health.answer("/livez/etcd", QueryParams(""))
    assert (answer.status_code, answer.body) == (500, b"internal server error: disk I/O error\n")
