"""What a real cluster stored is stored alike: defaults and generated fields."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from kubetutor.errors import ApiError
from tests.embedded.apiserver.write_path import WritePath, golden

CASES = [case for case in golden("created.json") if case["code"] == 201]
UID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def normalised(stored):
    """Make generated texts equal, and leave out what the cluster here leaves out on purpose."""
    text = json.dumps(stored)
    text = UID.sub("<uid>", text)
    text = re.sub("kube-api-access-[a-z0-9]{5}", "kube-api-access-<suffix>", text)
    text = re.sub(r'"10\.96\.\d+\.\d+"', '"<address>"', text)
    text = re.sub(r'"nodePort": \d+', '"nodePort": 0', text)
    obj = json.loads(text)
    obj["metadata"].pop("managedFields", None)
    obj["metadata"] |= {"resourceVersion": "<rv>", "creationTimestamp": "<time>"}
    for volume in obj.get("spec", {}).get("volumes", ()):
        sources = volume.get("projected", {}).get("sources", [])
        sources[:] = [
            item for item in sources if item.get("configMap", {}).get("name") != "openshift-service-ca.crt"
        ]
    return obj


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['input']['kind']}-{case['input']['metadata']['name']}"
)
def test_object_is_stored_as_upstream_does(case):
    assert normalised(WritePath().create_from(case["input"])) == normalised(case["stored"])


def test_storing_what_was_stored_changes_nothing():
    """Defaults are stable: an object that is read and written back is the same."""
    path = WritePath()
    for case in CASES:
        stored = path.create_from(case["input"])
        from kubetutor.api.kinds import kinds_by_api_version_and_kind

        kind = kinds_by_api_version_and_kind()[stored["apiVersion"], stored["kind"]]
        metadata = stored["metadata"]
        again = path.update(kind, metadata.get("namespace"), metadata["name"], json.loads(json.dumps(stored)))
        without_nulls = json.loads(json.dumps(stored))
        assert again == without_nulls


def test_a_full_quota_refuses_in_upstreams_words():
    case = golden("created.json")[-1]
    path = WritePath()
    path.registry._random = SimpleNamespace(choices=lambda *_, **__: "z9znt")  # as in the recording
    for number in range(9):
        pod = {"metadata": {"name": f"p{number}", "namespace": "default"}, "spec": {"containers": []}}
        path.objects.put("pods", pod)
    path.objects.put(
        "resourcequotas",
        {"metadata": {"name": "small", "namespace": "default"}, "spec": {"hard": {"pods": "2"}}},
    )
    with pytest.raises(ApiError) as error:
        path.create_from(case["input"])
    assert error.value.status() == case["stored"]
