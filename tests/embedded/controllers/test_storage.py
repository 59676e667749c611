"""Claims, volumes and the nodes that they are on: what is decided, and what comes of it step by step."""

import random

import pytest

from kubetutor.embedded.controllers.local_path_provisioner import LocalPathProvisioner
from kubetutor.embedded.controllers.persistent_volume import (
    PersistentVolumeController,
    plan_claim,
    volume_phase,
)
from kubetutor.embedded.controllers.storage_protection import StorageProtectionController
from kubetutor.embedded.scheduler.cache import NodeInfo
from kubetutor.embedded.scheduler.scheduler import Scheduler
from kubetutor.embedded.volume_matching import find_volume
from tests.embedded import manifests
from tests.embedded.loops import Cluster

STANDARD = {
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "rancher.io/local-path",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def claim(name="data", storage="1Gi", **spec):
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}, **spec}
    return {"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"}, "spec": wanted}


def volume(name, storage="1Gi", phase="Available", **spec):
    wanted = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": storage}, **spec}
    return {
        "metadata": {"name": name, "labels": {"shelf": name}},
        "spec": wanted,
        "status": {"phase": phase},
    }


def only_on(node):
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}}


def name_of_found(*arguments):
    found = find_volume(*arguments)
    return found and found["metadata"]["name"]


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({}, "small"),
        ({"resources": {"requests": {"storage": "1500Mi"}}}, "big"),
        ({"resources": {"requests": {"storage": "1Ti"}}}, None),
        ({"selector": {"matchLabels": {"shelf": "big"}}}, "big"),
        ({"accessModes": ["ReadWriteMany"]}, None),
        ({"storageClassName": "slow"}, "slow"),
        ({"volumeMode": "Block"}, None),
    ],
)
def test_the_smallest_volume_that_suits_is_taken(spec, wanted):
    volumes = [
        volume("big", "5Gi"),
        volume("small"),
        volume("slow", storageClassName="slow"),
        volume("used", "1Gi", "Released"),
        volume("taken", claimRef={"namespace": "default", "name": "other", "uid": "uid-other"}),
    ]
    assert name_of_found({**claim(), "spec": {**claim()["spec"], **spec}}, volumes) == wanted


def test_a_volume_reserved_for_a_claim_is_taken_whatever_it_is():
    reserved = volume("reserved", "1Mi", claimRef={"namespace": "default", "name": "data"})
    assert name_of_found(claim(), [volume("small"), reserved]) == "reserved"


def test_a_volume_of_another_node_is_not_taken():
    node = NodeInfo(manifests.node("lab-worker"))
    volumes = [
        volume("here", "9Gi", nodeAffinity=only_on("lab-worker")),
        volume("there", nodeAffinity=only_on("x")),
    ]
    assert name_of_found(claim(), volumes, node) == "here"


def test_nothing_is_planned_before_a_pod_is_there():
    plan = plan_claim(claim(storageClassName="standard"), [], STANDARD, None)
    assert (plan.bind, plan.provisioner, plan.reason) == (None, "", "WaitForFirstConsumer")


def test_a_bound_claim_whose_volume_is_gone_is_lost():
    lost = claim(volumeName="gone")
    lost["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    assert plan_claim(lost, [], None, None).is_lost
    assert not plan_claim(claim(volumeName="gone"), [], None, None).is_lost


@pytest.mark.parametrize(
    ("reference", "there", "phase"),
    [
        (None, None, "Available"),
        ({"name": "data"}, None, "Available"),
        ({"name": "data", "uid": "uid-data"}, claim(), "Bound"),
        ({"name": "data", "uid": "uid-data"}, None, "Released"),
        ({"name": "data", "uid": "uid-before"}, claim(), "Released"),
    ],
)
def test_a_volume_says_what_it_is(reference, there, phase):
    assert volume_phase(volume("one", **({"claimRef": reference} if reference else {})), there) == phase


@pytest.fixture
def cluster():
    cluster = Cluster()
    for name in ("lab-worker", "lab-worker2"):
        cluster.client.create("nodes", manifests.node(name))
    cluster.client.create("storageclasses.storage.k8s.io", STANDARD)
    context = cluster.context
    return cluster.run(
        Scheduler(context, chance=random.Random(7)),
        PersistentVolumeController(context),
        LocalPathProvisioner(context),
        StorageProtectionController(context),
    )


def user(name, of="data"):
    pod = manifests.pod(name)
    pod["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": of}}]
    return pod


def node_of(cluster, name):
    return cluster.client.get("pods", name, namespace="default")["spec"].get("nodeName")


def get_claim(cluster, name="data"):
    return cluster.client.get("persistentvolumeclaims", name, namespace="default")


def make_claim(cluster, **spec):
    made = claim(**spec)
    del made["metadata"]["uid"]
    cluster.client.create("persistentvolumeclaims", made, namespace="default")
    cluster.settle()


def test_a_volume_is_made_where_the_first_pod_goes_and_later_pods_follow(cluster):
    make_claim(cluster)
    assert get_claim(cluster)["status"]["phase"] == "Pending"
    cluster.client.create("pods", user("first"))
    cluster.settle()
    node = node_of(cluster, "first")
    assert get_claim(cluster)["status"]["phase"] == "Bound"
    [made] = cluster.client.list("persistentvolumes")
    assert made["spec"]["nodeAffinity"] == only_on(node)
    assert made["status"]["phase"] == "Bound"
    for name in ("second", "third", "fourth"):
        cluster.client.create("pods", user(name))
    cluster.settle()
    assert {node_of(cluster, name) for name in ("second", "third", "fourth")} == {node}


def test_a_pod_that_was_there_first_goes_on_when_its_claim_comes(cluster):
    cluster.client.create("pods", user("first"))
    cluster.settle()
    assert node_of(cluster, "first") is None
    make_claim(cluster)
    assert node_of(cluster, "first")


def test_a_claim_goes_with_its_last_pod_and_its_volume_with_it(cluster):
    make_claim(cluster)
    cluster.client.create("pods", user("first"))
    cluster.settle()
    cluster.client.delete("persistentvolumeclaims", "data", namespace="default")
    cluster.settle()
    assert get_claim(cluster)["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    cluster.client.vanish("pods", "default/first")
    cluster.settle()
    assert not cluster.client.list("persistentvolumeclaims")
    assert not cluster.client.list("persistentvolumes")


def test_a_volume_whose_policy_is_to_keep_it_stays(cluster):
    keep = {**STANDARD, "metadata": {"name": "keep"}, "reclaimPolicy": "Retain"}
    cluster.client.create("storageclasses.storage.k8s.io", keep)
    make_claim(cluster, storageClassName="keep")
    cluster.client.create("pods", user("first"))
    cluster.settle()
    cluster.client.vanish("pods", "default/first")
    cluster.client.delete("persistentvolumeclaims", "data", namespace="default")
    cluster.settle()
    [kept] = cluster.client.list("persistentvolumes")
    assert kept["status"]["phase"] == "Released"


def test_two_claims_never_share_a_volume(cluster):
    cluster.client.create(
        "persistentvolumes", {**volume("one", storageClassName="none", hostPath={"path": "/x"})}
    )
    for name in ("a", "b"):
        make_claim(cluster, name=name, storageClassName="none")
    phases = sorted(get_claim(cluster, name)["status"]["phase"] for name in ("a", "b"))
    assert phases == ["Bound", "Pending"]
