"""The name server on real sockets, asked by UDP and TCP, and another one behind it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket

import pytest
from dnslib import QTYPE, RCODE, RR, A, DNSRecord

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.network.names import server as name_server
from kubetutor.embedded.network.names.server import NameServer
from tests.embedded.api_server import RecordingClient, make_registry

PATIENCE = 5.0
addresses = (f"127.{os.getpid() % 120 + 100}.53.{number}" for number in itertools.count(1))


class Outside(asyncio.DatagramProtocol):
    """A name server of the world outside: it knows example.com, and never answers about silence.example."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, client):
        question = DNSRecord.parse(data)
        name = str(question.q.qname)
        if name == "silence.example.":
            return
        reply = question.reply()
        if name == "example.com.":
            reply.add_answer(RR(name, QTYPE.A, rdata=A("192.0.2.7"), ttl=60))
        else:
            reply.header.rcode = RCODE.NXDOMAIN
        self.transport.sendto(reply.pack(), client)


@pytest.fixture
async def served(tmp_path, monkeypatch):
    outside, port = next(addresses), 5353
    monkeypatch.setattr(name_server, "PORT", port)
    monkeypatch.setattr(name_server, "PATIENCE", 0.3)
    (tmp_path / "resolv.conf").write_text(f"nameserver {outside}\n")
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Outside, local_addr=(outside, port)
    )
    client = RecordingClient(make_registry(SystemClock()))
    for name, spec in (
        ("till", {"clusterIP": "127.96.0.77"}),
        ("bank", {"type": "ExternalName", "externalName": "example.com"}),
    ):
        body = {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}
        client.create("services", body, namespace="default")
    address = next(addresses)
    server = NameServer(address, Informers(client), tmp_path / "resolv.conf")
    server.client, server.address = client, address
    task = asyncio.create_task(server.run())
    await asyncio.sleep(0)
    yield server
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    transport.close()


async def by_udp(server, name, kind="A", data=None):
    def ask():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(PATIENCE)
            sock.sendto(data or DNSRecord.question(name, kind).pack(), (server.address, server.ports["UDP"]))
            return sock.recv(65535)

    return DNSRecord.parse(await asyncio.to_thread(ask))


async def by_tcp(server, *names):
    reader, writer = await asyncio.open_connection(server.address, server.ports["TCP"])
    answers = []
    for name in names:
        data = DNSRecord.question(name).pack()
        writer.write(len(data).to_bytes(2, "big") + data)
        size = int.from_bytes(await reader.readexactly(2), "big")
        answers.append(DNSRecord.parse(await reader.readexactly(size)))
    writer.close()
    return answers


def values(answer):
    return [str(entry.rdata) for entry in answer.rr]


async def test_a_service_is_found_by_udp_and_by_tcp(served):
    answer = await by_udp(served, "Till.default.SVC.cluster.local")
    assert values(answer) == ["127.96.0.77"]
    assert (answer.header.aa, answer.header.ra, answer.rr[0].ttl) == (1, 1, 30)
    first, second = await by_tcp(served, "till.default.svc.cluster.local", "ghost.default.svc.cluster.local")
    assert values(first) == ["127.96.0.77"]
    assert second.header.rcode == RCODE.NXDOMAIN


async def test_what_is_not_there_is_said_with_the_zones_head(served):
    answer = await by_udp(served, "ghost.default.svc.cluster.local")
    assert answer.header.rcode == RCODE.NXDOMAIN
    [head] = answer.auth
    assert (str(head.rname), head.rtype) == ("cluster.local.", QTYPE.SOA)
    empty = await by_udp(served, "till.default.svc.cluster.local", "AAAA")
    assert (empty.header.rcode, empty.rr, len(empty.auth)) == (RCODE.NOERROR, [], 1)


async def test_names_from_outside_are_asked_outside(served):
    assert values(await by_udp(served, "example.com")) == ["192.0.2.7"]
    assert (await by_udp(served, "nowhere.example")).header.rcode == RCODE.NXDOMAIN


async def test_an_alias_comes_with_what_it_stands_for(served):
    assert values(await by_udp(served, "bank.default.svc.cluster.local")) == ["example.com.", "192.0.2.7"]
    assert values(await by_udp(served, "bank.default.svc.cluster.local", "CNAME")) == ["example.com."]


async def test_silence_outside_is_a_failure_and_holds_up_nobody(served):
    slow = asyncio.create_task(by_udp(served, "silence.example"))
    assert values(await by_udp(served, "till.default.svc.cluster.local")) == ["127.96.0.77"]
    assert (await slow).header.rcode == RCODE.SERVFAIL


async def test_what_is_too_long_for_udp_is_cut_and_comes_whole_by_tcp(served):
    spec = {"clusterIP": "None", "ports": [{"port": 80}]}
    served.client.create("services", {"metadata": {"name": "many"}, "spec": spec}, namespace="default")
    endpoints = [
        {"addresses": [f"127.96.1.{number}"], "conditions": {"ready": True}} for number in range(1, 100)
    ]
    labels = {"kubernetes.io/service-name": "many"}
    body = {"metadata": {"name": "many-1", "labels": labels}, "addressType": "IPv4", "endpoints": endpoints}
    served.client.create(
        "endpointslices.discovery.k8s.io", {**body, "ports": [{"port": 80}]}, namespace="default"
    )
    cut = await by_udp(served, "many.default.svc.cluster.local")
    assert (cut.header.tc, cut.rr) == (1, [])
    [whole] = await by_tcp(served, "many.default.svc.cluster.local")
    assert len(whole.rr) == 99


async def test_nonsense_is_not_answered(served):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await by_udp(served, "", data=b"nonsense")
    assert values(await by_udp(served, "till.default.svc.cluster.local")) == ["127.96.0.77"]


async def test_a_taken_port_is_known_from_the_start(monkeypatch):
    address = next(addresses)
    monkeypatch.setattr(name_server, "PORT", 5353)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((address, 5353))
        server = NameServer(address, Informers(RecordingClient(make_registry(SystemClock()))))
    try:
        assert not server.is_on_its_port
        assert server.ports["UDP"] != 5353
    finally:
        server.close()
