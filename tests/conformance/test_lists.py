"""Lists: pages, versions, and what makes no sense together."""

import pytest

from .bodies import config_map


@pytest.fixture
def shelves(api):
    """Five config maps with a label, besides the one that every namespace has."""
    for number in range(5):
        api.made("configmaps", config_map(f"shelf-{number}", labels={"app": "shop"}))
    return api


def refused(answer):
    code, reason, message = answer.refusal
    return code, reason, message.removeprefix('ListOptions.meta.k8s.io "" is invalid: ')


def test_a_page_says_how_many_remain_and_where_the_next_begins(shelves):
    first = shelves("GET", "configmaps", limit=2)
    assert first.names == ["kube-root-ca.crt", "shelf-0"]
    assert first.object["metadata"]["remainingItemCount"] == 4
    token = first.object["metadata"]["continue"]
    second = shelves("GET", "configmaps", limit=2, **{"continue": token})
    assert second.names == ["shelf-1", "shelf-2"]
    last = shelves("GET", "configmaps", limit=2, **{"continue": second.object["metadata"]["continue"]})
    assert last.names == ["shelf-3", "shelf-4"]
    assert last.object["metadata"].keys() == {"resourceVersion"}


def test_a_page_of_a_selection_does_not_say_how_many_remain(shelves):
    metadata = shelves.read("configmaps", limit=2, labelSelector="app=shop")["metadata"]
    assert metadata.keys() == {"resourceVersion", "continue"}


def test_later_pages_show_what_was_there_at_the_first(shelves):
    first = shelves.read("configmaps", limit=2)["metadata"]
    shelves("DELETE", "configmaps/shelf-3")
    shelves.made("configmaps", config_map("shelf-9"))
    rest = shelves("GET", "configmaps", **{"continue": first["continue"]})
    assert rest.names == ["shelf-1", "shelf-2", "shelf-3", "shelf-4"]
    assert rest.object["metadata"]["resourceVersion"] == first["resourceVersion"]


def test_a_page_from_the_cache_is_the_whole_list(shelves):
    assert len(shelves("GET", "configmaps", limit=2, resourceVersion="0").names) == 6


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("!!!", "illegal base64 data at input byte 0"),
        ("Zm9v", "invalid character 'o' in literal false (expecting 'a')"),
        ("eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ", "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"),
        ("eyJ2IjoibWV0YS5rOHMuaW8vdjIiLCJydiI6MSwic3RhcnQiOiJhIn0", "server does not recognize this encoded version meta.k8s.io/v2"),
    ],
)  # fmt: skip
def test_a_token_that_is_garbage_is_refused(api, token, why):
    answer = api("GET", "configmaps", limit=2, **{"continue": token})
    assert answer.refusal == (
        400,
        "BadRequest",
        f"invalid continue token: continue key is not valid: {why}",
    )


def test_a_token_with_another_version_is_refused(shelves):
    token = shelves.read("configmaps", limit=2)["metadata"]["continue"]
    answer = shelves("GET", "configmaps", resourceVersion="5", **{"continue": token})
    assert refused(answer) == (
        400,
        "BadRequest",
        "specifying resource version is not allowed when using continue",
    )


def test_a_list_at_an_exact_version_shows_what_was_then(shelves):
    then = shelves.read("configmaps")["metadata"]["resourceVersion"]
    shelves("DELETE", "configmaps/shelf-0")
    shelves.patched("configmaps/shelf-1", {"data": {"color": "red"}})
    found = shelves("GET", "configmaps", resourceVersion=then, resourceVersionMatch="Exact")
    assert found.names == ["kube-root-ca.crt", *[f"shelf-{number}" for number in range(5)]]
    assert {item["data"]["color"] for item in found.object["items"][1:]} == {"blue"}
    assert found.object["metadata"]["resourceVersion"] == then


def test_a_list_not_older_than_a_version_shows_what_is_now(shelves):
    then = shelves.read("configmaps")["metadata"]["resourceVersion"]
    shelves("DELETE", "configmaps/shelf-0")
    found = shelves("GET", "configmaps", resourceVersion=then, resourceVersionMatch="NotOlderThan")
    assert "shelf-0" not in found.names


def test_the_first_version_is_too_old_for_an_exact_list(api):
    answer = api("GET", "configmaps", resourceVersion="1", resourceVersionMatch="Exact")
    assert answer.refusal == (410, "Expired", "The resourceVersion for the provided list is too old.")


def test_a_version_that_is_still_to_come_is_too_large(api):
    api.made("configmaps", config_map())
    for path in ("configmaps", "configmaps/settings"):
        answer = api("GET", path, resourceVersion="999999999")
        code, reason, message = answer.refusal
        assert (code, reason) == (504, "Timeout")
        assert message.startswith("Timeout: Too large resource version: 999999999, current: ")
        details = answer.object["details"]
        assert details["causes"] == [
            {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        ]
        assert details["retryAfterSeconds"] == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            {"resourceVersionMatch": "Exact"},
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            {"resourceVersionMatch": "Exact", "resourceVersion": "0"},
            'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
        (
            {"resourceVersionMatch": "Newest", "resourceVersion": "1"},
            'resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""',
        ),
        (
            {"resourceVersionMatch": "Exact", "continue": "abc"},
            ("[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, "
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided]"),
        ),
        ({"sendInitialEvents": "true"}, "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_together_are_refused(api, options, why):
    assert refused(api("GET", "configmaps", **options)) == (422, "Invalid", why)


def test_a_limit_must_be_a_number(api):
    answer = api("GET", "configmaps", limit="many")
    assert answer.refusal == (400, "BadRequest", 'strconv.ParseInt: parsing "many": invalid syntax')
