"""Claims for storage: how they get a volume, what pods make of it, and what becomes of both."""

import pytest

from .conftest import eventually
from .manifests import pod, shell
from .volumes import mount
from .workloads import apply, ended, event, event_messages, printed, wait_field

pytestmark = [pytest.mark.kubectl, pytest.mark.usefixtures("mounts")]

DATA = [mount("data", "/data")]


def claim(name="data", storage="1Gi", **spec):
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}, **spec}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {field: value for field, value in wanted.items() if value is not None},
    }


def volume(name, storage="1Gi", **spec):
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": {"shelf": name}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": storage},
            "hostPath": {"path": f"/var/{name}", "type": "DirectoryOrCreate"},
            **spec,
        },
    }


def user(name, script, of="data", **more):
    """Answer a pod that runs a script once and sees what a claim has, at /data."""
    source = {"name": "data", "persistentVolumeClaim": {"claimName": of}}
    return pod(name, shell(script, volumeMounts=DATA), restartPolicy="Never", volumes=[source], **more)


@pytest.fixture
def shelf(kubectl):
    """The name of a class of this test's own, whose volumes nobody makes; they go away with it."""
    name = f"shelf-{kubectl.namespace}"
    made = []

    def put(*volumes, mode="Immediate"):
        storage_class = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": "kubernetes.io/no-provisioner",
            "volumeBindingMode": mode,
        }
        made[:] = [
            ("storageclass", name),
            *(("persistentvolume", item["metadata"]["name"]) for item in volumes),
        ]
        for item in volumes:
            item["spec"]["storageClassName"] = name
        apply(kubectl, storage_class, *volumes)
        return name

    yield put
    kubectl("delete", "pods,persistentvolumeclaims", "--all", "--force", "--grace-period=0")
    for kind, which in made:
        kubectl("delete", kind, which, "--wait=false")


@pytest.fixture
def own(kubectl):
    """Make a name of this test's own."""
    return lambda name: f"{name}-{kubectl.namespace}"


def phase(kubectl, kind, name):
    return kubectl.read(kind, name)["status"].get("phase")


def bound_to(kubectl, name="data"):
    """Wait until a claim is bound; answer the name of its volume."""
    wait_field(kubectl, f"persistentvolumeclaim/{name}", "status.phase", "Bound")
    return kubectl.read("persistentvolumeclaim", name)["spec"]["volumeName"]


def test_a_claim_without_a_class_gets_the_default_one(kubectl):
    apply(kubectl, claim())
    assert kubectl.read("persistentvolumeclaim", "data")["spec"]["storageClassName"] == "standard"


def test_a_pod_gets_a_new_volume_for_its_claim(kubectl):
    apply(kubectl, claim(storage="5Mi"), user("writer", "echo bread > /data/loaf; ls -A /data"))
    assert printed(kubectl, "writer") == ["loaf"]
    made = kubectl.read("persistentvolume", bound_to(kubectl))
    assert (
        made["metadata"]["name"] == f"pvc-{kubectl.read('persistentvolumeclaim', 'data')['metadata']['uid']}"
    )
    assert (made["spec"]["capacity"], made["spec"]["persistentVolumeReclaimPolicy"]) == (
        {"storage": "5Mi"},
        "Delete",
    )
    assert (made["spec"]["claimRef"]["name"], made["status"]["phase"]) == ("data", "Bound")


def test_a_volume_made_for_a_claim_goes_with_it(kubectl):
    apply(kubectl, claim(), user("writer", "true"))
    ended(kubectl, "writer")
    made = bound_to(kubectl)
    kubectl.ok("delete", "pod", "writer")
    kubectl.ok("delete", "persistentvolumeclaim", "data", "--timeout=40s")
    eventually(lambda: kubectl.lacks("persistentvolume", made))


def test_a_claim_takes_the_smallest_volume_that_suits(kubectl, shelf, own):
    name = shelf(volume(own("big"), "5Gi"), volume(own("small"), "1Gi"), volume(own("middle"), "2Gi"))
    apply(kubectl, claim(storage="1500Mi", storageClassName=name))
    assert bound_to(kubectl) == own("middle")
    status = kubectl.read("persistentvolumeclaim", "data")["status"]
    assert (status["capacity"], status["accessModes"]) == ({"storage": "2Gi"}, ["ReadWriteOnce"])
    eventually(lambda: phase(kubectl, "persistentvolume", own("big")) == "Available")


def test_a_claim_can_choose_by_labels_or_by_name(kubectl, shelf, own):
    name = shelf(volume(own("one")), volume(own("two")), volume(own("three")))
    wanted = {"matchLabels": {"shelf": own("two")}}
    apply(kubectl, claim("labels", storageClassName=name, selector=wanted))
    apply(kubectl, claim("name", storageClassName=name, volumeName=own("three")))
    assert (bound_to(kubectl, "labels"), bound_to(kubectl, "name")) == (own("two"), own("three"))


def test_both_sides_of_a_binding_say_who_made_it(kubectl, shelf, own):
    name = shelf(volume(own("one")))
    apply(kubectl, claim(storageClassName=name))
    bound_to(kubectl)
    marks = kubectl.read("persistentvolumeclaim", "data")["metadata"]["annotations"]
    assert marks["pv.kubernetes.io/bind-completed"] == marks["pv.kubernetes.io/bound-by-controller"] == "yes"
    item = kubectl.read("persistentvolume", own("one"))
    assert item["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"] == "yes"
    assert item["spec"]["claimRef"]["uid"] == kubectl.read("persistentvolumeclaim", "data")["metadata"]["uid"]


def test_a_claim_that_nothing_suits_waits_until_something_does(kubectl, shelf, own):
    apply(kubectl, claim(storageClassName=""))
    words = "no persistent volumes available for this claim and no storage class is set"
    assert event(kubectl, "data", "FailedBinding") == words
    assert phase(kubectl, "persistentvolumeclaim", "data") == "Pending"
    name = shelf()
    apply(kubectl, claim("later", storageClassName=name))
    extra = volume(own("extra"), storageClassName=name)
    apply(kubectl, extra)
    try:
        assert bound_to(kubectl, "later") == own("extra")
    finally:
        kubectl.ok("delete", "persistentvolumeclaim", "later")
        kubectl.ok("delete", "persistentvolume", own("extra"), "--wait=false")


def test_a_class_that_is_not_there_is_named(kubectl, own):
    apply(kubectl, claim(storageClassName=own("none")))
    message = event(kubectl, "data", "ProvisioningFailed")
    assert message == f'storageclass.storage.k8s.io "{own("none")}" not found'


def test_what_is_kept_outlives_its_claim(kubectl, shelf, own):
    name = shelf(volume(own("one")))
    apply(kubectl, claim(storageClassName=name))
    bound_to(kubectl)
    kubectl.ok("delete", "persistentvolumeclaim", "data", "--timeout=40s")
    eventually(lambda: phase(kubectl, "persistentvolume", own("one")) == "Released")
    apply(kubectl, claim("again", storageClassName=name))
    assert phase(kubectl, "persistentvolume", own("one")) == "Released"
    assert phase(kubectl, "persistentvolumeclaim", "again") == "Pending"


def test_data_passes_from_pod_to_pod(kubectl, shelf, own):
    name = shelf(volume(own("one")))
    apply(kubectl, claim(storageClassName=name), user("writer", "echo bread > /data/loaf"))
    assert printed(kubectl, "writer") == []
    where = {"kubernetes.io/hostname": kubectl.read("pod", "writer")["spec"]["nodeName"]}
    apply(kubectl, user("reader", "cat /data/loaf; rm /data/loaf", nodeSelector=where))
    assert printed(kubectl, "reader") == ["bread"]


def test_a_claim_in_use_is_not_taken_away(kubectl, shelf, own):
    name = shelf(volume(own("one")))
    apply(kubectl, claim(storageClassName=name), user("user", "sleep 1000"))
    wait_field(kubectl, "pod/user", "status.phase", "Running")
    kubectl.ok("delete", "persistentvolumeclaim", "data", "--wait=false")
    assert kubectl.read("persistentvolumeclaim", "data")["metadata"]["finalizers"] == [
        "kubernetes.io/pvc-protection"
    ]
    assert kubectl.ok("get", "pvc", "data", "--no-headers").split()[1] == "Terminating"
    kubectl.ok("delete", "pod", "user", "--grace-period=0", "--force")
    eventually(lambda: kubectl.lacks("persistentvolumeclaim", "data"))


def test_a_pod_that_has_ended_still_uses_its_claim(kubectl, shelf, own):
    name = shelf(volume(own("one")))
    apply(kubectl, claim(storageClassName=name), user("user", "true"))
    ended(kubectl, "user")
    kubectl.ok("delete", "persistentvolumeclaim", "data", "--wait=false")
    assert "deletionTimestamp" in kubectl.read("persistentvolumeclaim", "data")["metadata"]
    kubectl.ok("delete", "pod", "user")
    eventually(lambda: kubectl.lacks("persistentvolumeclaim", "data"))


def test_a_bound_volume_is_not_taken_away(kubectl, shelf, own):
    name = shelf(volume(own("one")))
    apply(kubectl, claim(storageClassName=name))
    bound_to(kubectl)
    kubectl.ok("delete", "persistentvolume", own("one"), "--wait=false")
    assert "deletionTimestamp" in kubectl.read("persistentvolume", own("one"))["metadata"]
    kubectl.ok("delete", "persistentvolumeclaim", "data", "--timeout=40s")
    eventually(lambda: kubectl.lacks("persistentvolume", own("one")))


def test_a_class_can_wait_for_the_first_pod(kubectl, shelf, own):
    name = shelf(volume(own("one")), mode="WaitForFirstConsumer")
    apply(kubectl, claim(storageClassName=name))
    words = "waiting for first consumer to be created before binding"
    assert event(kubectl, "data", "WaitForFirstConsumer") == words
    assert phase(kubectl, "persistentvolumeclaim", "data") == "Pending"
    apply(kubectl, user("writer", "touch /data/loaf; ls /data; rm /data/loaf"))
    assert printed(kubectl, "writer") == ["loaf"]
    assert bound_to(kubectl) == own("one")


def test_a_pod_goes_where_its_volume_is(kubectl, shelf, own):
    workers = [item["metadata"]["name"] for item in kubectl.all("nodes") if not item["spec"].get("taints")]
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [workers[-1]]}
    terms = [{"matchExpressions": [here]}]
    name = shelf(volume(own("one"), nodeAffinity={"required": {"nodeSelectorTerms": terms}}))
    apply(kubectl, claim(storageClassName=name))
    bound_to(kubectl)
    for index in range(3):
        apply(kubectl, user(f"user-{index}", "true"))
        assert ended(kubectl, f"user-{index}")["spec"]["nodeName"] == workers[-1]


def unschedulable(kubectl, name):
    """Wait until the scheduler has said why; answer that."""

    def message():
        conditions = kubectl.read("pod", name)["status"].get("conditions") or [{}]
        return conditions[0].get("message")

    return eventually(message)


def test_a_pod_without_its_claim_waits(kubectl):
    apply(kubectl, user("user", "true"))
    words = 'nodes are available: persistentvolumeclaim "data" not found. not found'
    assert unschedulable(kubectl, "user").split(" ", 1)[1] == words
    assert event_messages(kubectl, "user", "FailedScheduling")


def test_a_pod_whose_claim_is_not_bound_waits(kubectl, shelf):
    apply(kubectl, claim(storageClassName=shelf()), user("user", "true"))
    words = "nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    assert unschedulable(kubectl, "user").split(" ", 1)[1] == words


def test_a_pod_for_which_no_volume_is_there_waits(kubectl, shelf):
    apply(kubectl, claim(storageClassName=shelf(mode="WaitForFirstConsumer")), user("user", "true"))
    reason = "node(s) didn't find available persistent volumes to bind"
    assert reason in unschedulable(kubectl, "user")
