"""The load pod on a live cluster: what it measures, how it is steered, and what is said when it cannot go on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubetutor.api import kubeconfig
from kubetutor.api.client import Client
from kubetutor.api.objects import is_load
from kubetutor.cluster.load.log import LoadLog
from kubetutor.cluster.load.pod import Load
from kubetutor.errors import LoadError
from tests.cluster.context import accounts

pytestmark = [pytest.mark.kubectl, pytest.mark.both]

ROOT = Path(__file__).parents[3]
MANIFEST = str(ROOT / "lessons" / "manifests" / "04-deployments" / "exercise.yaml")
SECONDS = 60.0


@pytest.fixture
def kubectl(cluster, namespace):
    return lambda *words: cluster.kubectl("--namespace", namespace, *words)


@pytest.fixture
def shop(kubectl):
    """Five pods of my-app behind the service web-service."""
    kubectl("apply", "-f", MANIFEST)
    kubectl("rollout", "status", "deployment/web-app", "--timeout=60s")


@pytest.fixture
def load(cluster, namespace):
    made = Load(cluster.api, namespace)
    yield made
    made.stop()


@pytest.fixture
def asking(shop, load):  # noqa: ARG001  # a mark cannot ask for a fixture's fixture
    load.start("web-service")
    load.wait_for_answer()
    return load


def pods_named_load(cluster, namespace):
    return [pod for pod in cluster.api.list("pods", namespace=namespace) if is_load(pod)]


def test_requests_are_counted_by_who_answers_them(cluster, namespace, asking, eventually):
    eventually(lambda: asking.tally().sent >= 100, SECONDS)
    tally = asking.tally()
    names = {
        pod["metadata"]["name"]
        for pod in cluster.api.list("pods", namespace=namespace, label_selector="app=web")
    }
    assert {name for name, _ in tally.pods} == names
    assert tally.versions == (("1.0", tally.sent - tally.lost),)
    assert (tally.lost, tally.errors, tally.longest_silence) == (0, (), 0)
    assert tally.newest_versions(20) == ("1.0",)
    newest = asking.newest
    assert 0 < newest.p50_ms <= newest.p95_ms <= newest.max_ms
    assert 0.3 < newest.seconds < 2


def test_a_namespace_for_restricted_pods_takes_it_and_a_service_without_pods_is_said(
    cluster, namespace, load, eventually
):
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    cluster.kubectl("-n", namespace, "create", "service", "clusterip", "empty", "--tcp=80:3000")
    load.start("empty")
    eventually(lambda: load.tally().lost, SECONDS)
    with pytest.raises(LoadError, match="Nobody answers at"):
        load.wait_for_answer(timeout=0.5)


def test_a_report_comes_also_when_nobody_answers_and_nothing_is_forgotten_with_it(kubectl, load, eventually):
    kubectl("create", "service", "clusterip", "empty", "--tcp=80:3000")
    load.start("empty")
    load.wait_for_report()
    assert load.newest.answered == 0
    eventually(lambda: load.tally().lost, SECONDS)
    load.wait_for_report(timeout=0.01)
    assert load.tally().lost


def test_who_waits_for_a_report_is_told_why_there_is_none(kubectl, cluster, namespace):
    kubectl("create", "service", "clusterip", "empty", "--tcp=80:3000")
    with pytest.raises(LoadError, match="has not started"):
        Load(cluster.api, namespace).wait_for_report(timeout=0.01)
    load = Load(cluster.api, namespace, image="my-app:9.9")
    load.start("empty")
    with pytest.raises(LoadError, match=r"The image my-app:9\.9 is not on the node of the pod load"):
        load.wait_for_report(timeout=SECONDS)
    load.stop()


def test_totals_can_begin_anew_while_the_pod_goes_on(asking, eventually):
    eventually(lambda: asking.tally().sent >= 100, SECONDS)
    asking.forget()
    assert asking.tally().sent < 100
    number = asking.newest.number
    eventually(lambda: asking.tally().sent >= 50, SECONDS)
    assert asking.newest.number > number
    assert (asking.tally().lost, len(asking.tally().runs)) == (0, 1)


def test_the_rate_is_an_annotation(kubectl, asking, eventually):
    kubectl("annotate", "pod", "load", "kubetutor.io/rate=120", "--overwrite")
    eventually(lambda: asking.newest.rate == 120 and asking.newest.sent > 40, SECONDS)
    asking.change_rate(10)
    eventually(lambda: asking.newest.rate == 10, SECONDS)


def test_a_service_that_loses_its_pods_is_measured(kubectl, asking, eventually):
    kubectl("scale", "deployment/web-app", "--replicas=0")
    silent = eventually(lambda: asking.newest.silence > 1 and asking.newest, SECONDS)
    assert silent.lost
    assert silent.errors
    kubectl("scale", "deployment/web-app", "--replicas=2")
    eventually(lambda: asking.newest.answered and not asking.newest.lost, SECONDS)
    tally = asking.tally()
    assert tally.lost
    assert tally.longest_silence > 1
    assert len(tally.runs) == 1


def test_two_more_reports_tell_of_all_that_was_asked(kubectl, asking, eventually):
    kubectl("scale", "deployment/web-app", "--replicas=0")
    eventually(lambda: asking.newest.lost, SECONDS)
    before = asking.newest.number
    asking.wait_for_reports(2, timeout=SECONDS)
    assert asking.newest.number >= before + 2, "losses do not hold it up"
    asking.stop()
    asking.wait_for_reports(2, timeout=SECONDS)


def test_calm_is_when_a_report_tells_of_answers_and_of_no_loss(kubectl, asking, eventually):
    kubectl("scale", "deployment/web-app", "--replicas=0")
    eventually(lambda: asking.newest.lost, SECONDS)
    with pytest.raises(LoadError, match="still get lost"):
        asking.wait_until_calm(timeout=0.8)
    kubectl("scale", "deployment/web-app", "--replicas=2")
    before = asking.newest.number
    asking.wait_until_calm(reports=2, timeout=SECONDS)
    assert asking.newest.number >= before + 2
    assert (asking.newest.lost, asking.tally().lost > 0) == (0, True)
    asking.forget()
    assert asking.tally().lost == 0
    asking.stop()
    with pytest.raises(LoadError, match="Nobody asks now"):
        asking.wait_until_calm()


def test_whoever_comes_later_reads_all_of_it_from_the_log(cluster, namespace, asking, eventually):
    eventually(lambda: asking.newest.number >= 3, SECONDS)
    with LoadLog(cluster.api, namespace) as log:
        numbers = [interval.number for interval, _ in zip(log, range(4), strict=False)]
    assert numbers == [0, 1, 2, 3]


@pytest.mark.parametrize("how", ["deleted", "evicted"])
def test_a_pod_that_is_lost_on_the_way_is_said(cluster, namespace, asking, eventually, how):
    if how == "deleted":
        cluster.kubectl("-n", namespace, "delete", "pod", "load", "--wait=false")
    else:
        path = cluster.api._path("pods", "load", "eviction", namespace=namespace)
        metadata = {"name": "load", "namespace": namespace}
        cluster.api._json(
            "POST", path, body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        )
    eventually(lambda: asking.trouble, SECONDS)
    assert "The pod load that asks the service is gone" in asking.trouble
    with pytest.raises(LoadError, match="no pod load"):
        eventually(lambda: asking.change_rate(5), SECONDS)


def test_a_program_that_ends_begins_anew_and_goes_on(kubectl, asking, eventually):
    kubectl("exec", "load", "--", "python3", "-c",
            "import os; os.kill(int(os.environ.get('KUBETUTOR_PID', '1')), 15)")  # fmt: skip
    eventually(lambda: len(asking.tally().runs) == 2 and asking.newest.answered, SECONDS)
    assert asking.trouble == ""


@pytest.mark.usefixtures("asking")
def test_a_pod_that_was_left_behind_makes_room(cluster, namespace):
    second = Load(cluster.api, namespace)
    second.start("web-service")
    second.wait_for_answer()
    assert len(pods_named_load(cluster, namespace)) == 1
    second.stop()


@pytest.mark.usefixtures("shop")
def test_a_pod_of_somebody_else_is_left_alone(kubectl, load):
    kubectl("run", "load", "--image=my-app:1.0")
    with pytest.raises(LoadError, match="kubetutor did not make"):
        load.start("web-service")
    load.stop()
    kubectl("get", "pod", "load")


@pytest.mark.usefixtures("shop")
def test_nothing_is_left_when_this_python_ends(cluster, namespace, eventually):
    script = (
        "import sys, pathlib; from kubetutor.api.client import Client; from kubetutor.cluster.load.pod import Load\n"
        "load = Load(Client(pathlib.Path(sys.argv[1])), sys.argv[2]); load.start('web-service'); load.wait_for_answer()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", script, str(cluster.kubeconfig), namespace], env=environment, check=True
    )
    eventually(lambda: not pods_named_load(cluster, namespace), SECONDS)


# -- what cannot be --------------------------------------------------------------------------------------------


def test_a_service_that_is_not_there_is_said(load):
    with pytest.raises(LoadError, match='services "web-service" not found'):
        load.start("web-service")


@pytest.mark.usefixtures("shop")
def test_an_image_that_is_not_there_is_said(cluster, namespace):
    load = Load(cluster.api, namespace, image="my-app:9.9")
    load.start("web-service")
    with pytest.raises(LoadError, match=r"The image my-app:9\.9 is not on the node"):
        load.wait_for_answer(timeout=SECONDS)
    load.stop()


@pytest.mark.usefixtures("shop")
def test_a_namespace_without_room_is_said(kubectl, load):
    kubectl("create", "quota", "none", "--hard=pods=5")
    with pytest.raises(LoadError, match=r"refused the pod load.*exceeded quota"):
        load.start("web-service")


def api_of(cluster, namespace, tmp_path, verbs):
    """Answer the client of an account that may see services and logs, and do these things with pods."""
    rules = (([""], ["services"], ["get"]), ([""], ["pods/log"], ["get"]), ([""], ["pods"], verbs))
    path = tmp_path / "kubeconfig"
    kubeconfig.write(path, accounts.make(cluster, namespace, rules))
    return Client(path)


@pytest.mark.usefixtures("shop")
def test_an_account_with_few_rights_can_ask_and_gets_a_new_pod_for_another_rate(
    cluster, namespace, tmp_path, eventually
):
    load = Load(api_of(cluster, namespace, tmp_path, ["list", "create", "delete"]), namespace)
    load.start("web-service")
    load.wait_for_answer()
    load.change_rate(100)
    load.wait_for_answer()
    eventually(lambda: load.tally().sent > 50, SECONDS)
    assert load.newest.rate == 100
    load.stop()
    eventually(lambda: not pods_named_load(cluster, namespace), SECONDS)


@pytest.mark.usefixtures("shop")
def test_an_account_that_may_not_make_pods_is_told(cluster, namespace, tmp_path):
    load = Load(api_of(cluster, namespace, tmp_path, ["list"]), namespace)
    with pytest.raises(LoadError, match="You may not create pods in the namespace"):
        load.start("web-service")
