"""Watches, as a client sees them: what comes first, what comes after, and in which form."""

import pytest

from kubetutor.api.kinds import KINDS
from tests.embedded import manifests

CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
INITIAL = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"


def add(server, name, **labels):
    body = {"metadata": {"name": name, "labels": labels}}
    return server.client.create("configmaps", body, namespace="shop")


def label(server, name, **labels):
    body = {"metadata": {"labels": labels}}
    return server.client.patch("configmaps", name, body, namespace="shop")


def seen(line):
    return line["type"], line["object"]["metadata"]["name"]


async def test_what_there_is_comes_first_and_changes_follow(server):
    add(server, "prices")
    async with server.watch(f"{CONFIG_MAPS}?watch=true") as following:
        assert seen(await following()) == ("ADDED", "prices")
        label(server, "prices", tier="gold")
        assert seen(await following()) == ("MODIFIED", "prices")
        server.client.delete("configmaps", "prices", namespace="shop")
        assert seen(await following()) == ("DELETED", "prices")


async def test_a_watch_goes_on_where_a_list_ended(server):
    version = (await server.ask("GET", CONFIG_MAPS)).body["metadata"]["resourceVersion"]
    add(server, "prices")
    async with server.watch(f"{CONFIG_MAPS}?watch=1&resourceVersion={version}") as following:
        assert seen(await following()) == ("ADDED", "prices")


async def test_a_watch_from_a_later_version_shows_nothing_older(server):
    later = server.registry.store.revision + 2
    async with server.watch(f"{CONFIG_MAPS}?watch=1&resourceVersion={later}") as following:
        for name in ("first", "second", "third"):
            add(server, name)
        assert seen(await following()) == ("ADDED", "third")


async def test_other_namespaces_are_not_shown(server):
    async with server.watch(f"{CONFIG_MAPS}?watch=true") as following:
        server.client.create("configmaps", {"metadata": {"name": "theirs"}}, namespace="default")
        add(server, "ours")
        assert seen(await following()) == ("ADDED", "ours")


async def test_an_object_that_ceases_to_match_is_shown_as_it_was_and_deleted(server):
    add(server, "prices", tier="gold")
    async with server.watch(f"{CONFIG_MAPS}?watch=true&labelSelector=tier=gold") as following:
        assert seen(await following()) == ("ADDED", "prices")
        changed = label(server, "prices", tier="silver")
        line = await following()
        assert seen(line) == ("DELETED", "prices")
        assert line["object"]["metadata"]["labels"] == {"tier": "gold"}
        assert line["object"]["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"]
        label(server, "prices", tier="gold")
        assert seen(await following()) == ("ADDED", "prices")


async def test_a_watch_with_a_field_selector_shows_one_object(server):
    async with server.watch(f"{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name=one") as following:
        add(server, "other")
        add(server, "one")
        assert seen(await following()) == ("ADDED", "one")


async def test_a_bookmark_ends_the_initial_events(server):
    add(server, "prices")
    async with server.watch(f"{CONFIG_MAPS}?watch=true{INITIAL}") as following:
        assert seen(await following()) == ("ADDED", "prices")
        line = await following()
        metadata = line["object"]["metadata"]
        assert (line["type"], line["object"]["kind"]) == ("BOOKMARK", "ConfigMap")
        assert metadata["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert metadata["resourceVersion"] == str(server.registry.store.revision)


async def test_a_bookmark_has_the_form_of_the_watch(server):
    async with server.watch(f"{CONFIG_MAPS}?watch=true{INITIAL}", accept=PARTIAL) as following:
        assert (await following())["object"]["kind"] == "PartialObjectMetadata"
    events = f"/apis/events.k8s.io/v1/events?watch=true{INITIAL}"
    async with server.watch(events) as following:
        assert (await following())["object"]["apiVersion"] == "events.k8s.io/v1"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "watch" in kind.verbs], ids=lambda k: k.resource)
async def test_every_kind_has_bookmarks_in_tables(server, kind):
    root = f"/apis/{kind.api_version}" if kind.group else "/api/v1"
    url = f"{root}/{kind.plural}?watch=true{INITIAL}&fieldSelector=metadata.name=none"
    async with server.watch(url, accept=TABLE) as following:
        line = await following()
        assert (line["type"], line["object"]["kind"]) == ("BOOKMARK", "Table")


async def test_only_the_first_table_names_its_columns(server):
    async with server.watch("/api/v1/namespaces/shop/pods?watch=true", accept=TABLE) as following:
        for name in ("web-1", "web-2"):
            server.client.create("pods", manifests.pod(name, namespace="shop"))
        first, second = await following(), await following()
        assert first["object"]["columnDefinitions"][0]["name"] == "Name"
        assert not second["object"].get("columnDefinitions")
        assert second["object"]["rows"][0]["cells"][0] == "web-2"


async def test_a_version_that_is_too_old_is_gone(server):
    for _ in range(1100):
        label(server, add(server, "again")["metadata"]["name"], tier="gold")
        server.client.delete("configmaps", "again", namespace="shop")
    async with server.watch(f"{CONFIG_MAPS}?watch=true&resourceVersion=100") as following:
        event = await following()
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("sendInitialEvents=true", 422),
        ("resourceVersionMatch=NotOlderThan", 422),
        ("labelSelector=a+b", 400),
        ("fieldSelector=data.colour=red", 400),
        ("resourceVersion=new", 400),
    ],
)
async def test_a_watch_that_makes_no_sense_is_refused(server, query, code):
    assert (await server.ask("GET", f"{CONFIG_MAPS}?watch=true&{query}")).code == code


async def test_a_watch_ends_after_its_timeout(server):
    answer = await server.ask("GET", f"{CONFIG_MAPS}?watch=true&timeoutSeconds=-1")
    assert (answer.code, answer.text) == (200, "")
