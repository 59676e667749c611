"""What was seen on a real cluster, against what happens here: the same states in the same order."""

from __future__ import annotations

import json
from pathlib import Path

TRACES = Path(__file__).parents[2] / "upstream" / "traces"


def lines(name):
    return [json.loads(line) for line in (TRACES / f"{name}.jsonl").read_text().splitlines()]


def upstream_history(name, pod):
    """List (phase, state, reason, ready) of the pod's container, one for each change."""
    rows = []
    for line in lines(name):
        if line.get("kind") != "Pod" or line["name"] != pod or not line["containers"]:
            continue
        container = line["containers"][0]
        state, inner = next(iter(container["state"].items()))
        row = (line["phase"], state, inner.get("reason"), container["ready"])
        if not rows or rows[-1] != row:
            rows.append(row)
    return rows


def upstream_events(name, pod, *reasons):
    """List (type, reason) of the kubelet's events about a pod, in the order of their first time."""
    return [
        (line["type"], line["reason"])
        for line in lines(name)
        if line.get("kind") == "Event"
        and line["event"] == "ADDED"
        and (line["about"], line["source"]) == (f"Pod/{pod}", "kubelet")
        and line["reason"] in reasons
    ]


async def test_a_pod_starts_and_ends_as_in_the_example(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    await eventually(
        lambda: (
            b"listens"
            in node.kubelet._workers[node.pod()["metadata"]["uid"]].containers.main[0].log.path.read_bytes()
        )
    )
    node.client.delete("pods", "web", namespace="shop")
    await eventually(node.is_gone)
    assert node.history() == upstream_history("example", "web-app-h1-p1")
    reasons = ("Pulled", "Created", "Started", "Killing")
    assert [event[:2] for event in node.events()] == upstream_events("example", "web-app-h1-p1", *reasons)


async def test_a_pod_crashes_as_in_the_trace(node, eventually):
    node.run_pod(image="my-app:broken")
    await eventually(lambda: node.container().get("restartCount") == 2)
    seen = upstream_history("crash", "crash")
    assert node.history()[:7] == seen[:7]
    assert [event[:2] for event in node.events()] == upstream_events(
        "crash", "crash", "Pulled", "Created", "Started", "BackOff"
    )


async def test_a_bad_image_fails_as_in_the_trace(node, eventually):
    node.run_pod(image="my-app:9.9")
    await eventually(lambda: len(node.history()) >= 3)
    seen = upstream_history("bad-image", "web-app-h2-p4")
    assert node.history()[:3] == seen[:3]
    events = upstream_events("bad-image", "web-app-h2-p4", "Pulling", "Failed", "BackOff")
    assert [event[:2] for event in node.events()] == events


async def test_a_job_ends_as_in_the_trace(node, eventually):
    node.run_pod(image="busybox", command=["true"], restart="Never")
    await eventually(lambda: node.status().get("phase") == "Succeeded")
    assert node.history() == upstream_history("job", "report-p1")


async def test_conditions_of_a_finished_pod_are_the_traces(node, eventually):
    node.run_pod(image="busybox", command=["true"], restart="Never")
    await eventually(lambda: node.status().get("phase") == "Succeeded")
    golden = [line for line in lines("job") if line.get("name") == "report-p1"][-1]["conditions"]
    mine = {
        entry["type"]: entry["status"] + (f":{entry['reason']}" if entry.get("reason") else "")
        for entry in node.status()["conditions"]
    }
    assert list(mine.items()) == list(golden.items())
