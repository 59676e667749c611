"""The types, boiled down from the published definitions."""

from __future__ import annotations

import time

import pytest

from kubetutor.api.kinds import KINDS
from kubetutor.embedded.apiserver.schema import Schema
from tests.embedded.apiserver.write_path import SCHEMA


@pytest.fixture
def deployment_spec():
    return SCHEMA.type_of("apps", "v1", "Deployment").field("spec")


def test_every_kind_has_a_type():
    # ComponentStatus is read only, but has one too; what is measured is nowhere written
    stored = [kind for kind in KINDS if not kind.is_measured]
    assert [kind.kind for kind in stored if SCHEMA.type_of(kind.group, kind.version, kind.kind) is None] == []


def test_unknown_kinds_have_none():
    assert SCHEMA.type_of("apps", "v1", "Deploymnt") is None


def test_types_know_their_go_names(deployment_spec):
    pod_spec = deployment_spec.field("template").field("spec")
    container = pod_spec.field("containers").items
    assert (pod_spec.go_type, pod_spec.struct_name) == ("v1.PodSpec", "PodSpec")
    assert pod_spec.field("containers").go_type == "[]v1.Container"
    assert pod_spec.field("nodeSelector").go_type == "map[string]string"
    assert container.field("imagePullPolicy").go_type == "v1.PullPolicy"
    assert container.field("resources").field("limits").go_type == "v1.ResourceList"


def test_types_know_how_to_be_patched(deployment_spec):
    pod_spec = deployment_spec.field("template").field("spec")
    volumes, ports = pod_spec.field("volumes"), pod_spec.field("containers").items.field("ports")
    assert (volumes.merge_key, volumes.patch_strategies) == ("name", ("merge", "retainKeys"))
    assert (ports.list_type, ports.list_map_keys) == ("map", ("containerPort", "protocol"))
    assert deployment_spec.field("strategy").patch_strategies == ("retainKeys",)
    assert deployment_spec.field("selector").map_type == "atomic"
    assert deployment_spec.field("replicas").patch_strategies == ()


def test_scalars_are_told_apart(deployment_spec):
    pod = deployment_spec.field("template")
    container = pod.field("spec").field("containers").items
    assert deployment_spec.field("replicas").scalar == "int32"
    assert container.field("resources").field("limits").values.scalar == "quantity"
    assert container.field("livenessProbe").field("httpGet").field("port").scalar == "int-or-string"
    assert pod.field("metadata").field("creationTimestamp").scalar == "time"
    assert SCHEMA.type_of("", "v1", "Secret").field("data").values.scalar == "bytes"


def test_required_fields_are_known(deployment_spec):
    assert set(deployment_spec.required) == {"selector", "template"}


def test_types_that_hold_themselves_do_not_end_the_walk():
    node = SCHEMA.type_of("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    schema = node.field("spec").field("versions").items.field("schema").field("openAPIV3Schema")
    for _ in range(30):
        schema = schema.field("properties").values
    assert schema.struct_name == "JSONSchemaProps"


def test_the_boiled_down_form_is_kept_in_a_file(tmp_path):
    Schema.load(tmp_path)
    (file,) = tmp_path.iterdir()
    start = time.perf_counter()
    schema = Schema.load(tmp_path)
    assert time.perf_counter() - start < 1  # a few ms; the bound only tells reading from making
    assert schema.type_of("", "v1", "Pod").field("spec").go_type == "v1.PodSpec"
    assert file.stat().st_size < 300_000


def test_a_torn_file_is_made_again(tmp_path):
    Schema.load(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert Schema.load(tmp_path).type_of("", "v1", "Pod") is not None
    assert Schema.load(tmp_path).type_of("", "v1", "Pod") is not None
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Schema.load(blocked / "below").type_of("", "v1", "Pod") is not None
