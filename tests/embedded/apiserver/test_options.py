"""Query parameters are read as upstream reads them, and refused when they make no sense."""

import pytest

from kubetutor.embedded.apiserver.options import delete_options, list_options, write_options
from kubetutor.errors import ApiError


def test_the_manager_is_named_or_taken_from_the_user_agent():
    assert write_options({"fieldManager": "me"}, "kubectl/v1").manager == "me"
    assert write_options({}, "kubectl/v1.37 (linux)").manager == "kubectl"


@pytest.mark.parametrize("query", [{"dryRun": "Some"}, {"fieldValidation": "Maybe"}])
def test_unknown_words_are_refused(query):
    with pytest.raises(ApiError) as error:
        write_options(query, "")
    assert error.value.code == 422


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "many"},
        {"timeoutSeconds": "1e3"},
        {"resourceVersion": "abc"},
        {"limit": "9" * 30},
        {"limit": "\u0663"},
    ],
)
def test_numbers_must_be_numbers(query):
    with pytest.raises(ApiError) as error:
        list_options(query)
    assert error.value.code == 400


def test_a_delete_is_read_from_its_body_or_its_query():
    body = {"gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "propagationPolicy": "Foreground"}
    options = delete_options(body, {})
    assert (options.grace_period, options.uid, options.policy) == (0, "u", "Foreground")
    assert delete_options(None, {"gracePeriodSeconds": "5"}).grace_period == 5
    assert delete_options({"orphanDependents": True}, {}).policy == "Orphan"


@pytest.mark.parametrize(
    "body", [{"gracePeriodSeconds": "soon"}, {"preconditions": 3}, {"propagationPolicy": "Maybe"}]
)
def test_a_bad_delete_is_refused(body):
    with pytest.raises(ApiError):
        delete_options(body, {})
