"""The volumes of a pod on a node: what is tried again and how often."""

import time

from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.kubelet.volumes import tokens
from kubetutor.errors import ApiError


def told(node):
    return [message for _, reason, message in node.events() if reason == "FailedMount"]


async def test_a_token_is_written_anew_before_it_expires(node, eventually, monkeypatch):
    issued = []

    def request_token(_client, _namespace, _account, _spec):
        issued.append(f"token-{len(issued) + 1}")
        return {"status": {"token": issued[-1], "expirationTimestamp": timestamp(clock.now())}}

    clock = node.kubelet._clock
    monkeypatch.setattr(tokens, "request_token", request_token)
    monkeypatch.setattr(tokens, "LEAST", 0.1)
    path = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    script = f"until grep -q token-3 {path}; do sleep 0.05; done"
    node.run_pod(image="busybox", restart="Never", command=["sh", "-c", script])
    await eventually(lambda: node.status().get("phase") == "Succeeded")


async def test_a_token_that_is_refused_is_not_asked_for_all_the_time(node, eventually, monkeypatch):
    asked = []

    def request_token(_client, _namespace, _account, _spec):
        asked.append(time.monotonic())
        raise ApiError(404, "NotFound", 'serviceaccounts "default" not found')

    monkeypatch.setattr(tokens, "request_token", request_token)
    node.run_pod()
    await eventually(lambda: len(asked) == 3)
    assert asked[2] - asked[0] >= 1.4  # after half a second, and then after a whole one
    assert told(node)[0].endswith('failed to fetch token: serviceaccounts "default" not found')
