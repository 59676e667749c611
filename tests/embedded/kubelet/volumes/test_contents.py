"""Which files a volume has: decided from objects alone."""

import pytest

from kubetutor.embedded.kubelet.volumes.contents import File, View, VolumeError, references, volume_files

POD = {
    "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "labels": {"b": "2", "a": 'say "x"'}},
    "spec": {
        "containers": [{"name": "main", "resources": {"requests": {"cpu": "250m"}}}],
        "nodeName": "worker",
    },
}
OBJECTS = {
    ("configmaps", "shop/menu"): {"data": {"soup": "tomato"}, "binaryData": {"picture": "AAE="}},
    ("secrets", "shop/keys"): {"data": {"password": "czNjcmV0"}},
}


def files(volume, token=lambda _: "a.b.c"):
    return volume_files({"name": "info", **volume}, View(POD, lambda *key: OBJECTS.get(key), token))


def test_text_and_bytes_of_a_config_map_are_files():
    assert files({"configMap": {"name": "menu", "defaultMode": 0o600}}) == {
        "soup": File(b"tomato", 0o600),
        "picture": File(b"\x00\x01", 0o600),
    }


def test_an_item_may_have_the_mode_0():
    items = [{"key": "password", "path": "a/b", "mode": 0}]
    assert files({"secret": {"secretName": "keys", "items": items}}) == {"a/b": File(b"s3cret", 0)}


def test_labels_are_sorted_and_quoted():
    item = {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}
    assert files({"downwardAPI": {"items": [item]}})["labels"].data == b'a="say \\"x\\""\nb="2"'


def test_an_amount_is_that_of_the_container_that_is_named():
    reference = {"containerName": "main", "resource": "requests.cpu", "divisor": "1m"}
    assert files({"downwardAPI": {"items": [{"path": "cpu", "resourceFieldRef": reference}]}}) == {
        "cpu": File(b"250")
    }


def test_a_later_source_of_one_folder_wins():
    sources = [
        {"configMap": {"name": "menu", "items": [{"key": "soup", "path": "x"}]}},
        {"secret": {"name": "keys", "items": [{"key": "password", "path": "x"}]}},
    ]
    assert files({"projected": {"sources": sources}})["x"].data == b"s3cret"


def test_a_token_is_a_file():
    volume = {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    assert files(volume) == {"token": File(b"a.b.c")}


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        ({"configMap": {"name": "none"}}, 'configmap "none" not found'),
        ({"secret": {"secretName": "none"}}, 'secret "none" not found'),
        (
            {"secret": {"secretName": "keys", "items": [{"key": "k", "path": "k"}]}},
            "references non-existent secret key: k",
        ),
        ({"projected": {"sources": [{"configMap": {"name": "none"}}] * 2}}, 'configmap "none" not found'),
        (
            {"projected": {"sources": [{"configMap": {"name": "none"}}, {"secret": {"name": "no"}}]}},
            '[configmap "none" not found, secret "no" not found]',
        ),
        (
            {"projected": {"sources": [{"clusterTrustBundle": {"path": "x"}}]}},
            "clusterTrustBundle sources are not modelled by this cluster",
        ),
    ],
)
def test_what_is_missing_is_named(volume, words):
    with pytest.raises(VolumeError) as refused:
        files(volume)
    assert str(refused.value) == words


def test_a_volume_is_made_of_the_objects_that_it_names():
    volumes = [
        {"name": "a", "configMap": {"name": "menu"}},
        {"name": "b", "emptyDir": {}},
        {"name": "c", "projected": {"sources": [{"secret": {"name": "keys"}}, {"downwardAPI": {}}]}},
    ]
    pod = {**POD, "spec": {**POD["spec"], "volumes": volumes}}
    assert references(pod) == {("configmaps", "shop/menu"), ("secrets", "shop/keys")}
