"""What is taken out of kubectl's output before two clusters are compared, and what is not."""

import pytest

from .normalise import Names, Surroundings, normalise

HERE = Surroundings(
    namespace="corpus-1a2b",
    cluster="lab",
    context="kind-lab",
    server="https://127.0.0.1:36115",
    folder="/tmp/desk",  # noqa: S108  # a name only
)


def seen(text, names=None):
    return normalise(text, HERE, names or Names())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('creationTimestamp: "2026-11-22T21:30:01Z"', 'creationTimestamp: "<time>"'),
        ("Start Time:  Sun, 22 Nov 2026 21:30:01 +0000", "Start Time:  <time>"),
        ("uid: 0d5c9e2e-6a3f-4a53-9d0e-0f6b1d3a9f10", "uid: <uid>"),
        ('resourceVersion: "4711"', 'resourceVersion: "<version>"'),
        ("IP: 10.244.1.17", "IP: <ip>"),
        ("nodePort: 31234", "nodePort: <node-port>"),
        ("NodePort:  <unset>  31234/TCP", "NodePort:  <unset>  <node-port>/TCP"),
        ("Container ID:  containerd://" + "0a" * 32, "Container ID:  <container>"),
        ("running at https://127.0.0.1:36115", "running at <server>"),
        ("--- /x/LIVE-12345/v1.Pod", "--- /x/LIVE/v1.Pod"),
        ('Context "kind-lab" modified.', 'Context "<context>" modified.'),
        ("namespaces/corpus-1a2b", "namespaces/<namespace>"),
        ("node/lab-control-plane", "node/<cluster>-control-plane"),
    ],
)
def test_what_no_two_runs_have_in_common_gets_a_name(text, expected):
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "delay=0s timeout=1s period=10s",
        "NoExecute op=Exists for 300s",
        "replicas: 3",
        "generation: 2",
        "targetPort: 3000",
        "deployment.apps/web-app created",
        "kind-lab-2/pod",
    ],
)
def test_what_says_something_stays(text):
    assert seen(text) == text


def test_a_random_name_keeps_its_identity():
    names = Names()
    assert seen("pod/web-6d4cf56db6-x2x9v", names) == "pod/web-<hash-1>-<pod-1>"
    assert seen("pod/web-6d4cf56db6-k8dvz", names) == "pod/web-<hash-1>-<pod-2>"
    assert seen("replicaset web-6d4cf56db6", names) == "replicaset web-<hash-1>"
    assert seen("pod-template-hash=6d4cf56db6", names) == "pod-template-hash=<hash-1>"
    assert seen("pod/web-6d4cf56db6-x2x9v", names) == "pod/web-<hash-1>-<pod-1>"


def test_workers_are_told_apart_by_the_order_in_which_they_appear():
    assert seen("on lab-worker2 and lab-worker, then lab-worker2") == (
        "on <worker-1> and <worker-2>, then <worker-1>"
    )


def test_columns_are_aligned_anew():
    text = (
        "NAME                   READY   STATUS    RESTARTS      AGE\n"
        "web-6d4cf56db6-x2x9v   1/1     Running   1 (12s ago)   3m5s\n"
        "web-6d4cf56db6-k8dvz   0/1     Pending   0             4s\n"
    )
    assert seen(text) == (
        "NAME                   READY   STATUS    RESTARTS        AGE\n"
        "web-<hash-1>-<pod-1>   1/1     Running   1 (<age> ago)   <age>\n"
        "web-<hash-1>-<pod-2>   0/1     Pending   0               <age>\n"
    )


def test_an_empty_cell_and_a_table_of_describe_are_read_by_their_columns():
    text = (
        "Events:\n"
        "  Type    Reason     Age                From     Message\n"
        "  ----    ------     ----               ----     -------\n"
        "  Normal  Scheduled  5s                          to lab-worker\n"
        "  Normal  Pulled     3s (x2 over 4s)    kubelet  at hand\n"
    )
    assert seen(text).splitlines()[3:] == [
        "  Normal   Scheduled   <age>             to <worker-1>",
        "  Normal   Pulled      <age>   kubelet   at hand",
    ]


def test_rows_whose_order_is_chance_are_put_in_the_order_of_their_new_names():
    names = Names()
    seen("pod/web-6d4cf56db6-x2x9v", names)
    assert seen("pod/web-6d4cf56db6-k8dvz\npod/web-6d4cf56db6-x2x9v\n", names) == (
        "pod/web-<hash-1>-<pod-1>\npod/web-<hash-1>-<pod-2>\n"
    )
