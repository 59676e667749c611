import json

import pytest

from kubetutor.cluster import share, spec
from kubetutor.errors import SpecError

HEAD = {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4"}
CONTROL, WORKER = {"role": "control-plane"}, {"role": "worker"}


def test_nodes_are_named_as_kind_names_them():
    made = spec.parse({**HEAD, "name": "shop", "nodes": [CONTROL, WORKER, WORKER]})
    assert [node.name for node in made.nodes] == ["shop-control-plane", "shop-worker", "shop-worker2"]


def test_the_default_file_has_three_nodes_and_is_found():
    made = spec.read(share.default_cluster_file())
    assert made.name == "kubetutor"
    assert [node.role for node in made.nodes] == ["control-plane", "worker", "worker"]


def test_without_nodes_there_is_a_control_plane_alone():
    assert [node.name for node in spec.parse(HEAD).nodes] == ["kubetutor-control-plane"]


def test_the_name_given_on_the_command_line_wins():
    assert spec.parse({**HEAD, "name": "shop"}, name="till").nodes[0].name == "till-control-plane"


def test_labels_are_read():
    made = spec.parse({**HEAD, "nodes": [CONTROL, {**WORKER, "labels": {"disk": "fast"}}]})
    assert made.nodes[1].labels == {"disk": "fast"}


def test_a_saved_spec_reads_back_as_it_was(tmp_path):
    made = spec.parse({**HEAD, "name": "shop", "nodes": [CONTROL, {**WORKER, "labels": {"disk": "fast"}}]})
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(made.as_document()))
    assert spec.read(path) == made


def test_what_has_no_effect_is_noted():
    made = spec.parse({**HEAD, "nodes": [{**CONTROL, "extraPortMappings": [{"containerPort": 80}]}]})
    assert made.notes == (
        "`extraPortMappings` is left out: services are on this machine's own addresses, no mapping is needed.",
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "must be a mapping"),
        ({"kind": "Cluster"}, "apiVersion"),
        ({**HEAD, "nodes": [WORKER]}, "0 nodes of role `control-plane`"),
        ({**HEAD, "nodes": [CONTROL, CONTROL]}, "exactly one"),
        ({**HEAD, "nodes": [{"role": "master"}]}, "'master'"),
        ({**HEAD, "nodes": "three"}, "must be a list"),
        ({**HEAD, "nodes": [CONTROL] + [WORKER] * 100}, "at most 100"),
        ({**HEAD, "nodes": [{**CONTROL, "labels": {"fast": True}}]}, "put quotes"),
        ({**HEAD, "name": "Shop!"}, "cannot be a cluster's name"),
        ({**HEAD, "name": "../escape"}, "cannot be a cluster's name"),
        ({**HEAD, "name": 7}, "cannot be a cluster's name"),
        ({**HEAD, "featureGates": {"Anything": True}}, "featureGates"),
        ({**HEAD, "colour": "blue"}, "unknown key `colour`"),
        ({**HEAD, "nodes": [{**CONTROL, "colour": "blue"}]}, "unknown key `colour`"),
    ],
)
def test_a_file_that_does_not_say_what_it_must_is_refused(document, words):
    with pytest.raises(SpecError, match=words):
        spec.parse(document)


def test_a_file_that_is_no_yaml_is_refused_with_its_name(tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_text("nodes: [")
    with pytest.raises(SpecError, match=r"cluster\.yaml is not YAML"):
        spec.read(path)


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(SpecError, match=r"nowhere\.yaml"):
        spec.read(tmp_path / "nowhere.yaml")
