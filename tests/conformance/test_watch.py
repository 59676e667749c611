"""Watches: where they begin, what they show, how they end."""

import time
from itertools import takewhile

import pytest

from .bodies import config_map, deployment

LAST = {"fieldSelector": "metadata.name!=kube-root-ca.crt"}  # every namespace has that one


def story(events):
    """What happened, to what, as far as the watch told."""
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


def until(events, name):
    """The events before the one about this object."""
    return list(takewhile(lambda event: event["object"]["metadata"].get("name") != name, events))


def version(api):
    return api.read("configmaps")["metadata"]["resourceVersion"]


def end(api):
    """Something that happens last, so that a test knows that nothing else is to come."""
    api.made("configmaps", config_map("end"))


def test_a_watch_without_a_version_begins_with_what_is_there(api):
    api.made("configmaps", config_map())
    with api.watching("configmaps", **LAST) as events:
        end(api)
        assert story(until(events, "end")) == [("ADDED", "settings")]


def test_a_watch_from_a_version_shows_every_change_since(api):
    since = version(api)
    api.made("configmaps", config_map())
    api.patched("configmaps/settings", {"data": {"color": "red"}})
    api("DELETE", "configmaps/settings")
    end(api)
    with api.watching("configmaps", resourceVersion=since) as events:
        seen = until(events, "end")
    assert story(seen) == [("ADDED", "settings"), ("MODIFIED", "settings"), ("DELETED", "settings")]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
    assert versions == sorted(set(versions))
    assert versions[0] > int(since)


def test_what_begins_to_match_is_added_and_what_ceases_to_is_deleted(api):
    since = version(api)
    api.made("configmaps", config_map(labels={"app": "shop"}))
    api.patched("configmaps/settings", {"metadata": {"labels": {"app": "bank"}}})
    api.patched("configmaps/settings", {"metadata": {"labels": {"app": "shop"}}})
    api.made("configmaps", config_map("end", labels={"app": "shop"}))
    with api.watching("configmaps", resourceVersion=since, labelSelector="app=shop") as events:
        seen = until(events, "end")
    assert story(seen) == [("ADDED", "settings"), ("DELETED", "settings"), ("ADDED", "settings")]
    assert seen[1]["object"]["metadata"]["labels"] == {"app": "shop"}


def test_a_watch_of_one_name_shows_no_other(api):
    since = version(api)
    api.made("configmaps", config_map("other"))
    api.made("configmaps", config_map())
    with api.watching("configmaps", resourceVersion=since, fieldSelector="metadata.name=settings") as events:
        assert story([next(events)]) == [("ADDED", "settings")]


def test_a_watch_of_one_object_by_its_path_is_a_get(api):
    api.made("configmaps", config_map())
    assert api.read("configmaps/settings", watch="1", timeoutSeconds="1") == api.read("configmaps/settings")


def test_a_watch_list_ends_its_beginning_with_a_bookmark(api):
    api.made("configmaps", config_map())
    options = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    with api.watching("configmaps", **options) as events:
        seen = [next(events) for _ in range(3)]
    assert [event["type"] for event in seen] == ["ADDED", "ADDED", "BOOKMARK"]
    bookmark = seen[-1]["object"]
    assert (bookmark["kind"], bookmark["apiVersion"]) == ("ConfigMap", "v1")
    assert bookmark["metadata"].keys() == {"resourceVersion", "annotations"}
    assert bookmark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_list_at_version_0_has_its_bookmark_too(api):
    options = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    with api.watching("configmaps", resourceVersion="0", **options) as events:
        assert [next(events)["type"] for _ in range(2)] == ["ADDED", "BOOKMARK"]


def test_a_watch_that_wants_no_beginning_gets_none(api):
    options = {"sendInitialEvents": "false", "resourceVersionMatch": "NotOlderThan"}
    with api.watching("configmaps", **options) as events:
        end(api)
        assert until(events, "end") == []


def test_a_watch_ends_after_its_seconds(api):
    began = time.monotonic()
    with api.watching("configmaps", timeoutSeconds="1") as events:
        assert story(events) == [("ADDED", "kube-root-ca.crt")]
    assert 0.9 < time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("wanted", "code", "reason", "message"),
    [("1", 410, "Expired", "too old resource version: 1 ("), ("999999999", 504, "Timeout", "Timeout: Too large")],
)  # fmt: skip
def test_a_version_that_cannot_be_watched_from_is_an_event(api, wanted, code, reason, message):
    options = {"resourceVersion": wanted}
    if code == 504:
        options |= {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    with api.watching("configmaps", **options) as events:
        event = next(events)
    status = event["object"]
    assert (event["type"], status["kind"], status["code"], status["reason"]) == (
        "ERROR",
        "Status",
        code,
        reason,
    )
    assert status["message"].startswith(message)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            {"sendInitialEvents": "true"},
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            {"resourceVersionMatch": "NotOlderThan", "resourceVersion": "0"},
            ("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents "
            "is provided"),
        ),
        (
            {"sendInitialEvents": "true", "resourceVersionMatch": "Exact"},
            ("[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to "
            'NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]'),
        ),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_together_are_refused(api, options, why):
    answer = api("GET", "configmaps", watch="1", timeoutSeconds="1", **options)
    assert answer.refusal == (422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {why}')


def test_a_watch_over_all_namespaces_sees_this_one(api):
    since = version(api)
    api.made("configmaps", config_map("of-the-shop"))
    with api.watching("/api/v1/configmaps", resourceVersion=since) as events:
        for event in events:
            metadata = event["object"]["metadata"]
            if metadata.get("name") == "of-the-shop":
                assert metadata["namespace"] == api.namespace
                break
        else:
            pytest.fail("the watch ended before it told of the config map")


def test_a_watch_may_ask_for_metadata_alone(api):
    since = version(api)
    api.made("configmaps", config_map())
    accept = {"Accept": "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}
    with api.watching("configmaps", resourceVersion=since, headers=accept) as events:
        shown = next(events)["object"]
    assert (shown["kind"], shown["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert shown["metadata"]["name"] == "settings"
    assert "data" not in shown


def test_a_watch_of_tables_names_its_columns_once(api):
    since = version(api)
    api.made("configmaps", config_map())
    api.made("configmaps", config_map("second"))
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    with api.watching("configmaps", resourceVersion=since, headers=accept) as events:
        first, second = (next(events)["object"] for _ in range(2))
    assert [column["name"] for column in first["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert second["columnDefinitions"] is None
    assert [table["rows"][0]["cells"][0] for table in (first, second)] == ["settings", "second"]


def test_the_deployment_controller_is_seen_at_work(api):
    made = api.made("deployments", deployment())
    options = {
        "resourceVersion": made["metadata"]["resourceVersion"],
        "fieldSelector": "metadata.name=web-app",
    }
    with api.watching("deployments", **options) as events:
        assert any(event["object"]["status"].get("observedGeneration") == 1 for event in events)
