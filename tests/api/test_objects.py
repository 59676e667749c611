"""What objects of the API say of themselves."""

import pytest

from kubetutor.api.objects import is_unseen
from kubetutor.course.node_repair import has_pods_to_make


@pytest.mark.parametrize(
    ("generation", "status", "expected"),
    [
        (1, {}, True),
        (2, {"observedGeneration": 1}, True),
        (2, {"observedGeneration": 2}, False),
        (0, {}, False),
    ],
)
def test_a_spec_is_unseen_until_its_controller_says_otherwise(generation, status, expected):
    assert is_unseen({"metadata": {"generation": generation}, "status": status}) is expected


@pytest.mark.parametrize(("updated", "seen", "expected"), [(4, 2, False), (3, 2, True), (4, 1, True)])
def test_a_deployment_has_pods_to_make_until_all_have_its_newest_template(updated, seen, expected):
    status = {"observedGeneration": seen, "updatedReplicas": updated}
    deployment = {"metadata": {"generation": 2}, "spec": {"replicas": 4}, "status": status}
    assert has_pods_to_make(deployment) is expected
