"""Roles that gather, secrets that hold tokens, requests for certificates: what is to be done, decided purely."""

import base64

import pytest

from kubetutor.embedded.controllers.account_tokens import Plan, plan_secret
from kubetutor.embedded.controllers.certificate_signing import complaint, is_to_be_signed
from kubetutor.embedded.controllers.role_aggregation import plan_rules, wrote_the_rules


def role(name, *rules, labels=None, **more):
    return {"metadata": {"name": name, "labels": labels or {}}, "rules": list(rules), **more}


GATHERING = {"clusterRoleSelectors": [{"matchLabels": {"for": "clerks"}}, {"matchLabels": {"for": "all"}}]}


def test_a_role_gathers_in_the_order_of_names_and_each_rule_once():
    whole = role("whole", "old", aggregationRule=GATHERING, labels={"for": "all"})
    others = [
        role("b", "two", "one", labels={"for": "clerks"}),
        role("a", "one", labels={"for": "all"}),
        role("c", "three", labels={"for": "nobody"}),
        whole,
    ]
    assert plan_rules(whole, others) == ["one", "two"]


def test_rules_are_ours_until_somebody_else_writes_them():
    def entry(manager):
        return {"manager": manager, "fieldsV1": {"f:rules": {}}}

    assert wrote_the_rules({"metadata": {"managedFields": [entry("kube-controller-manager")]}})
    assert not wrote_the_rules({"metadata": {"managedFields": [entry("kubectl")]}})
    assert not wrote_the_rules({"metadata": {}})


ACCOUNT = {"metadata": {"name": "jane", "namespace": "shop", "uid": "7"}}


def secret(data=None, uid=""):
    annotations = {"kubernetes.io/service-account.name": "jane"}
    annotations |= {"kubernetes.io/service-account.uid": uid} if uid else {}
    return {"metadata": {"name": "t", "namespace": "shop", "annotations": annotations}, "data": data or {}}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def test_a_new_secret_gets_everything():
    plan = plan_secret(secret(), ACCOUNT, "CA")
    assert (plan.delete, plan.uid, plan.token) == (False, "7", True)
    assert dict(plan.data) == {"ca.crt": encoded("CA"), "namespace": encoded("shop")}


def test_a_full_secret_is_left_alone():
    data = {"ca.crt": encoded("CA"), "namespace": encoded("shop"), "token": encoded("T")}
    assert plan_secret(secret(data, uid="7"), ACCOUNT, "CA") == Plan()


@pytest.mark.parametrize("account", [None, {**ACCOUNT, "metadata": {**ACCOUNT["metadata"], "uid": "8"}}])
def test_a_secret_goes_with_its_account(account):
    assert plan_secret(secret(uid="7"), account, "CA").delete


def request(*conditions, signer="kubernetes.io/kube-apiserver-client", **status):
    status["conditions"] = [{"type": each, "status": "True"} for each in conditions]
    return {"spec": {"signerName": signer}, "status": status}


def test_what_is_signed():
    assert is_to_be_signed(request("Approved"))
    assert not is_to_be_signed(request())
    assert not is_to_be_signed(request("Denied"))
    assert not is_to_be_signed(request("Approved", "Failed"))
    assert not is_to_be_signed(request("Approved", certificate="x"))
    assert not is_to_be_signed(request("Approved", signer="shop.example/till"))


def test_what_a_certificate_of_a_client_is_for():
    assert complaint(["client auth", "digital signature", "key encipherment"]) == ""
    assert complaint(["client auth", "server auth"]) == "invalid usage for client certificate: server auth"
    assert complaint(["digital signature"]) == "missing required usage for client certificate: client auth"
