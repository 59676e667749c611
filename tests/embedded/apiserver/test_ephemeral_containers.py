"""What of a pod is taken when its ephemeral containers are written, and what is refused."""

import copy

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.options import WriteOptions
from kubetutor.errors import ApiError
from tests.embedded.api_server import make_registry
from tests.embedded.hand_moved_clock import HandMovedClock

PODS = kinds_by_resource()["pods"]
OPTIONS = WriteOptions(manager="test")
HELPER = {"name": "helper", "image": "busybox:1.36"}


@pytest.fixture
def write():
    """Write the pod's ephemeral containers, and whatever else; answer the pod."""
    registry = make_registry(HandMovedClock(), namespaces=("shop",))
    containers = [{"name": "main", "image": "my-app:1.0"}]
    registry.create(PODS, "shop", {"metadata": {"name": "till"}, "spec": {"containers": containers}}, OPTIONS)

    def write(*containers, **spec):
        pod = copy.deepcopy(registry.get(PODS, "shop", "till"))
        pod["spec"] |= {"ephemeralContainers": copy.deepcopy(list(containers)), **spec}
        return registry.update(PODS, "shop", "till", pod, OPTIONS, "ephemeralcontainers")

    return write


def test_the_rest_of_the_pod_stays_as_it_was(write):
    pod = write(HELPER, containers=[], activeDeadlineSeconds=5)
    assert [each["name"] for each in pod["spec"]["containers"]] == ["main"]
    assert "activeDeadlineSeconds" not in pod["spec"]
    assert pod["metadata"]["generation"] == 2


def test_writing_the_same_again_changes_nothing(write):
    first = write(HELPER)
    assert write(*first["spec"]["ephemeralContainers"])["metadata"] == first["metadata"]


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([], 'existing ephemeral containers "helper" may not be removed\n'),
        ([{**HELPER, "image": "my-app:1.0"}], 'existing ephemeral containers "helper" may not be changed\n'),
        ([HELPER, {**HELPER, "name": "main"}], 'Duplicate value: "main"'),
        ([HELPER, {**HELPER, "name": "two", "targetContainerName": "helper"}], 'Not found: "helper"'),
    ],
)
def test_what_was_added_stays_and_names_must_fit(write, containers, words):
    write(HELPER)
    with pytest.raises(ApiError) as refusal:
        write(*containers)
    assert (refusal.value.code, refusal.value.reason) == (422, "Invalid")
    assert words in refusal.value.message


def test_the_order_may_be_another_one(write):
    write(HELPER, {**HELPER, "name": "second"})
    pod = write({**HELPER, "name": "second"}, HELPER)
    assert [each["name"] for each in pod["spec"]["ephemeralContainers"]] == ["second", "helper"]
