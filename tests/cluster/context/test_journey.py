"""The whole way of a learner with a kubeconfig of their own, by the command line: `~/.kube/config` stays as it was."""

import stat

import pytest
import yaml

from kubetutor.api import kubeconfig
from kubetutor.cluster import backends
from kubetutor.cluster.backends.context import name_for
from kubetutor.errors import NotPossibleError

pytestmark = pytest.mark.kubectl


def renamed(document, name):
    """Call the document's context otherwise."""
    context = document["contexts"][0]["context"]
    return {**document, "current-context": name, "contexts": [{"name": name, "context": context}]}


def both(document):
    """Put a second context beside the first."""
    other = {
        "name": "evening-class",
        "context": {**document["contexts"][0]["context"], "namespace": "evening"},
    }
    return {**document, "contexts": [*document["contexts"], other]}


def current_namespace(learner, *words):
    return learner.run("kubectl", "--", "config", "view", "--minify", "-o", "jsonpath={..namespace}", *words)


def test_up_status_kubectl_env_and_down_leave_the_users_file_as_it_was(learner, document):
    learner.has(document)
    before = learner.fingerprint()
    said = learner.up()
    server = document["clusters"][0]["cluster"]["server"]
    assert f"the context 'classroom' of your kubeconfig: {server}, namespace default" in said
    assert "takes you for" in said
    assert "Each lesson makes a namespace of its own." in said
    assert "The nodes have the sample images of the lessons." in said
    found = learner.status()
    assert (found["backend"], found["name"], found["ready"], found["pid"]) == (
        "context",
        "classroom",
        True,
        None,
    )
    assert found["user"]
    assert len(found["nodes"]) == 3
    assert str(learner.home.path) in learner.run("env")
    learner.run("kubectl", "--", "config", "set-context", "--current", "--namespace=kube-system")
    assert current_namespace(learner) == "kube-system"
    said = learner.run("down")
    assert "Nothing was removed on the cluster itself" in said
    assert not learner.home.cluster("classroom").path.exists()
    assert learner.fingerprint() == before


def test_the_copy_is_for_its_owner_only_and_holds_one_context(learner, document):
    learner.has(both(document))
    learner.up("--context", "evening-class")
    path = learner.home.cluster("evening-class").kubeconfig
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry["name"] for entry in kubeconfig.load(path)["contexts"]] == ["evening-class"]
    assert not list(path.parent.glob("*.trial"))


def test_two_contexts_at_once(learner, document):
    learner.has(both(document))
    learner.up()
    learner.up("--context", "evening-class", "--namespace", "default")
    assert "namespace" in learner.status("--name", "evening-class")
    assert learner.status("--name", "classroom")["context"] == "classroom"
    assert "Several clusters are up" in learner.run("env", code=1)
    assert "Several contexts are in use: classroom, evening-class" in learner.up(code=1)
    learner.up("--name", "third", "--context", "classroom")
    learner.run("down", "--all")
    assert learner.home.clusters() == []


def test_up_again_reads_new_credentials_and_keeps_the_namespace_chosen_since(learner, document):
    learner.has(document)
    learner.up()
    learner.run("kubectl", "--", "config", "set-context", "--current", "--namespace=shop")
    fresh = {**document, "users": [{**document["users"][0], "name": "somebody-else"}]}
    fresh["contexts"] = [
        {"name": "classroom", "context": {**document["contexts"][0]["context"], "user": "somebody-else"}}
    ]
    learner.has(fresh)
    learner.up()
    copy = kubeconfig.load(learner.home.cluster("classroom").kubeconfig)
    assert copy["users"][0]["name"] == "somebody-else"
    assert current_namespace(learner) == "shop"


def test_up_again_takes_up_the_context_that_was_chosen_and_not_the_current_one(learner, document):
    learner.has(both(document))
    learner.up("--context", "evening-class")
    learner.up()
    assert [folder.name for folder in learner.home.clusters()] == ["evening-class"]


def test_a_variable_that_names_our_own_copy_does_not_confuse_it(learner, document):
    learner.has(document)
    learner.up()
    learner.environ["KUBECONFIG"] = str(learner.home.cluster("classroom").kubeconfig)
    learner.has(renamed(document, "classroom"))
    assert "'classroom' of your kubeconfig" in learner.up()
    learner.config.unlink()
    assert "You have no kubeconfig" in learner.up(code=1)
    assert learner.status()["ready"], "what was there before a failed `up` stays"


def test_a_given_namespace_is_kept_and_said(learner, document):
    learner.has(document)
    assert "All lessons work in the namespace default." in learner.up("--namespace", "default")
    assert "All lessons work in the namespace default." in learner.up()
    assert learner.status()["namespace"] == "default"


def test_new_credentials_that_are_refused_leave_the_old_copy(learner, document):
    learner.has(document)
    learner.up()
    learner.has({**document, "users": [{**document["users"][0], "user": {"token": "withdrawn"}}]})
    assert "does not accept these credentials" in learner.up(code=1)
    assert learner.status()["ready"]


def test_a_copy_whose_credentials_have_expired_says_so(learner, document):
    learner.has(document)
    learner.up()
    path = learner.home.cluster("classroom").kubeconfig
    copy = kubeconfig.load(path)
    path.write_text(yaml.safe_dump({**copy, "users": [{**copy["users"][0], "user": {"token": "expired"}}]}))
    found = learner.status(code=1)
    assert not found["ready"]
    assert "does not accept these credentials" in found["trouble"]


def test_a_damaged_record_is_told_and_the_given_namespace_not_forgotten(learner, document):
    learner.has(document)
    learner.up("--namespace", "default")
    (learner.home.cluster("classroom").path / "context.json").write_text("{")
    assert "is incomplete" in learner.run("status", code=1)
    learner.run("down", "--name", "classroom")
    assert learner.home.clusters() == []


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("--context", "bank"), "no context 'bank'. There are: classroom"),
        (
            ("--name", "kubetutor-taken", "--context", "classroom"),
            "There is a cluster 'kubetutor-taken' already",
        ),
    ],
)
def test_what_cannot_be_is_told_and_leaves_nothing(learner, document, words, seen):
    learner.has(document)
    (learner.home.cluster("kubetutor-taken").path).mkdir(parents=True)
    assert seen in learner.up(*words, code=1)
    assert [folder.name for folder in learner.home.clusters()] == ["kubetutor-taken"]


def test_a_name_that_means_another_context_is_told(learner, document):
    learner.has(both(document))
    learner.up("--name", "mine")
    said = learner.up("--name", "mine", "--context", "evening-class", code=1)
    assert "The name 'mine' already means the context 'classroom'" in said


def test_a_failed_up_leaves_nothing(learner, document):
    there = {**document["clusters"][0], "cluster": {"server": "https://127.0.0.1:9"}}
    learner.has({**document, "clusters": [there]})
    assert "Nobody answers there" in learner.up(code=1)
    assert learner.home.clusters() == []


@pytest.mark.parametrize(
    ("option", "backend"),
    [("--context", ()), ("--namespace", ("--backend", "embedded")), ("--context", ("--backend", "kind"))],
)
def test_options_of_a_context_need_a_context(learner, option, backend):
    assert f"{option} needs --backend context." in learner.run("up", *backend, option, "shop", code=2)


def test_the_variable_chooses_the_backend_too(learner, document):
    learner.has(document)
    learner.environ["KUBETUTOR_BACKEND"] = "context"
    assert "Using context: KUBETUTOR_BACKEND says so." in learner.run("up", "--context", "classroom")


def test_a_login_command_beside_the_kubeconfig_goes_along(learner, document):
    token = document["users"][0]["user"]["token"]
    folder = learner.path / "class"
    (folder / "bin").mkdir(parents=True)
    answer = '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}'
    script = folder / "bin" / "log-in"
    script.write_text(f"#!/bin/sh\necho '{answer}' | sed s/%s/$COURSE_TOKEN/\n")
    script.chmod(0o700)
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./bin/log-in", "interactiveMode": "Never",
        "env": [{"name": "COURSE_TOKEN", "value": token}],
    }  # fmt: skip
    user = {**document["users"][0], "user": {"exec": plugin}}
    learner.environ["KUBECONFIG"] = str(learner.has({**document, "users": [user]}, folder / "config"))
    learner.up()
    assert learner.status()["ready"]
    assert "kubetutor-worker" in learner.run("kubectl", "--", "get", "nodes", "-o", "name")


def test_what_such_a_cluster_cannot_do_is_said(learner):
    backend = backends.get("context", learner.home)
    with pytest.raises(
        NotPossibleError, match=r"cannot stop and start nodes\. Its nodes are machines that others use"
    ):
        backend.stop_node("classroom", "worker")
    with pytest.raises(NotPossibleError, match="push the image to one that they can reach"):
        backend.load_images("classroom", ["my-app:1.0"], progress=print)
    with pytest.raises(NotPossibleError, match="an embedded cluster can"):
        backend.add_image("classroom", "tool", ["true"])


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ("arn:aws:eks:eu-west-1:42:cluster/shop", "arn-aws-eks-eu-west-1-42-cluster-shop"),
        ("gke_school_europe-west1_class", "gke-school-europe-west1-class"),
        ("admin@k3s", "admin-k3s"),
        ("教室", "context"),
        ("x" * 80, "x" * 50),
    ],
)
def test_names_are_made_of_contexts(context, name):
    assert name_for(context) == name
