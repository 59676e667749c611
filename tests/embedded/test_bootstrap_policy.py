"""The roles that a cluster begins with, against those of a real one."""

import json
from pathlib import Path

import pytest

from kubetutor.api.objects import key_of
from kubetutor.embedded.bootstrap_policy import policy

UPSTREAM = json.loads((Path(__file__).parents[1] / "upstream" / "bootstrap-policy.json").read_text())


@pytest.mark.parametrize("resource", UPSTREAM)
def test_the_policy_is_upstreams(resource):
    ours = {key_of(obj): obj for each, obj in policy() if each == resource}
    assert sorted(ours) == sorted(UPSTREAM[resource])
    for key, expected in UPSTREAM[resource].items():
        assert {name: ours[key][name] for name in ours[key] if name not in {"apiVersion", "kind"}} == expected


def test_nothing_is_left_over():
    assert {resource for resource, _ in policy()} == set(UPSTREAM)
