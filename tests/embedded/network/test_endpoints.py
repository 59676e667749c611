from kubetutor.embedded.network.endpoints import usable_endpoints


def usable(*slices, name="", protocol="TCP"):
    return [host for host, _ in usable_endpoints(slices, name, protocol)]


def test_ready_endpoints_are_used(make):
    assert usable(make.slice(["127.9.1.2", "127.9.1.1"], 80)) == ["127.9.1.1", "127.9.1.2"]


def test_endpoints_that_are_not_ready_are_not_used(make):
    assert usable(make.slice(["127.9.1.1"], 80, ready=False, serving=False)) == []


def test_unknown_readiness_counts_as_ready(make):
    assert usable(make.slice(["127.9.1.1"], 80, ready=None)) == ["127.9.1.1"]


def test_an_endpoint_that_ends_but_serves_is_the_last_resort(make):
    ending = make.slice(["127.9.1.1"], 80, ready=False, serving=True, terminating=True)
    ready = make.slice(["127.9.1.2"], 80)
    assert usable(ending) == ["127.9.1.1"]
    assert usable(ending, ready) == ["127.9.1.2"]


def test_an_endpoint_in_two_slices_counts_once(make):
    assert usable(make.slice(["127.9.1.1"], 80), make.slice(["127.9.1.1"], 80)) == ["127.9.1.1"]


def test_ports_are_matched_by_name_and_protocol(make):
    slices = (make.slice(["127.9.1.1"], 80, port_name="http"), make.slice(["127.9.1.2"], 53, protocol="UDP"))
    assert usable_endpoints(slices, "http", "TCP") == (("127.9.1.1", 80),)
    assert usable_endpoints(slices, "", "UDP") == (("127.9.1.2", 53),)
    assert usable_endpoints(slices, "", "TCP") == ()
