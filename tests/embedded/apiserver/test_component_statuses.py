"""The parts of the control plane, as a real cluster answers them."""

from __future__ import annotations

import json
from pathlib import Path

from kubetutor.embedded.apiserver.component_statuses import component_statuses

UPSTREAM = Path(__file__).parents[2] / "upstream" / "fresh-cluster.json"


def test_healthy_components_equal_upstream():
    items = json.loads(UPSTREAM.read_text())["/api/v1/componentstatuses"]["items"]
    found = [{key: item[key] for key in ("metadata", "conditions")} for item in component_statuses()]
    assert found == items


def test_a_component_that_is_not_well_says_why():
    found = {
        item["metadata"]["name"]: item["conditions"][0]
        for item in component_statuses({"scheduler": "stopped"})
    }
    assert found["scheduler"] == {"type": "Healthy", "status": "False", "message": "stopped"}
    assert found["etcd-0"]["status"] == "True"
