"""The versions that a Deployment remembers, and the way back to them."""

import pytest

from .conftest import eventually
from .manifests import NOWHERE, deployment
from .workloads import apply, patch, replica_sets_by_revision, revision, wait_field

pytestmark = pytest.mark.kubectl


@pytest.fixture
def web(kubectl):
    """A Deployment that has gone through three versions. Its pods are never placed: no history needs them."""
    apply(kubectl, deployment(1, pod_spec={"nodeSelector": NOWHERE}))
    for number, image in enumerate(("my-app:2.0", "my-app:3.0"), start=2):
        wait_field(kubectl, "deployment/web", "status.observedGeneration", number - 1)
        kubectl.ok("set", "image", "deployment/web", f"web={image}")
    eventually(lambda: set(images(kubectl)) == {"1", "2", "3"})
    return kubectl


def images(kubectl):
    sets = replica_sets_by_revision(kubectl).items()
    return {number: item["spec"]["template"]["spec"]["containers"][0]["image"] for number, item in sets}


def current(kubectl):
    return revision(kubectl.read("deployment", "web"))


def test_each_version_is_a_numbered_replica_set(web):
    assert images(web) == {"1": "my-app:1.0", "2": "my-app:2.0", "3": "my-app:3.0"}
    eventually(lambda: current(web) == "3")


def test_scaling_makes_no_new_version(web):
    web.ok("scale", "deployment/web", "--replicas=2")
    wait_field(web, "deployment/web", "status.observedGeneration", 4)
    assert set(images(web)) == {"1", "2", "3"}


def test_undo_goes_back_one_version_which_becomes_the_newest(web):
    assert web.ok("rollout", "undo", "deployment/web") == "deployment.apps/web rolled back\n"
    eventually(lambda: images(web) == {"1": "my-app:1.0", "3": "my-app:3.0", "4": "my-app:2.0"})
    eventually(lambda: current(web) == "4")


def test_undo_to_a_revision_goes_back_to_that_one(web):
    web.ok("rollout", "undo", "deployment/web", "--to-revision=1")
    eventually(lambda: images(web) == {"2": "my-app:2.0", "3": "my-app:3.0", "4": "my-app:1.0"})


def test_a_replica_set_that_is_used_again_remembers_its_earlier_numbers(web):
    web.ok("rollout", "undo", "deployment/web", "--to-revision=1")
    again = eventually(lambda: replica_sets_by_revision(web).get("4"))
    assert again["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_undo_to_the_version_that_is_there_changes_nothing(web):
    eventually(lambda: current(web) == "3")
    out = web.ok("rollout", "undo", "deployment/web", "--to-revision=3")
    assert out.startswith(
        "deployment.apps/web skipped rollback (current template already matches revision 3)"
    )
    assert set(images(web)) == {"1", "2", "3"}


def test_undo_to_a_revision_that_is_not_there_says_so(web):
    answer = web("rollout", "undo", "deployment/web", "--to-revision=9")
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == "error: unable to find specified revision 9 in history"


def test_a_paused_deployment_cannot_be_undone(web):
    web.ok("rollout", "pause", "deployment/web")
    answer = web("rollout", "undo", "deployment/web")
    assert answer.code == 1
    assert "you cannot rollback a paused deployment" in answer.err


def test_applying_an_earlier_template_uses_its_replica_set_again(web):
    first = replica_sets_by_revision(web)["1"]["metadata"]["name"]
    apply(web, deployment(1, pod_spec={"nodeSelector": NOWHERE}))
    eventually(lambda: replica_sets_by_revision(web).get("4", {}).get("metadata", {}).get("name") == first)
    assert len(images(web)) == 3


def test_the_history_limit_removes_the_oldest_empty_replica_sets(web):
    patch(web, "deployment/web", {"spec": {"revisionHistoryLimit": 0, "replicas": 0}})
    eventually(lambda: set(images(web)) == {"3"})


def test_the_history_shows_why_each_version_came(web):
    web.ok("annotate", "deployment/web", "kubernetes.io/change-cause=faster checkout")
    eventually(lambda: "faster checkout" in web.ok("rollout", "history", "deployment/web"))
    lines = web.ok("rollout", "history", "deployment/web").splitlines()
    assert lines[:2] == ["deployment.apps/web ", "REVISION  CHANGE-CAUSE"]
    assert [line.split(maxsplit=1) for line in lines[2:5]] == [
        ["1", "<none>"],
        ["2", "<none>"],
        ["3", "faster checkout"],
    ]


def test_the_history_of_one_revision_shows_its_template(web):
    out = web.ok("rollout", "history", "deployment/web", "--revision=2")
    assert out.startswith("deployment.apps/web with revision #2\nPod Template:\n")
    assert "    Image:\tmy-app:2.0\n" in out
