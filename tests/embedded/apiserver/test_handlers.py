"""The verbs over HTTP: forms of answers, options, subresources."""

import json

import pytest

from tests.embedded import manifests

PODS = "/api/v1/namespaces/shop/pods"
CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
NEW_EVENTS = "/apis/events.k8s.io/v1/namespaces/shop/events"
OLD_EVENTS = "/api/v1/namespaces/shop/events"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


def config_map(name="prices", **metadata):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"apple": "3"},
    }


async def test_one_may_ask_for_metadata_alone(server):
    await server.ask("POST", CONFIG_MAPS, config_map())
    one = (await server.ask("GET", f"{CONFIG_MAPS}/prices", accept=PARTIAL)).body
    assert (one["kind"], one["metadata"]["name"], "data" in one) == ("PartialObjectMetadata", "prices", False)
    several = (await server.ask("GET", CONFIG_MAPS, accept=PARTIAL_LIST)).body
    assert several["kind"] == "PartialObjectMetadataList"
    assert [each["kind"] for each in several["items"]] == ["PartialObjectMetadata"]


@pytest.mark.parametrize(
    ("query", "agent", "indented"),
    [
        ("", "kubectl/v1.36", False),
        ("", "curl/8.5", True),
        ("?pretty=false", "curl/8.5", False),
        ("?pretty=true", "kubectl/v1.36", True),
        ("?pretty=T", "kubectl/v1.36", True),
        ("?pretty=yes", "kubectl/v1.36", False),
    ],
)
async def test_answers_are_indented_for_people(server, query, agent, indented):
    answer = await server.ask("GET", f"/api/v1/namespaces/shop{query}", user_agent=agent)
    assert ("\n" in answer.text) is indented


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT"])
async def test_what_a_collection_cannot_do_is_refused(server, method):
    answer = await server.ask(method, CONFIG_MAPS)
    assert (answer.code, answer.body["reason"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize(
    ("method", "kind"), [("POST", "CreateOptions"), ("PUT", "UpdateOptions"), ("DELETE", "DeleteOptions")]
)
async def test_an_unknown_dry_run_is_refused_by_the_options_own_name(server, method, kind):
    await server.ask("POST", CONFIG_MAPS, config_map())
    url = CONFIG_MAPS if method == "POST" else f"{CONFIG_MAPS}/prices"
    answer = await server.ask(method, f"{url}?dryRun=Some", None if method == "DELETE" else config_map())
    assert (answer.code, answer.body["details"]["kind"]) == (422, kind)


async def test_a_dry_run_in_the_body_of_a_deletion_counts(server):
    await server.ask("POST", CONFIG_MAPS, config_map())
    refused = await server.ask("DELETE", f"{CONFIG_MAPS}/prices", {"dryRun": ["Some"]})
    assert refused.code == 422
    odd = await server.ask("DELETE", f"{CONFIG_MAPS}/prices", {"dryRun": "All"})
    assert odd.code == 400
    assert (await server.ask("DELETE", f"{CONFIG_MAPS}/prices", {"dryRun": ["All"]})).code == 200
    assert (await server.ask("GET", f"{CONFIG_MAPS}/prices")).code == 200


async def test_a_dry_run_changes_nothing(server):
    before = server.registry.store.revision
    assert (await server.ask("POST", f"{CONFIG_MAPS}?dryRun=All", config_map())).code == 201
    assert (await server.ask("DELETE", f"{CONFIG_MAPS}?dryRun=All")).code == 200
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    answer = await server.ask("PUT", "/api/v1/namespaces/shop/finalize?dryRun=All", namespace)
    assert (answer.code, answer.body["spec"]) == (200, {})
    assert server.registry.store.revision == before


async def test_force_is_for_applying_only(server):
    await server.ask("POST", CONFIG_MAPS, config_map())
    answer = await server.ask("PATCH", f"{CONFIG_MAPS}/prices?force=true", {}, content_type=MERGE)
    assert (answer.code, answer.body["details"]["causes"][0]["field"]) == (422, "force")


async def test_a_collection_is_deleted_by_label(server):
    await server.ask("POST", CONFIG_MAPS, config_map("old", labels={"tier": "old"}))
    await server.ask("POST", CONFIG_MAPS, config_map("new"))
    answer = await server.ask("DELETE", f"{CONFIG_MAPS}?labelSelector=tier=old")
    assert (answer.body["kind"], [each["metadata"]["name"] for each in answer.body["items"]]) == (
        "ConfigMapList",
        ["old"],
    )
    names = [each["metadata"]["name"] for each in (await server.ask("GET", CONFIG_MAPS)).body["items"]]
    assert names == ["new"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("resourceVersionMatch=Exact", 422),
        ("resourceVersionMatch=Exact&resourceVersion=0", 422),
        ("resourceVersionMatch=Newest&resourceVersion=1", 422),
        ("sendInitialEvents=true", 422),
        ("resourceVersionMatch=Exact&resourceVersion=1", 410),
        ("resourceVersion=999999", 504),
        ("resourceVersionMatch=NotOlderThan&resourceVersion=1", 200),
        ("resourceVersion=0", 200),
        ("unknown=value", 200),
    ],
)
async def test_the_version_of_a_list_is_checked(server, query, code):
    assert (await server.ask("GET", f"{CONFIG_MAPS}?{query}")).code == code


async def test_an_exact_version_that_is_the_newest_is_answered(server):
    version = server.registry.store.revision
    url = f"{CONFIG_MAPS}?resourceVersionMatch=Exact&resourceVersion={version}"
    assert (await server.ask("GET", url)).code == 200


# ---- status and scale


async def test_a_status_leaves_the_spec_alone_and_takes_annotations(server):
    made = (await server.ask("POST", DEPLOYMENTS, manifests.deployment())).body
    made["metadata"].update(annotations={"seen": "yes"}, labels={"tier": "gold"})
    made["spec"]["replicas"] = 9
    made["status"] = {"replicas": 2}
    answer = (await server.ask("PUT", f"{DEPLOYMENTS}/web-app/status", made)).body
    assert (answer["spec"]["replicas"], answer["status"]["replicas"]) == (3, 2)
    assert (answer["metadata"]["annotations"], "labels" in answer["metadata"]) == ({"seen": "yes"}, False)
    assert answer["metadata"]["generation"] == 1


async def test_a_status_takes_no_malformed_labels(server):
    await server.ask("POST", PODS, manifests.pod("web", namespace="shop"))
    body = {"metadata": {"labels": {"a b": "c"}}}
    answer = await server.ask("PATCH", f"{PODS}/web/status", body, content_type=MERGE)
    assert (answer.code, answer.body["details"]["causes"][0]["field"]) == (422, "metadata.labels")


async def test_a_stale_status_is_a_conflict(server):
    made = (await server.ask("POST", DEPLOYMENTS, manifests.deployment())).body
    await server.ask("PATCH", f"{DEPLOYMENTS}/web-app", {"spec": {"replicas": 1}}, content_type=MERGE)
    assert (await server.ask("PUT", f"{DEPLOYMENTS}/web-app/status", made)).code == 409


async def test_applying_a_status_makes_no_object(server):
    body = json.dumps(config_map() | {"apiVersion": "apps/v1", "kind": "Deployment", "data": None}).encode()
    url = f"{DEPLOYMENTS}/prices/status?fieldManager=me"
    assert (await server.ask("PATCH", url, body, content_type=APPLY)).code == 404


async def test_a_deployment_is_scaled(server):
    await server.ask("POST", DEPLOYMENTS, manifests.deployment())
    scale = (await server.ask("GET", f"{DEPLOYMENTS}/web-app/scale")).body
    assert (scale["spec"]["replicas"], scale["status"]["selector"]) == (3, "app=web-app")
    scale["spec"]["replicas"] = 5
    assert (await server.ask("PUT", f"{DEPLOYMENTS}/web-app/scale", scale)).body["spec"]["replicas"] == 5
    assert (await server.ask("PUT", f"{DEPLOYMENTS}/web-app/scale", scale)).code == 409
    body = {"spec": {"replicas": 2}}
    url = f"{DEPLOYMENTS}/web-app/scale"
    assert (await server.ask("PATCH", f"{url}?dryRun=All", body, content_type=MERGE)).code == 200
    assert (await server.ask("GET", url)).body["spec"]["replicas"] == 5
    wrong = {"metadata": {"name": "other"}, "spec": {"replicas": 1}}
    assert (await server.ask("PUT", url, wrong)).code == 400


# ---- finalize, binding, eviction


async def test_finalize_checks_the_version(server):
    url = "/api/v1/namespaces/shop/finalize"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "resourceVersion": "1"}}
    assert (await server.ask("PUT", url, body)).code == 409
    del body["metadata"]["resourceVersion"]
    assert "finalizers" not in (await server.ask("PUT", url, body)).body["spec"]


async def test_a_gated_pod_is_not_bound(server):
    gated = manifests.pod("web", namespace="shop", schedulingGates=[{"name": "shop.example/paid"}])
    await server.ask("POST", PODS, gated)
    body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "web"}, "target": {"name": "worker"}}
    answer = await server.ask("POST", f"{PODS}/web/binding", body)
    assert answer.code == 409
    assert "pod web has non-empty .spec.schedulingGates" in answer.body["message"]


@pytest.mark.parametrize(("phase", "code"), [("Running", 429), ("Pending", 201), ("Failed", 201)])
async def test_a_budget_protects_pods_that_run(server, phase, code):
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": 1, "selector": {}}}
    server.client.create("poddisruptionbudgets.policy", budget, namespace="shop")
    await server.ask("POST", PODS, manifests.pod("web", namespace="shop"))
    server.client.patch("pods", "web", {"status": {"phase": phase}}, namespace="shop", subresource="status")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web"}}
    assert (await server.ask("POST", f"{PODS}/web/eviction", eviction)).code == code


# ---- the two forms of events


def event(name="web.1"):
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": name},
        "regarding": {"kind": "Pod", "namespace": "shop", "name": "web"},
        "note": "Created pod",
        "reason": "Created",
        "type": "Normal",
        "action": "Create",
        "eventTime": "2030-01-01T00:00:00.000000Z",
        "reportingController": "shop.example/maker",
        "reportingInstance": "maker-1",
    }


async def test_an_event_is_written_and_read_in_both_forms(server):
    made = (await server.ask("POST", NEW_EVENTS, event())).body
    assert (made["apiVersion"], made["note"]) == ("events.k8s.io/v1", "Created pod")
    old = (await server.ask("GET", f"{OLD_EVENTS}/web.1")).body
    assert (old["message"], old["involvedObject"]["name"]) == ("Created pod", "web")
    assert old["reportingComponent"] == "shop.example/maker"
    listed = (await server.ask("GET", NEW_EVENTS)).body
    assert (listed["apiVersion"], listed["items"][0]["regarding"]["name"]) == ("events.k8s.io/v1", "web")


async def test_an_event_is_patched_in_the_form_of_the_path(server):
    await server.ask("POST", NEW_EVENTS, event())
    patched = await server.ask("PATCH", f"{NEW_EVENTS}/web.1", {"note": "Changed"}, content_type=MERGE)
    assert (patched.code, patched.body["note"], "warning" in patched.headers) == (200, "Changed", False)
    assert (await server.ask("GET", f"{OLD_EVENTS}/web.1")).body["message"] == "Changed"


async def test_events_are_chosen_by_the_fields_of_their_form(server):
    await server.ask("POST", NEW_EVENTS, event())
    for url, field in ((NEW_EVENTS, "regarding.name"), (OLD_EVENTS, "involvedObject.name")):
        found = (await server.ask("GET", f"{url}?fieldSelector={field}=web")).body["items"]
        assert len(found) == 1
        assert (await server.ask("GET", f"{url}?fieldSelector={field}=other")).body["items"] == []


async def test_events_are_deleted_in_the_form_of_the_path(server):
    await server.ask("POST", NEW_EVENTS, event())
    answer = (await server.ask("DELETE", f"{NEW_EVENTS}?fieldSelector=reason=Created")).body
    assert (answer["apiVersion"], answer["items"][0]["note"]) == ("events.k8s.io/v1", "Created pod")
    await server.ask("POST", NEW_EVENTS, event())
    answer = (await server.ask("DELETE", f"{NEW_EVENTS}/web.1")).body
    assert answer["details"]["group"] == "events.k8s.io"
