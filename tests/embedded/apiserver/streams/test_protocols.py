"""What goes over the WebSocket, frame by frame, and what bad frames get."""

import asyncio
import base64
import json

import pytest
from websocket import ABNF, WebSocket, WebSocketBadStatusException

from kubetutor.embedded.apiserver.streams import spdy
from kubetutor.embedded.apiserver.streams.remote_command import exit_status, read_size

SPDY = "SPDY/3.1+portforward.k8s.io"


@pytest.fixture
async def connect(server):
    """Open a WebSocket to a pod's subresource."""
    opened = []

    async def connected(path, *protocols, pod="web"):
        websocket = WebSocket()
        opened.append(websocket)
        url = f"{server.replace('http', 'ws')}/api/v1/namespaces/shop/pods/{pod}/{path}"
        await asyncio.to_thread(websocket.connect, url, subprotocols=protocols, timeout=10)
        return websocket

    yield connected
    for websocket in opened:
        await asyncio.to_thread(websocket.shutdown)


def read_all(websocket):
    """Read messages until the server closes; answers them and the closing code."""
    messages = []
    while True:
        kind, data = websocket.recv_data()
        if kind == ABNF.OPCODE_CLOSE:
            return messages, int.from_bytes(data[:2], "big")
        messages.append(data)


def join(messages):
    """Put the messages of each channel together."""
    channels = {}
    for message in messages:
        channels[message[0]] = channels.get(message[0], b"") + message[1:]
    return channels


SCRIPT = "exec?stdout=1&stderr=1&command=sh&command=-c&command="


@pytest.mark.parametrize("protocol", ["v4.channel.k8s.io", "v5.channel.k8s.io"])
async def test_the_final_status_is_on_channel_three(connect, protocol):
    websocket = await connect(f"{SCRIPT}echo+out;echo+err+>%262;exit+7", protocol)
    messages, code = await asyncio.to_thread(read_all, websocket)
    channels = join(messages)
    assert (channels[1], channels[2], code) == (b"out\n", b"err\n", 1000)
    assert json.loads(channels[3]) == exit_status(7)
    assert messages[0] == b"\x01"


async def test_success_has_a_short_status(connect):
    websocket = await connect(f"{SCRIPT}true", "v5.channel.k8s.io")
    messages, _ = await asyncio.to_thread(read_all, websocket)
    assert join(messages)[3] == b'{"metadata":{},"status":"Success"}'


async def test_the_first_protocol_tells_failures_in_text(connect):
    for protocols in ((), ("channel.k8s.io",)):
        messages, _ = await asyncio.to_thread(read_all, await connect(f"{SCRIPT}exit+7", *protocols))
        assert join(messages)[3] == b"command terminated with non-zero exit code: exit status 7"
        messages, _ = await asyncio.to_thread(read_all, await connect(f"{SCRIPT}true", *protocols))
        assert 3 not in join(messages)


async def test_base64_is_spoken(connect):
    websocket = await connect("exec?stdin=1&stdout=1&command=head&command=-1", "v4.base64.channel.k8s.io")
    websocket.send("0" + base64.b64encode(b"typed\n").decode())
    messages, _ = await asyncio.to_thread(read_all, websocket)
    out = b"".join(base64.b64decode(message[1:]) for message in messages if message[:1] == b"1")
    assert out == b"typed\n"


async def test_v5_can_end_the_input(connect):
    websocket = await connect("exec?stdin=true&stdout=true&command=cat", "v5.channel.k8s.io")
    websocket.send_binary(b"\x00hello")
    websocket.send_binary(b"\xff\x00")
    messages, _ = await asyncio.to_thread(read_all, websocket)
    assert join(messages)[1] == b"hello"


async def test_strange_messages_do_no_harm(connect):
    websocket = await connect("exec?stdin=1&stdout=1&tty=1&command=head&command=-1", "v5.channel.k8s.io")
    for message in (b"", b"\xff", b"\xff\x09\x09", b"\x09what", b"\x04not json", b"\x01mine"):
        websocket.send_binary(message)
    websocket.send_binary(b"\x00typed\n")
    messages, _ = await asyncio.to_thread(read_all, websocket)
    assert b"typed" in join(messages)[1]


@pytest.mark.parametrize(
    ("path", "pod", "protocol", "message"),
    [
        (
            "exec?command=true",
            "web",
            "v5.channel.k8s.io",
            "you must specify at least 1 of stdin, stdout, stderr",
        ),
        (
            "exec?command=true&stdout=1",
            "two",
            "v5.channel.k8s.io",
            "a container name must be specified for pod two, choose one of: [shop crashed]",
        ),
        ("attach?stdout=1", "pending", "v5.channel.k8s.io", "pod pending does not have a host assigned"),
        ("portforward", "pending", SPDY, "pod pending does not have a host assigned"),
        ("portforward", "web", "v4.channel.k8s.io", 'query parameter "ports" is required'),
        ("portforward?ports=80,x", "web", "v4.channel.k8s.io", 'unable to parse "x" as a port'),
        ("portforward?ports=0", "web", "v4.channel.k8s.io", 'port "0" must be > 0'),
    ],
)
async def test_a_wrong_request_is_refused_with_a_status(connect, path, pod, protocol, message):
    with pytest.raises(WebSocketBadStatusException) as refused:
        await connect(path, protocol, pod=pod)
    assert refused.value.status_code == 400
    status = json.loads(refused.value.resp_body)
    assert (status["reason"], status["message"]) == ("BadRequest", message)


async def test_an_unknown_protocol_is_refused(connect):
    with pytest.raises(WebSocketBadStatusException) as refused:
        await connect("exec?command=true&stdout=1", "v9.channel.k8s.io")
    assert "requested protocol(s) are not supported: [v9.channel.k8s.io]" in str(refused.value.resp_body)


async def test_a_client_that_goes_ends_a_process_that_reads_nothing(connect, node, eventually):
    websocket = await connect("exec?stdin=1&stdout=1&command=sleep&command=600", "v5.channel.k8s.io")
    for _ in range(10):
        await asyncio.to_thread(websocket.send_binary, b"\x00" + b"x" * 100_000)
    await asyncio.to_thread(websocket.shutdown)
    await eventually(lambda: node.sessions[0].closed)


async def test_bytes_that_are_not_spdy_end_the_connection(connect):
    websocket = await connect("portforward", SPDY)
    websocket.send_binary(b"\x80\x09\x00\x01\x00\x00\x00\x00")
    messages, code = await asyncio.to_thread(read_all, websocket)
    assert (messages, code) == ([], 1002)


async def test_a_stream_that_does_not_say_what_it_is_for_is_reset(connect):
    websocket = await connect("portforward", SPDY)
    encoder = spdy.Encoder()
    for number, headers in enumerate(
        ({}, {"streamtype": "data", "port": "0"}, {"streamtype": "x", "port": "1"})
    ):
        websocket.send_binary(encoder.syn_stream(2 * number + 1, headers))
        expected = spdy.reset_frame(2 * number + 1, spdy.PROTOCOL_ERROR)
        assert await asyncio.to_thread(websocket.recv) == expected


async def test_a_ping_is_answered(connect):
    websocket = await connect("portforward", SPDY)
    websocket.send_binary(spdy.ping_frame(1))
    assert await asyncio.to_thread(websocket.recv) == spdy.ping_frame(1)


async def test_goaway_ends_the_connection(connect):
    websocket = await connect("portforward", SPDY)
    websocket.send_binary(spdy.goaway_frame(0))
    assert await asyncio.to_thread(read_all, websocket) == ([], 1000)


def test_only_a_sensible_size_is_a_size():
    assert read_size(b'{"Width":80,"Height":24}') == (80, 24)
    for data in (b"", b"[]", b"{}", b'{"Width":0,"Height":24}', b'{"Width":80,"Height":99999}', b"80x24"):
        assert read_size(data) is None
