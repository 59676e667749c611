"""Reading the user's kubeconfig as kubectl reads it, and copying one context of it."""

import base64

import pytest
import yaml

from kubetutor.cluster.context import source
from kubetutor.cluster.home import Home
from kubetutor.errors import ClusterError


def config(*names, user=None, cluster=None, current=None):
    return {
        "apiVersion": "v1",
        "kind": "Config",
        **({"current-context": current} if current else {}),
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
        "clusters": [{"name": name, "cluster": cluster or {"server": f"https://{name}"}} for name in names],
        "users": [{"name": name, "user": user or {"token": name}} for name in names],
    }


@pytest.fixture
def write(tmp_path):
    def to(name, document):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
        return path

    return to


@pytest.fixture
def find(tmp_path):
    def read(**environ):
        return source.find({"HOME": str(tmp_path), **environ}, Home(tmp_path / "state"))

    return read


def test_without_a_variable_it_is_the_file_at_home(write, find):
    write(".kube/config", config("shop", current="shop"))
    document = find().one_context(None)
    assert document["current-context"] == "shop"
    assert document["users"] == [{"name": "shop", "user": {"token": "shop"}}]


def test_of_several_files_the_first_that_names_an_entry_wins(write, find):
    one = write("one", config("shop", current="shop"))
    two = write("two", config("shop", "till", user={"token": "second"}, current="till"))
    found = find(KUBECONFIG=f"{one}:{two}:{one.parent / 'gone'}")
    assert found.contexts() == ["shop", "till"]
    assert found.current() == "shop"
    assert found.one_context("shop")["users"][0]["user"] == {"token": "shop"}
    assert found.one_context("till")["users"][0]["user"] == {"token": "second"}


def test_only_the_chosen_context_is_copied(write, find):
    write(".kube/config", config("shop", "till", current="shop"))
    document = find().one_context("till")
    assert [len(document[kind]) for kind in ("contexts", "clusters", "users")] == [1, 1, 1]
    assert document["current-context"] == "till"


def test_files_are_taken_in_and_what_must_stay_a_file_gets_its_full_path(write, find, tmp_path):
    for name in ("ca.crt", "me.crt", "me.key"):
        write(f"class/{name}", name)
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./bin/log-in",
        "env": [{"name": "A", "value": "b"}],
    }
    user = {"client-certificate": "me.crt", "client-key": "me.key", "tokenFile": "token", "exec": plugin}
    cluster = {"server": "https://shop", "certificate-authority": "ca.crt", "tls-server-name": "shop.example"}
    path = write("class/config", config("shop", user=user, cluster=cluster, current="shop"))
    document = find(KUBECONFIG=str(path)).one_context(None)
    made, there = document["users"][0]["user"], document["clusters"][0]["cluster"]
    assert base64.b64decode(there["certificate-authority-data"]) == b"ca.crt"
    assert base64.b64decode(made["client-key-data"]) == b"me.key"
    assert not {"certificate-authority", "client-certificate", "client-key"} & {*made, *there}
    assert there["tls-server-name"] == "shop.example"
    assert made["tokenFile"] == str(tmp_path / "class" / "token")
    assert made["exec"] == {**plugin, "command": str(tmp_path / "class" / "bin" / "log-in")}


def test_a_login_command_without_a_folder_is_found_in_path(write, find):
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws"}}
    write(".kube/config", config("shop", user=user, current="shop"))
    assert find().one_context(None)["users"][0]["user"]["exec"]["command"] == "aws"


def test_our_own_copy_is_no_source(write, find, tmp_path):
    write(".kube/config", config("theirs", current="theirs"))
    ours = write("state/clusters/shop/kubeconfig", config("ours", current="ours"))
    assert find(KUBECONFIG=str(ours)).contexts() == ["theirs"]
    beside = write("beside", config("beside"))
    assert source.files_of({"KUBECONFIG": f"{ours}:{beside}"}, Home(tmp_path / "state")) == [beside]


def test_no_kubeconfig_says_where_it_looked_and_what_else_there_is(find, tmp_path):
    with pytest.raises(ClusterError, match=r"You have no kubeconfig: .*\.kube/config") as caught:
        find()
    assert "--backend embedded" in str(caught.value)
    with pytest.raises(ClusterError, match="gone is not there, or empty"):
        find(KUBECONFIG=str(tmp_path / "gone"))


def test_an_unknown_context_is_told_with_those_that_are_there(write, find):
    write(".kube/config", config("shop", "till", current="shop"))
    with pytest.raises(ClusterError, match=r"no context 'bank'\. There are: shop, till\."):
        find().one_context("bank")


def test_no_current_context_asks_for_one(write, find):
    write(".kube/config", config("shop", "till"))
    with pytest.raises(
        ClusterError, match=r"no current context\. Say which one with --context; there are: shop, till"
    ):
        find().one_context(None)


@pytest.mark.parametrize("text", ["a: [", "- a list", "\x00"])
def test_a_file_that_is_no_kubeconfig_is_told_with_its_path(write, find, text):
    path = write(".kube/config", text)
    with pytest.raises(ClusterError, match=str(path)):
        find()


def test_a_folder_in_its_place_is_told(tmp_path, find):
    (tmp_path / ".kube" / "config").mkdir(parents=True)
    with pytest.raises(ClusterError, match="cannot be read"):
        find()


def test_an_empty_file_is_as_good_as_none(write, find, tmp_path):
    empty = write("empty", "")
    shop = write("shop", config("shop", current="shop"))
    assert find(KUBECONFIG=f"{empty}:{shop}").contexts() == ["shop"]
    with pytest.raises(ClusterError, match=f"You have no kubeconfig: {empty}"):
        find(KUBECONFIG=str(tmp_path / "empty"))


def test_a_context_whose_cluster_is_gone_is_told(write, find):
    document = config("shop", current="shop")
    write(".kube/config", {**document, "clusters": []})
    with pytest.raises(ClusterError, match="no such entry among its clusters"):
        find().one_context(None)


def test_a_certificate_that_is_gone_is_told_with_its_path(write, find, tmp_path):
    cluster = {"server": "https://shop", "certificate-authority": "ca.crt"}
    write(".kube/config", config("shop", cluster=cluster, current="shop"))
    with pytest.raises(ClusterError, match=f"{tmp_path}/.kube/ca.crt as its certificate-authority"):
        find().one_context(None)


def test_acting_as_somebody_else_is_refused(write, find):
    write(".kube/config", config("shop", user={"token": "t", "as": "boss"}, current="shop"))
    with pytest.raises(ClusterError, match="acts as somebody else"):
        source.refuse_impersonation(find().one_context(None))
