import base64

import pytest

from kubetutor.api import kubeconfig
from kubetutor.errors import ClusterError

CA = b"-----BEGIN CERTIFICATE-----\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kubeconfig"


def written(path, **parts):
    document = kubeconfig.compose("kubetutor", server="https://127.0.0.1:6443", ca=CA, token="secret")
    kubeconfig.write(path, {**document, **parts})
    return path


def test_what_is_written_can_be_read_back(path):
    access = kubeconfig.read(written(path))
    assert access == kubeconfig.Access("kubetutor", "https://127.0.0.1:6443", "default", CA, "secret")


def test_the_file_is_for_its_owner_only_and_nothing_is_left_beside_it(path):
    written(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_certificate_may_stand_in_a_file_beside_it(path):
    (path.parent / "ca.crt").write_bytes(CA)
    cluster = {"server": "https://127.0.0.1:6443", "certificate-authority": "ca.crt"}
    assert kubeconfig.read(written(path, clusters=[{"name": "kubetutor", "cluster": cluster}])).ca == CA


def test_an_unknown_context_is_told_with_those_that_are_there(path):
    with pytest.raises(ClusterError, match=r"no entry 'shop' among its contexts \(there: kubetutor\)"):
        kubeconfig.read(written(path), context="shop")


@pytest.mark.parametrize("text", ["", "[]", "a: [", "apiVersion: v1"])
def test_a_damaged_file_is_refused_with_its_path(path, text):
    path.write_text(text)
    with pytest.raises(ClusterError, match=str(path)):
        kubeconfig.read(path)


def test_a_missing_file_is_refused_with_its_path(path):
    with pytest.raises(ClusterError, match="cannot be read"):
        kubeconfig.read(path)


def test_a_certificate_that_is_no_base64_is_refused(path):
    cluster = {"server": "https://127.0.0.1:6443", "certificate-authority-data": "%%%"}
    with pytest.raises(ClusterError, match="cannot be used"):
        kubeconfig.read(written(path, clusters=[{"name": "kubetutor", "cluster": cluster}]))


def test_the_certificate_is_stored_as_base64(path):
    document = kubeconfig.compose("kubetutor", server="https://127.0.0.1:6443", ca=CA, token="secret")
    data = document["clusters"][0]["cluster"]["certificate-authority-data"]
    assert base64.b64decode(data) == CA
    assert not path.exists()


def test_the_namespace_that_the_user_has_set_can_be_kept(path):
    assert kubeconfig.namespace_in(path) == "default"
    document = kubeconfig.compose("kubetutor", server="https://x", ca=CA, token="secret", namespace="shop")
    kubeconfig.write(path, document)
    assert kubeconfig.namespace_in(path) == "shop"
