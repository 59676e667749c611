"""Environment variables of containers."""

from __future__ import annotations

import base64

import pytest

from kubetutor.embedded.kubelet.environment import (
    ConfigError,
    container_environment,
    expand,
    field_value,
    in_units,
    service_environment,
)

POD = {
    "metadata": {
        "name": "cart",
        "namespace": "shop",
        "uid": "u1",
        "labels": {"app": "cart", "tier": "front"},
    },
    "spec": {
        "nodeName": "worker",
        "containers": [{"name": "web", "resources": {"limits": {"memory": "64Mi"}}}],
    },
    "status": {"podIP": "127.64.1.5"},
}
OBJECTS = {
    ("configmaps", "shop/settings"): {"data": {"COLOUR": "red", "SIZE": "8"}},
    ("secrets", "shop/keys"): {"data": {"token": base64.b64encode(b"hush").decode()}},
    ("nodes", "worker"): {"status": {"allocatable": {"cpu": "2", "memory": "1Gi"}}},
}


def find(resource, key):
    return OBJECTS.get((resource, key))


def environment(**container):
    return container_environment(POD, {"name": "web", **container}, {"HOME": "/here"}, find)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "1"),
        ("$$(A)", "$(A)"),
        ("$(B)", "$(B)"),
        ("$A", "$A"),
        ("x$(A)y$(A)", "x1y1"),
        ("$$", "$"),
        ("$(A", "$(A"),
    ],
)
def test_references_expand_as_upstreams_do(text, expected):
    assert expand(text, {"A": "1"}) == expected


def test_values_may_refer_to_those_before_them():
    values = environment(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)-$(HOME)-$(C)"}])
    assert values["B"] == "1-/here-$(C)"


def test_values_come_from_config_maps_and_secrets():
    values = environment(
        envFrom=[{"prefix": "SHOP_", "configMapRef": {"name": "settings"}}],
        env=[
            {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "COLOUR"}}},
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
            {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "nope", "key": "x", "optional": True}}},
        ],
    )
    assert values == {
        "HOME": "/here",
        "SHOP_COLOUR": "red",
        "SHOP_SIZE": "8",
        "COLOUR": "red",
        "TOKEN": "hush",
    }


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"envFrom": [{"configMapRef": {"name": "nope"}}]}, 'configmap "nope" not found'),
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "nope", "key": "k"}}}]},
            'secret "nope" not found',
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "k"}}}]},
            "couldn't find key k in ConfigMap shop/settings",
        ),
    ],
)
def test_what_is_missing_is_named_in_upstreams_words(container, words):
    with pytest.raises(ConfigError) as error:
        environment(**container)
    assert str(error.value) == words


def test_fields_of_the_pod():
    assert field_value(POD, "metadata.labels['app']") == "cart"
    assert field_value(POD, "metadata.labels") == 'app="cart"\ntier="front"'
    assert field_value(POD, "status.podIP") == "127.64.1.5"
    assert field_value(POD, "spec.nodeName") == "worker"


def test_resources_of_the_container_and_of_the_node():
    def of(resource, divisor="0"):
        reference = {"containerName": "web", "resource": resource, "divisor": divisor}
        return environment(env=[{"name": "A", "valueFrom": {"resourceFieldRef": reference}}])["A"]

    assert of("limits.memory", "1Mi") == "64"
    assert of("limits.memory") == str(64 * 2**20)
    assert of("limits.cpu") == "2"


def test_services_are_told_by_variables():
    services = [
        {
            "metadata": {"name": "kubernetes", "namespace": "default"},
            "spec": {"clusterIP": "127.96.0.1", "ports": [{"name": "https", "port": 443, "protocol": "TCP"}]},
        },
        {
            "metadata": {"name": "web-shop", "namespace": "shop"},
            "spec": {"clusterIP": "127.96.0.9", "ports": [{"port": 80}]},
        },
    ]
    values = service_environment(services, "shop", links=True)
    assert values["KUBERNETES_SERVICE_HOST"] == "127.96.0.1"
    assert values["KUBERNETES_SERVICE_PORT_HTTPS"] == "443"
    assert values["WEB_SHOP_PORT_80_TCP_ADDR"] == "127.96.0.9"
    assert values["WEB_SHOP_PORT"] == "tcp://127.96.0.9:80"
    assert "WEB_SHOP_PORT" not in service_environment(services, "shop", links=False)


def test_amounts_are_told_in_whole_units_rounded_up():
    assert in_units("1500m", "1") == "2"
    assert in_units("64Mi", "1Mi") == "64"
    assert in_units("250m", "0") == "1"


async def test_a_container_whose_config_map_is_missing_waits_for_it(node, eventually):
    node.run_pod(envFrom=[{"configMapRef": {"name": "settings"}}])
    await eventually(lambda: "CreateContainerConfigError" in str(node.status()))
    assert node.container()["state"]["waiting"]["message"] == 'configmap "settings" not found'
    assert ("Warning", "Failed", 'Error: configmap "settings" not found') in node.events()
    settings = {"metadata": {"name": "settings", "namespace": "shop"}, "data": {"COLOUR": "red"}}
    node.client.create("configmaps", settings)
    await eventually(node.is_ready)
