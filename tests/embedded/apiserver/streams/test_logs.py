import asyncio
import json

import pytest
from starlette.datastructures import QueryParams

from kubetutor.embedded.apiserver.streams.logs import read_log_options
from kubetutor.errors import ApiError

POD = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "shop"}, {"name": "cache"}]}}


def read(query, pod=POD):
    return read_log_options(pod, QueryParams(query), 1000.0)


@pytest.mark.kubectl
async def test_kubectl_shows_a_log(run):
    code, output, _ = await run("logs", "web", "--tail=5", "--timestamps", "--limit-bytes=99")
    assert code == 0
    assert json.loads(output) == {
        "container": "web",
        "follow": False,
        "previous": False,
        "timestamps": True,
        "tail_lines": 5,
        "limit_bytes": 99,
        "since": None,
    }


@pytest.mark.kubectl
async def test_kubectl_follows_a_log_and_its_going_is_noticed(kubectl, node, eventually):
    process = await kubectl("logs", "-f", "web")
    lines = [await asyncio.wait_for(process.stdout.readline(), 10) for _ in range(4)]
    assert lines[1:] == [b"line 0\n", b"line 1\n", b"line 2\n"]
    assert node.following == 1
    process.kill()
    await process.wait()
    await eventually(lambda: node.following == 0)


@pytest.mark.kubectl
async def test_what_the_node_refuses_is_told(run):
    code, _, errors = await run("logs", "two", "-c", "crashed")
    words = 'container "crashed" in pod "two" is waiting to start: ContainerCreating'
    assert (code, errors) == (1, f"Error from server (BadRequest): {words}\n")


@pytest.mark.kubectl
async def test_a_pod_on_no_node_has_no_log(run):
    assert await run("logs", "pending") == (0, b"", "")


def test_options_are_read():
    options = read("container=cache&follow=true&previous=1&tailLines=0&sinceSeconds=60&timestamps=false")
    assert (options.container, options.follow, options.previous, options.timestamps) == (
        "cache",
        True,
        True,
        False,
    )
    assert (options.tail_lines, options.limit_bytes, options.since) == (0, None, 940.0)


def test_a_time_is_read():
    assert read("container=shop&sinceTime=1970-01-01T00:01:00Z").since == 60.0


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("", 400, "a container name must be specified for pod web, choose one of: [shop cache]"),
        ("container=db", 400, "container db is not valid for pod web"),
        ("tailLines=few", 400, 'strconv.ParseInt: parsing "few": invalid syntax'),
        (
            "sinceTime=noon",
            400,
            'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
        ),
        (
            "tailLines=-1",
            422,
            'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
        ),
        (
            "limitBytes=0&sinceSeconds=0",
            422,
            (
                'PodLogOptions "web" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, '
                "sinceSeconds: Invalid value: 0: must be greater than 0]"
            ),
        ),
    ],
)
def test_wrong_options_are_refused_in_upstreams_words(query, code, message):
    with pytest.raises(ApiError) as refused:
        read(query)
    assert (refused.value.code, refused.value.message) == (code, message)


def test_init_containers_can_be_named_too():
    pod = {"metadata": {"name": "web"}, "spec": {**POD["spec"], "initContainers": [{"name": "setup"}]}}
    assert read("container=setup", pod).container == "setup"
    with pytest.raises(ApiError, match=r"choose one of: \[setup shop cache\]"):
        read("", pod)
