"""Queries that no client would send. None may crash the server or be answered with anything but a `Status`."""

import pytest

pytestmark = pytest.mark.fuzz

PODS = "/api/v1/namespaces/default/pods"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"generateName": "odd-"},
    "data": {"a": "b"},
}


@pytest.mark.parametrize(
    "query",
    [
        "limit=abc",
        "limit=-1",
        "limit=99999999999999999999",
        "continue=abc",
        "continue=%00",
        "limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiXHUwMDAwIn0",
        "labelSelector=((",
        "labelSelector=a in (",
        "labelSelector=%00",
        "labelSelector=" + "a,b," * 2000,
        "fieldSelector=nothing",
        "fieldSelector=spec.nothing=1",
        "fieldSelector=metadata.name=%00",
        "resourceVersion=-1&resourceVersionMatch=Exact",
        "resourceVersion=99999999999999999999",
        "resourceVersionMatch=Maybe",
        "resourceVersion=1&resourceVersionMatch=Exact",
        "sendInitialEvents=true",
        "timeoutSeconds=abc",
        "pretty=maybe",
        "a=" + "b" * 6000,
        "=&&=&",
        "%%%",
    ],
    ids=lambda query: query[:40],
)
def test_odd_queries_of_a_list(api, answered, query):
    answered(api.request("GET", f"{PODS}?{query.replace(' ', '%20')}"))


@pytest.mark.parametrize(
    "query",
    [
        "watch=1&timeoutSeconds=1&resourceVersion=99999999999999",
        "watch=1&timeoutSeconds=1&resourceVersion=1",
        "watch=1&timeoutSeconds=-5",
        "watch=1&timeoutSeconds=1&sendInitialEvents=true",
        "watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=Exact",
        "watch=1&timeoutSeconds=1&limit=1&continue=x",
        "watch=maybe&timeoutSeconds=1",
    ],
)
def test_odd_watches(api, answered, query):
    answered(api.request("GET", f"{PODS}?{query}"))


@pytest.mark.parametrize(
    "query",
    [
        "dryRun=Some",
        "fieldManager=" + "x" * 200,
        "fieldManager=%00",
        "fieldValidation=Maybe",
        "dryRun=All&dryRun=x",
    ],
    ids=lambda query: query[:30],
)
def test_odd_queries_of_a_create(api, answered, query):
    assert answered(api.json("POST", f"{CONFIG_MAPS}?{query}", CONFIG_MAP)).code in {400, 422}
