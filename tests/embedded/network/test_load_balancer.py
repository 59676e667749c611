from kubetutor.embedded.network.addresses import ClusterNetwork
from kubetutor.embedded.network.frontends import Frontend
from kubetutor.embedded.network.load_balancer import choose_address, ingress_of, wants_address

RANGE = ClusterNetwork(70).load_balancers
HTTP = Frontend("load balancer", "TCP", "127.70.192.1", 80, "http")
HTTPS = Frontend("load balancer", "TCP", "127.70.192.1", 443, "https")


def shown(service, *ingress):
    return {**service, "status": {"loadBalancer": {"ingress": list(ingress)}}}


def test_the_first_free_address_is_given(make):
    web = make.service(type="LoadBalancer")
    assert choose_address(web, RANGE, set()) == "127.70.192.1"
    assert choose_address(web, RANGE, {"127.70.192.1"}) == "127.70.192.2"


def test_an_address_is_kept(make):
    web = make.service(type="LoadBalancer")
    assert choose_address(shown(web, {"ip": "127.70.200.7"}), RANGE, set()) == "127.70.200.7"
    assert choose_address(shown(web, {"hostname": "127.70.200.7:8080"}), RANGE, set()) == "127.70.200.7"


def test_an_address_of_another_network_is_not_kept(make):
    web = make.service(type="LoadBalancer")
    for strange in ("10.0.0.1", "127.70.128.1", "example.com", ""):
        assert choose_address(shown(web, {"ip": strange}), RANGE, set()) == "127.70.192.1"


def test_a_wished_for_address_is_given_if_free(make):
    web = make.service(type="LoadBalancer", loadBalancerIP="127.70.193.9")
    assert choose_address(web, RANGE, set()) == "127.70.193.9"
    assert choose_address(web, RANGE, {"127.70.193.9"}) == "127.70.192.1"


def test_the_status_shows_the_address_as_upstream_does():
    assert ingress_of("127.70.192.1", {HTTP: 80}) == [{"ip": "127.70.192.1", "ipMode": "VIP"}]


def test_the_status_shows_the_true_port_when_it_is_another():
    assert ingress_of("127.70.192.1", {HTTP: 8080}) == [{"hostname": "127.70.192.1:8080"}]
    assert ingress_of("127.70.192.1", {HTTP: 8080, HTTPS: 443}) == [
        {"ip": "127.70.192.1", "ipMode": "VIP"},
        {"hostname": "127.70.192.1:8080"},
    ]


def test_a_service_of_another_class_is_left_to_others(make):
    assert wants_address(make.service(type="LoadBalancer"))
    assert not wants_address(make.service(type="LoadBalancer", loadBalancerClass="example.com/theirs"))
    assert not wants_address(make.service(type="NodePort"))
