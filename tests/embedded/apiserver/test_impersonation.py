"""Acting as somebody else: which ways are tried, and what each needs."""

import pytest
from starlette.requests import HTTPConnection

from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.impersonation import Impersonation
from kubetutor.embedded.apiserver.users import User
from kubetutor.errors import ApiError

JANE = User("jane", ("system:authenticated",))
LIST = Attributes("list", is_resource=True, resource="pods", namespace="shop")


class Rights:
    """Allows what is listed, each as `VERB RESOURCE NAME`, and notes what was asked."""

    def __init__(self, *allowed):
        self.allowed, self.asked = set(allowed), []

    def require(self, user, what):
        wanted = f"{what.verb} {what.full_resource} {what.name}".strip()
        self.asked.append(wanted)
        if wanted not in self.allowed:
            raise what.refusal(user.name)


def acting(rights, requestor=JANE, **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    connection = HTTPConnection({"type": "http", "headers": pairs})
    return Impersonation(rights).user(requestor, connection, LIST)


def test_without_headers_everybody_is_who_they_are():
    rights = Rights()
    assert acting(rights, accept="application/json") is JANE
    assert rights.asked == []


def test_the_constrained_way_is_tried_first():
    rights = Rights("impersonate-on:user-info:list pods", "impersonate:user-info users mary")
    assert acting(rights, impersonate_user="mary") == User("mary", ("system:authenticated",))
    assert rights.asked == ["impersonate-on:user-info:list pods", "impersonate:user-info users mary"]


def test_the_old_way_is_tried_last_and_the_first_refusal_told():
    rights = Rights()
    with pytest.raises(ApiError) as refused:
        acting(rights, impersonate_user="mary")
    assert rights.asked == ["impersonate-on:user-info:list pods", "impersonate users mary"]
    assert "impersonate-on:user-info:list" in refused.value.message


def test_the_way_that_held_is_tried_first_the_next_time():
    rights = Rights("impersonate users mary")
    impersonation = Impersonation(rights)
    connection = HTTPConnection({"type": "http", "headers": [(b"impersonate-user", b"mary")]})
    impersonation.user(JANE, connection, LIST)
    rights.asked.clear()
    impersonation.user(JANE, connection, LIST)
    assert rights.asked == ["impersonate users mary"]


def test_masters_are_for_the_old_way_alone():
    rights = Rights(
        "impersonate-on:user-info:list pods", "impersonate:user-info users mary",
        "impersonate:user-info groups system:masters", "impersonate users mary", "impersonate groups system:masters",
    )  # fmt: skip
    found = acting(rights, impersonate_user="mary", impersonate_group="system:masters")
    assert found.groups == ("system:masters", "system:authenticated")
    assert rights.asked[-1] == "impersonate groups system:masters"


def test_a_node_has_the_group_of_nodes_in_the_new_ways():
    rights = Rights("impersonate-on:arbitrary-node:list pods", "impersonate:arbitrary-node nodes worker")
    found = acting(rights, impersonate_user="system:node:worker")
    assert found.groups == ("system:nodes", "system:authenticated")


def test_a_pod_may_be_let_act_as_its_own_node():
    extra = {"authentication.kubernetes.io/node-name": ("worker",)}
    agent = User("system:serviceaccount:shop:agent", extra=extra)
    rights = Rights("impersonate-on:associated-node:list pods", "impersonate:associated-node nodes *")
    assert acting(rights, agent, impersonate_user="system:node:worker").name == "system:node:worker"
    with pytest.raises(ApiError):
        acting(rights, agent, impersonate_user="system:node:other")


@pytest.mark.parametrize(
    "headers", [{"impersonate_group": "a"}, {"impersonate_uid": "1"}, {"impersonate_extra_a": "1"}]
)
def test_whoever_is_acted_as_has_a_name(headers):
    with pytest.raises(ApiError) as refused:
        acting(Rights(), **headers)
    assert refused.value.code == 400
