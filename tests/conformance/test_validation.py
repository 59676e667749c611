"""Fields that are unknown or stand twice, dry runs, and bodies that are no object at all."""

import pytest

from .bodies import config_map, deployment
from .raw import MERGE

TWICE = (
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"color":"a","color":"b"}}'
)
YAML = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\nshelf: 1\ndata: {color: a, color: b}\n"
REFUSED = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: '


@pytest.mark.parametrize("options", [{}, {"fieldValidation": "Warn"}])
def test_an_unknown_field_is_dropped_with_a_warning(api, options):
    answer = api("POST", "configmaps", {**config_map(), "shelf": 1}, **options)
    assert answer.code == 201
    assert answer.warnings == ['299 - "unknown field \\"shelf\\""']
    assert "shelf" not in answer.object


def test_an_unknown_field_is_ignored_when_asked_to(api):
    answer = api("POST", "configmaps", {**config_map(), "shelf": 1}, fieldValidation="Ignore")
    assert (answer.code, answer.warnings) == (201, [])


def test_an_unknown_field_is_refused_when_asked_to(api):
    answer = api("POST", "configmaps", {**config_map(), "shelf": 1}, fieldValidation="Strict")
    assert answer.refusal == (400, "BadRequest", REFUSED + 'unknown field "shelf"')


def test_every_unknown_field_is_named_with_its_path(api):
    wanted = deployment(replica=1)
    wanted["spec"]["template"]["spec"]["containers"][0]["imagee"] = "my-app"
    answer = api("POST", "deployments", wanted, fieldValidation="Strict")
    assert answer.message.endswith(
        'strict decoding error: unknown field "spec.template.spec.containers[0].imagee", unknown field "spec.replica"'
    )


def test_a_field_that_stands_twice_is_warned_of_or_refused(api):
    answer = api("POST", "configmaps", TWICE)
    assert (answer.code, answer.warnings) == (201, ['299 - "duplicate field \\"data.color\\""'])
    assert answer.object["data"] == {"color": "b"}
    answer = api("POST", "configmaps", TWICE, fieldValidation="Strict")
    assert answer.refusal == (400, "BadRequest", REFUSED + 'duplicate field "data.color"')


def test_a_key_of_yaml_that_stands_twice_is_warned_of_or_refused(api):
    answer = api("POST", "configmaps", YAML, content_type="application/yaml")
    assert answer.code == 201
    assert answer.warnings == [
        '299 - "line 5: key \\"color\\" already set in map"',
        '299 - "unknown field \\"shelf\\""',
    ]
    answer = api("POST", "configmaps", YAML, content_type="application/yaml", fieldValidation="Strict")
    assert answer.message == (
        f'{REFUSED}yaml: unmarshal errors:\n  line 5: key "color" already set in map, unknown field "shelf"'
    )


def test_a_field_that_stands_twice_in_a_patch_is_warned_of_or_refused(api):
    api.made("configmaps", config_map())
    twice = '{"data": {"color": "a", "color": "b"}}'
    answer = api("PATCH", "configmaps/settings", twice, content_type=MERGE)
    assert (answer.code, answer.warnings) == (200, ['299 - "duplicate field \\"data.color\\""'])
    answer = api("PATCH", "configmaps/settings", twice, content_type=MERGE, fieldValidation="Strict")
    assert answer.code == 422
    assert answer.message.endswith('strict decoding error: duplicate field "data.color"')


def test_an_unknown_field_in_a_patch_is_refused_when_asked_to(api):
    api.made("configmaps", config_map())
    answer = api("PATCH", "configmaps/settings", {"shelf": 1}, content_type=MERGE, fieldValidation="Strict")
    assert answer.code == 422
    assert answer.message.endswith('strict decoding error: unknown field "shelf"')


def test_there_are_three_ways_to_validate_fields(api):
    answer = api("POST", "configmaps", config_map(), fieldValidation="Maybe")
    assert answer.refusal == (
        422,
        "Invalid",
        (
            'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Maybe": supported values: '
            '"", "Ignore", "Strict", "Warn"'
        ),
    )


@pytest.mark.parametrize("value", ["all", ""])
def test_a_dry_run_is_of_all_stages(api, value):
    answer = api("POST", "configmaps", config_map(), dryRun=value)
    assert answer.refusal == (
        422,
        "Invalid",
        f'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["{value}"]: supported values: "All"',
    )


def test_a_dry_create_shows_what_would_be_and_keeps_nothing(api):
    made = api.made("configmaps", config_map(), dryRun="All")
    assert made["metadata"].keys() >= {"uid", "creationTimestamp"}
    assert "resourceVersion" not in made["metadata"]
    assert api("GET", "configmaps/settings").code == 404


def test_a_dry_create_is_refused_as_a_real_one_is(api):
    api.made("configmaps", config_map())
    assert api("POST", "configmaps", config_map(), dryRun="All").refusal == (
        409,
        "AlreadyExists",
        'configmaps "settings" already exists',
    )
    assert api("POST", "configmaps", config_map("Settings"), dryRun="All").code == 422


def test_a_dry_update_and_a_dry_patch_keep_nothing(api):
    api.made("configmaps", config_map())
    answer = api("PUT", "configmaps/settings", config_map(data={"color": "red"}), dryRun="All")
    assert (answer.code, answer.object["data"]) == (200, {"color": "red"})
    assert api.patched("configmaps/settings", {"data": {"color": "red"}}, dryRun="All")["data"] == {
        "color": "red"
    }
    assert api.read("configmaps/settings")["data"] == {"color": "blue"}


def test_a_dry_delete_keeps_everything(api):
    api.made("configmaps", config_map())
    answer = api("DELETE", "configmaps/settings", dryRun="All")
    assert (answer.code, answer.object["status"]) == (200, "Success")
    assert api("DELETE", "configmaps", dryRun="All").code == 200
    assert set(api("GET", "configmaps").names) == {"settings", "kube-root-ca.crt"}


def test_kubectl_shows_a_dry_run_of_the_server(kubectl):
    said = kubectl.ok("create", "configmap", "settings", "--from-literal=color=blue", "--dry-run=server")
    assert said == "configmap/settings created (server dry run)\n"
    assert kubectl("get", "configmap", "settings").code == 1


@pytest.mark.parametrize("body", ["[]", '"text"', "", '{"data":', "color: blue"])
def test_a_body_that_is_no_object_is_a_bad_request(api, body):
    code, reason, _ = api("POST", "configmaps", body).refusal
    assert (code, reason) == (400, "BadRequest")


def test_an_object_of_another_kind_is_a_bad_request(api):
    answer = api("POST", "configmaps", {**config_map(), "kind": "Secret"})
    code, reason, message = answer.refusal
    assert (code, reason) == (400, "BadRequest")
    assert message.startswith('Secret in version "v1" cannot be handled as a ConfigMap: ')


def test_an_object_may_leave_out_its_kind(api):
    assert api.made("configmaps", {"metadata": {"name": "settings"}})["kind"] == "ConfigMap"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_over_three_megabytes_is_too_large(api, method):
    path = "configmaps" if method == "POST" else "configmaps/settings"
    body = config_map(data={"color": "x" * (3 * 1024 * 1024)})
    options = {"content_type": MERGE} if method == "PATCH" else {}
    answer = api(method, path, body, **options)
    assert answer.refusal == (
        413,
        "RequestEntityTooLarge",
        "Request entity too large: limit is 3145728",
    )


def test_a_config_map_over_a_megabyte_is_invalid(api):
    answer = api("POST", "configmaps", config_map(data={"color": "x" * 1_100_000}))
    assert answer.refusal == (
        422,
        "Invalid",
        'ConfigMap "settings" is invalid: []: Too long: may not be more than 1048576 bytes',
    )


@pytest.mark.parametrize(
    ("manager", "reason", "why"),
    [
        ("x" * 129, "FieldValueTooLong", "Too long: may not be more than 128 bytes"),
        ("two\nlines", "FieldValueInvalid", 'Invalid value: "two\\nlines": invalid character U+000A (at position 3)'),
    ],
)  # fmt: skip
def test_the_name_of_a_field_manager_is_checked(api, manager, reason, why):
    answer = api("POST", "configmaps", config_map(), fieldManager=manager)
    assert answer.message == f'CreateOptions.meta.k8s.io "" is invalid: fieldManager: {why}'
    assert answer.object["details"]["causes"][0]["reason"] == reason
