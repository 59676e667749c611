"""What a client may send and ask for: JSON, YAML, tables, metadata alone, compressed answers."""

import gzip
import json

import pytest
import yaml

from .bodies import config_map

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
SETTINGS = "configmaps/settings"


@pytest.fixture
def settings(api):
    api.made("configmaps", config_map())
    return api


def accepting(api, accept, path=SETTINGS, **options):
    return api("GET", path, headers={"Accept": accept}, **options)


def test_an_object_may_be_sent_and_shown_as_yaml(api):
    answer = api(
        "POST",
        "configmaps",
        yaml.safe_dump(config_map()),
        content_type="application/yaml",
        headers={"Accept": "application/yaml"},
    )
    assert (answer.code, answer.headers["Content-Type"]) == (201, "application/yaml")
    assert yaml.safe_load(answer.body)["data"] == {"color": "blue"}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/xml, application/yaml", "application/yaml"),
        ("application/json;q=0.5, application/yaml", "application/yaml"),
    ],
)  # fmt: skip
def test_the_client_says_what_it_prefers(settings, accept, answered):
    answer = accepting(settings, accept)
    assert (answer.code, answer.headers["Content-Type"]) == (200, answered)


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "text/*"])
def test_what_cannot_be_shown_is_not_acceptable(settings, accept):
    code, reason, message = accepting(settings, accept).refusal
    assert (code, reason) == (406, "NotAcceptable")
    assert message.startswith(
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml"
    )


def test_an_object_cannot_become_anything(settings):
    code, reason, message = accepting(settings, "application/json;as=Shelf;v=v1;g=meta.k8s.io").refusal
    assert (code, reason) == (406, "NotAcceptable")
    assert message.startswith(
        "only the following media types are accepted: application/json, application/yaml"
    )


def test_an_object_cannot_become_a_list(settings):
    answer = accepting(settings, METADATA_LIST)
    assert answer.refusal == (
        406,
        "NotAcceptable",
        "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)",
    )


def test_a_form_that_is_unknown_is_passed_over_for_the_next(settings):
    answer = accepting(settings, "application/json;as=Shelf;v=v1;g=meta.k8s.io, application/json")
    assert (answer.code, answer.object["kind"]) == (200, "ConfigMap")


def test_a_body_of_another_content_type_is_not_supported(api):
    answer = api("POST", "configmaps", config_map(), content_type="text/plain")
    code, reason, message = answer.refusal
    assert (code, reason) == (415, "UnsupportedMediaType")
    assert message.startswith(
        "the body of the request was in an unknown format - accepted media types include: application/json, "
    )


def test_a_table_has_columns_and_rows_with_metadata(settings):
    table = accepting(settings, TABLE).object
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    (row,) = table["rows"]
    assert row["cells"][:2] == ["settings", 1]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert row["object"]["metadata"]["name"] == "settings"


def test_a_column_of_a_table_says_what_it_shows(settings):
    columns = accepting(settings, TABLE).object["columnDefinitions"]
    assert columns[0]["description"].startswith("Name must be unique within a namespace.")
    assert columns[1]["description"].startswith("Data contains the configuration data.")


@pytest.mark.parametrize(
    ("include", "kind"), [("None", None), ("Metadata", "PartialObjectMetadata"), ("Object", "ConfigMap")]
)
def test_a_row_has_as_much_of_its_object_as_was_asked_for(settings, include, kind):
    (row,) = accepting(settings, TABLE, includeObject=include).object["rows"]
    assert (row["object"] or {}).get("kind") == kind


def test_there_are_three_ways_to_include_an_object(settings):
    code, reason, message = accepting(settings, TABLE, includeObject="Some").refusal
    assert (code, reason) == (400, "BadRequest")
    assert message == (
        'Unable to convert to Table as requested: includeObject: Invalid value: "Some": '
        "must be 'Metadata', 'Object', 'None', or empty"
    )


def test_a_list_may_be_of_metadata_alone(settings):
    found = accepting(settings, METADATA_LIST, "configmaps", fieldSelector="metadata.name=settings").object
    assert (found["kind"], found["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    (item,) = found["items"]
    assert (item["kind"], item["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert item.keys() == {"kind", "apiVersion", "metadata"}


def test_a_write_may_be_answered_with_metadata_alone(api):
    answer = api("POST", "configmaps", config_map(), headers={"Accept": METADATA})
    assert (answer.code, answer.object["kind"]) == (201, "PartialObjectMetadata")


def test_a_long_answer_is_compressed_for_who_can_read_it(api):
    api.made("configmaps", config_map(data={"text": "blue " * 40_000}))
    with api.opened("GET", SETTINGS, headers={"Accept-Encoding": "gzip"}) as answer:
        body = answer.read(decode_content=False)
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert json.loads(gzip.decompress(body))["data"]["text"].startswith("blue blue")
    assert len(body) < 20_000


def test_a_short_answer_is_not_compressed(settings):
    answer = settings("GET", SETTINGS, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def test_no_one_on_the_way_may_keep_an_answer(settings):
    answer = settings("GET", SETTINGS)
    assert answer.headers["Cache-Control"] == "no-cache, private"
    assert answer.headers["Audit-Id"]


def test_an_answer_is_indented_when_asked_to(settings):
    assert settings("GET", SETTINGS, pretty="true").body.startswith(b'{\n  "kind": "ConfigMap",\n')


def test_kubectl_create_sends_protobuf(kubectl):
    kubectl.ok("create", "configmap", "settings", "--from-literal=color=blue")
    assert kubectl.json("get", "configmap", "settings")["data"] == {"color": "blue"}
