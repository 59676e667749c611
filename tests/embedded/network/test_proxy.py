import asyncio
import collections
import contextlib
import socket

import pytest

from kubetutor.embedded.network import listeners

SLICES = "endpointslices.discovery.k8s.io"


@pytest.fixture
async def three(serve, says, network):
    """Three endpoints that say who they are; answers their addresses and their port."""
    addresses = [str(network.pod_network(0)[index]) for index in (5, 6, 7)]
    port = await serve(addresses[0], says(addresses[0]))
    for address in addresses[1:]:
        await serve(address, says(address), port)
    return addresses, port


@pytest.fixture
def cluster_ip(network):
    return str(network.services[9])


@pytest.fixture
def listening(proxy):
    """Answer how the service is served in one role: its frontends and their true ports."""

    def of_role(role="cluster", name="web"):
        served = proxy.listening_on("shop", name)
        return {frontend: port for frontend, port in served.items() if frontend.role == role}

    return of_role


@pytest.fixture
def opened(listening, make):
    async def wait(role="cluster", count=1):
        await make.eventually(lambda: len(listening(role)) == count)
        return listening(role)

    return wait


async def test_a_cluster_address_reaches_every_endpoint(api, proxy, three, cluster_ip, make, opened):
    addresses, port = three
    api.put("services", make.service(clusterIP=cluster_ip))
    api.put(SLICES, make.slice(addresses, port))
    await opened()
    answers = collections.Counter([await make.ask(cluster_ip, 8123) for _ in range(120)])
    assert set(answers) == set(addresses)
    assert min(answers.values()) > 15
    assert {host: n for (host, _), n in proxy.connections_by_endpoint.items()} == answers


async def test_no_endpoints_means_refused(api, cluster_ip, make, opened, three):
    addresses, port = three
    api.put("services", make.service(clusterIP=cluster_ip))
    api.put(SLICES, make.slice(addresses, port))
    await opened()
    api.remove(SLICES, f"shop/web-{'-'.join(addresses)}")
    await opened(count=0)
    with pytest.raises(ConnectionRefusedError):
        await make.ask(cluster_ip, 8123)
    api.put(SLICES, make.slice(addresses, port))
    await opened()
    assert await make.ask(cluster_ip, 8123) in addresses


async def test_a_connection_outlives_its_endpoint_and_its_service(api, cluster_ip, make, opened, serve):
    async def echo(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    port = await serve("127.0.0.1", echo)
    api.put("services", make.service(clusterIP=cluster_ip))
    api.put(SLICES, make.slice(["127.0.0.1"], port))
    await opened()
    reader, writer = await asyncio.open_connection(cluster_ip, 8123)
    writer.write(b"one")
    assert await reader.readexactly(3) == b"one"
    api.remove(SLICES, "shop/web-127.0.0.1")
    api.remove("services", "shop/web")
    await opened(count=0)
    writer.write(b"two")
    assert await reader.readexactly(3) == b"two"
    writer.close()


async def test_affinity_keeps_a_client_on_its_endpoint(api, cluster_ip, three, make, opened):
    addresses, port = three
    api.put("services", make.service(clusterIP=cluster_ip, sessionAffinity="ClientIP"))
    api.put(SLICES, make.slice(addresses, port))
    await opened()
    assert len({await make.ask(cluster_ip, 8123) for _ in range(10)}) == 1


async def test_a_node_port_is_served_on_every_node_that_lives(api, listening, three, network, make, opened):
    addresses, port = three
    first, second = network.node(0), network.node(1)
    api.put("nodes", make.node("lab-worker", first))
    api.put("services", make.service(type="NodePort", ports=[{"port": 8123, "nodePort": 30123}]))
    api.put(SLICES, make.slice(addresses, port))
    await opened("node")
    api.put("nodes", make.node("lab-worker2", second))
    await opened("node", count=2)
    assert {await make.ask(first, 30123), await make.ask(second, 30123)} <= set(addresses)
    api.put("nodes", make.node("lab-worker2", second, ready="Unknown"))
    await opened("node", count=1)
    assert {frontend.host for frontend in listening("node")} == {first}


async def test_named_ports_go_to_their_own_target(api, cluster_ip, serve, says, make, opened):
    one, two = await serve("127.0.0.1", says("one")), await serve("127.0.0.1", says("two"))
    ports = [{"name": "a", "port": 8123}, {"name": "b", "port": 8124}]
    api.put("services", make.service(clusterIP=cluster_ip, ports=ports))
    slices = make.slice(["127.0.0.1"], one, port_name="a")
    slices["ports"].append({"name": "b", "port": two, "protocol": "TCP"})
    api.put(SLICES, slices)
    await opened(count=2)
    assert [await make.ask(cluster_ip, 8123), await make.ask(cluster_ip, 8124)] == ["one", "two"]


async def test_a_load_balancer_gets_an_address_and_shows_it(api, three, network, make, opened):
    addresses, port = three
    api.put("services", make.service(type="LoadBalancer"))
    api.put(SLICES, make.slice(addresses, port))
    await opened("load balancer")
    address = f"127.{network.octet}.192.1"
    shown = api.load_balancer("web")
    assert shown == {"ingress": [{"ip": address, "ipMode": "VIP"}]}
    assert await make.ask(address, 8123) in addresses
    assert [reason for reason, _ in api.events()] == ["EnsuringLoadBalancer", "EnsuredLoadBalancer"]


async def test_two_load_balancers_have_two_addresses_and_one_is_given_back(api, listening, network, make):
    def shown(name):
        ingress = api.load_balancer(name).get("ingress") or [{}]
        return ingress[0].get("ip")

    api.put("services", make.service("web", type="LoadBalancer"))
    api.put("services", make.service("cart", type="LoadBalancer"))
    first, second = f"127.{network.octet}.192.1", f"127.{network.octet}.192.2"
    await make.eventually(lambda: (shown("web"), shown("cart")) == (first, second))
    api.put("services", {**api.service("web"), "spec": make.service()["spec"]})
    await make.eventually(lambda: shown("web") is None)
    api.put("services", make.service("desk", type="LoadBalancer"))
    await make.eventually(lambda: shown("desk") == first)
    assert listening("load balancer", "desk") == {}


async def test_after_a_restart_each_load_balancer_has_its_old_address(api, network, make, start):
    second = f"127.{network.octet}.192.2"
    held = make.service("cart", type="LoadBalancer")
    held["status"] = {"loadBalancer": {"ingress": [{"ip": f"127.{network.octet}.192.1", "ipMode": "VIP"}]}}
    api.put("services", make.service("web", type="LoadBalancer"))
    api.put("services", held)
    start()

    def shown():
        ingress = api.load_balancer("web").get("ingress") or [{}]
        return ingress[0].get("ip")

    await make.eventually(lambda: shown() == second)


async def test_a_refused_port_moves_and_says_so(api, three, network, make, opened, monkeypatch):
    bound = listeners._bound

    def refuse_low_ports(frontend, port):
        if port < 1024:
            raise PermissionError(13, "Permission denied")
        return bound(frontend, port)

    monkeypatch.setattr(listeners, "_bound", refuse_low_ports)
    addresses, port = three
    cluster_ip = str(network.services[9])
    api.put("services", make.service(type="LoadBalancer", clusterIP=cluster_ip, ports=[{"port": 80}]))
    api.put(SLICES, make.slice(addresses, port))
    served = await opened("load balancer")
    address = f"127.{network.octet}.192.1"
    shown = api.load_balancer("web")["ingress"]
    assert shown == [{"hostname": f"{address}:8080"}]
    assert list(served.values()) == [8080]
    assert await make.ask(address, 8080) in addresses
    moved = f"{cluster_ip}:80 on port 8080, {address}:80 on port 8080"
    told = f"Served elsewhere: {moved}, because this user may not open ports below 1024."
    warning = ("PortNotAvailable", told)
    assert api.events().count(warning) == 1


async def test_a_port_that_another_program_took_meanwhile_moves(api, listening, three, network, make, opened):
    addresses, port = three
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((f"127.{network.octet}.192.1", 8123))
        api.put("services", make.service(type="LoadBalancer"))
        await make.eventually(api.events)
        other.listen()
        api.put(SLICES, make.slice(addresses, port))
        await opened("load balancer")
        assert list(listening("load balancer").values()) == [16123]
        assert await make.ask(f"127.{network.octet}.192.1", 16123) in addresses
    shown = api.load_balancer("web")["ingress"]
    assert shown == [{"hostname": f"127.{network.octet}.192.1:16123"}]


async def test_a_busy_node_port_is_told_and_tried_again(api, listening, three, network, make, opened):
    addresses, port = three
    node, taken = network.node(0), 30080
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((node, taken))
        other.listen()
        api.put("nodes", make.node("lab-worker", node))
        api.put("services", make.service(type="NodePort", ports=[{"port": 80, "nodePort": taken}]))
        api.put(SLICES, make.slice(addresses, port))
        await make.eventually(api.events)
        told = f"Not served: {node}:{taken}, because another program already listens there."
        assert api.events() == [("PortNotAvailable", told)]
        assert listening("node") == {}
    api.put(SLICES, make.slice(addresses[:1], port))
    await opened("node")
    assert await make.ask(node, taken) in addresses


async def test_datagrams_are_answered_to_the_one_who_asked(api, cluster_ip, make, opened):
    loop = asyncio.get_running_loop()

    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            self.transport.sendto(data.upper(), addr)

    echo, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    port = echo.get_extra_info("sockname")[1]
    api.put("services", make.service(clusterIP=cluster_ip, ports=[{"port": 5353, "protocol": "UDP"}]))
    api.put(SLICES, make.slice(["127.0.0.1"], port, protocol="UDP"))
    await opened()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(3)]
        for index, client in enumerate(clients):
            client.setblocking(False)
            client.connect((cluster_ip, 5353))
            await loop.sock_sendall(client, f"ask {index}".encode())
        answers = [await asyncio.wait_for(loop.sock_recv(client, 100), 5) for client in clients]
    assert answers == [b"ASK 0", b"ASK 1", b"ASK 2"]
    echo.close()


async def test_nothing_is_left_when_it_ends(api, network, three, make, start):
    addresses, port = three
    proxy, running = start()
    address = str(network.services[9])
    api.put("services", make.service(clusterIP=address))
    api.put(SLICES, make.slice(addresses, port))
    await make.eventually(lambda: proxy.listening_on("shop", "web"))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    with pytest.raises(ConnectionRefusedError):
        await make.ask(address, 8123)
