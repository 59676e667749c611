"""From bytes to an object, in the words of Go's decoder."""

from __future__ import annotations

import json

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.decode import conform, decode
from kubetutor.errors import ApiError
from tests.embedded.apiserver.write_path import SCHEMA

KINDS = kinds_by_resource()


def read(resource, obj, validation="Strict", media="application/json"):
    body = obj if isinstance(obj, bytes) else json.dumps(obj).encode()
    return decode(KINDS[resource], SCHEMA, body, media, validation)


def complaint(resource, obj, **options):
    with pytest.raises(ApiError) as error:
        read(resource, obj, **options)
    assert error.value.code in {400, 415}
    return error.value.message


def pod(**container):
    return {"metadata": {"name": "shop"}, "spec": {"containers": [{"name": "web", **container}]}}


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"image": 5}, "number into Go struct field Container.spec.containers.image of type string"),
        ({"args": "x"}, "string into Go struct field Container.spec.containers.args of type []string"),
        ({"args": ["a", {}]}, "object into Go struct field Container.spec.containers.args of type string"),
        ({"ports": {}}, "object into Go struct field Container.spec.containers.ports of type []v1.ContainerPort"),
        ({"stdin": "yes"}, "string into Go struct field Container.spec.containers.stdin of type bool"),
        (
            {"imagePullPolicy": True},
            "bool into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
        ),
        (
            {"ports": [{"containerPort": 3000000000}]},
            "number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ),
        (
            {"ports": [{"containerPort": 80.5}]},
            "number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ),
        (
            {"livenessProbe": {"httpGet": {"port": [1]}}},
            "array into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
        ),
        ({"resources": []}, "array into Go struct field Container.spec.containers.resources of type v1.ResourceRequirements"),
    ],
)  # fmt: skip
def test_a_wrong_type_names_the_struct_and_the_path(container, words):
    expected = f'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal {words}'
    assert complaint("pods", pod(**container)) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("abc", 'parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"'),
        ("2026-13-01T00:00:00Z", 'parsing time "2026-13-01T00:00:00Z": month out of range'),
        ("2026-01-01", 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'),
        (
            5,
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ),
    ],
)
def test_a_bad_time_is_told_as_go_tells_it(value, words):
    assert complaint("pods", {"metadata": {"creationTimestamp": value}}).endswith(f": {words}")


@pytest.mark.parametrize(
    ("text", "byte"), [("not base64!", 3), ("YQ=", 3), ("YQ==x", 4), ("YWJ", 0), ("=", 0), ("YWJj\nY", 5)]
)
def test_bad_base64_names_the_byte(text, byte):
    assert complaint("secrets", {"data": {"key": text}}).endswith(f"illegal base64 data at input byte {byte}")


def test_unknown_fields_are_refused_all_at_once_in_strict_mode():
    body = {"spec": {"color": "red", "containers": [{"nme": "web"}, {"name": "a", "ports": [{"prt": 1}]}]}}
    words = ", ".join(
        f'unknown field "{path}"'
        for path in ("spec.color", "spec.containers[0].nme", "spec.containers[1].ports[0].prt")
    )
    assert complaint("pods", body).endswith(f"strict decoding error: {words}")


def test_unknown_fields_are_warned_of_and_dropped_otherwise():
    obj, warnings = read("pods", {"spec": {"color": "red"}}, "")
    assert warnings == ['unknown field "spec.color"']
    assert obj["spec"] == {}
    assert read("pods", {"spec": {"color": "red"}}, "Ignore")[1] == []


def test_duplicate_fields_are_found():
    body = b'{"metadata": {"name": "a", "labels": {"x": "1", "x": "2"}}, "spec": {}, "spec": {"replicas": 1}}'
    words = 'duplicate field "metadata.labels.x", duplicate field "spec"'
    assert complaint("deployments.apps", body).endswith(f"strict decoding error: {words}")
    assert read("deployments.apps", body, "Warn")[0]["spec"] == {"replicas": 1}


def test_nulls_and_empty_values_are_dropped_and_zeros_that_mean_something_stay():
    body = {
        "metadata": {"name": "a", "labels": None, "annotations": {}},
        "spec": {
            "replicas": 0,
            "paused": False,
            "selector": {},
            "template": {"spec": {"nodeName": "", "volumes": []}},
        },
    }
    obj, _ = read("deployments.apps", body)
    assert obj["metadata"] == {"name": "a"}
    assert obj["spec"] == {"replicas": 0, "selector": {}, "template": {"spec": {}}}


def test_a_null_in_a_map_or_list_is_a_zero():
    obj, _ = read(
        "pods", {"metadata": {"labels": {"app": None}}, "spec": {"containers": [{"args": [None, "a"]}]}}
    )
    assert obj["metadata"]["labels"] == {"app": ""}
    assert obj["spec"]["containers"][0]["args"] == ["", "a"]


def test_amounts_and_times_become_canonical():
    body = pod(resources={"requests": {"cpu": 0.5, "memory": "1024Mi"}})
    body["metadata"]["creationTimestamp"] = "2026-01-02T05:04:05.678+02:00"
    obj, _ = read("pods", body)
    assert obj["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    assert obj["metadata"]["creationTimestamp"] == "2026-01-02T03:04:05Z"
    lease, _ = read("leases.coordination.k8s.io", {"spec": {"renewTime": "2026-01-02T03:04:05.1Z"}})
    assert lease["spec"]["renewTime"] == "2026-01-02T03:04:05.100000Z"


def test_kind_and_version_are_filled_in_and_come_first():
    obj, _ = read("pods", {"metadata": {"name": "a"}})
    assert list(obj)[:2] == ["kind", "apiVersion"]
    assert (obj["kind"], obj["apiVersion"]) == ("Pod", "v1")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"apiVersion": "apps/v1", "kind": "ReplicaSet"},
            'ReplicaSet in version "v1" cannot be handled as a Deployment: converting (v1.ReplicaSet) to (apps.Deployment): unknown conversion',
        ),
        (
            {"apiVersion": "a/b/c", "kind": "Deployment"},
            "unexpected GroupVersion string: a/b/c",
        ),
        (
            {"kind": 5},
            "json: cannot unmarshal number into Go struct field .kind of type string",
        ),
    ],
)
def test_other_kinds_are_refused(body, words):
    assert words in complaint("deployments.apps", body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "unexpected end of JSON input ({)"),
        (b'{"a" 1}', "invalid character '1' after object key ({\"a\" 1})"),
        (b"nonsense", "invalid character 'o' in literal null (expecting 'u') (6e6f6e73656e7365)"),
        (b"[" * 100_000, "exceeded max depth (" + "5b" * 30 + " ...)"),
    ],
)
def test_what_is_no_json_is_told_as_go_tells_it(body, words):
    expected = f"couldn't get version/kind; json parse error: {words}"
    assert complaint("pods", body).endswith(expected)


def test_yaml_is_read_with_dates_and_switches_as_upstream_reads_them():
    body = b"metadata: {name: from-yaml}\ndata: {date: '2026-01-01', on: 'x'}\n"
    obj, _ = read("configmaps", body, media="application/yaml; charset=utf-8")
    assert obj["data"]["date"] == "2026-01-01"


def test_other_content_types_are_415():
    with pytest.raises(ApiError) as error:
        read("pods", {}, media="text/plain")
    assert (error.value.code, error.value.reason) == (415, "UnsupportedMediaType")


def test_parsed_objects_are_conformed_alike():
    obj, warnings = conform(KINDS["pods"], SCHEMA, pod(image="a", color="red"), "Warn")
    assert warnings == ['unknown field "spec.containers[0].color"']
    assert obj["spec"]["containers"] == [{"name": "web", "image": "a"}]
    with pytest.raises(ApiError):
        conform(KINDS["pods"], SCHEMA, [], "Warn")


def test_conforming_shares_nothing_with_what_it_was_given():
    source = pod(args=["a"])
    obj, _ = conform(KINDS["pods"], SCHEMA, source, "Strict")
    obj["spec"]["containers"][0]["args"].append("b")
    assert source["spec"]["containers"][0]["args"] == ["a"]
