"""Server-side apply: who owns which field, and what happens when two want it."""

import pytest

from .bodies import config_map, deployment
from .raw import APPLY, JSON, MERGE

SETTINGS, WEB_APP = "configmaps/settings", "deployments/web-app"
SCALE = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web-app"}}


def applied(api, path, body, manager="shop", **options):
    return api.patched(path, body, APPLY, fieldManager=manager, **options)


def attempt(api, path, body, manager="shop", **options):
    return api("PATCH", path, body, content_type=APPLY, fieldManager=manager, **options)


def owners(obj):
    """Which manager, by which operation, owns which fields."""
    entries = obj["metadata"]["managedFields"]
    return {(entry["manager"], entry["operation"]): entry["fieldsV1"] for entry in entries}


def test_an_apply_creates_and_a_second_one_changes_nothing(api):
    answer = attempt(api, SETTINGS, config_map())
    assert answer.code == 201
    again = attempt(api, SETTINGS, config_map())
    assert (again.code, again.object["metadata"]) == (200, answer.object["metadata"])
    assert owners(again.object) == {("shop", "Apply"): {"f:data": {"f:color": {}}}}


def test_two_who_want_a_field_to_be_different_are_in_conflict(api):
    applied(api, SETTINGS, config_map())
    answer = attempt(api, SETTINGS, config_map(data={"color": "red"}), manager="bank")
    assert answer.refusal == (
        409,
        "Conflict",
        'Apply failed with 1 conflict: conflict with "shop": .data.color',
    )
    causes = answer.object["details"]["causes"]
    assert causes == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "shop"', "field": ".data.color"}
    ]


def test_several_conflicts_are_listed(api):
    applied(api, SETTINGS, config_map(data={"color": "blue", "size": "L"}))
    answer = attempt(api, SETTINGS, config_map(data={"color": "red", "size": "S"}), manager="bank")
    assert (
        answer.message == 'Apply failed with 2 conflicts: conflicts with "shop":\n- .data.color\n- .data.size'
    )


def test_force_takes_a_field_over(api):
    applied(api, SETTINGS, config_map(data={"color": "blue", "size": "L"}))
    taken = applied(api, SETTINGS, config_map(data={"color": "red"}), manager="bank", force="true")
    assert taken["data"] == {"color": "red", "size": "L"}
    assert owners(taken)["shop", "Apply"] == {"f:data": {"f:size": {}}}
    assert owners(taken)["bank", "Apply"] == {"f:data": {"f:color": {}}}


def test_a_field_that_two_want_alike_is_shared_and_stays_until_both_have_let_go(api):
    applied(api, SETTINGS, config_map())
    applied(api, SETTINGS, config_map(), manager="bank")
    assert applied(api, SETTINGS, config_map(data={}))["data"] == {"color": "blue"}
    assert "data" not in applied(api, SETTINGS, config_map(data={}), manager="bank")


def test_who_applies_an_empty_map_owns_the_map(api):
    applied(api, SETTINGS, config_map())
    emptied = applied(api, SETTINGS, config_map(data={}))
    assert owners(emptied) == {("shop", "Apply"): {"f:data": {}}}


def test_what_is_left_out_of_the_next_apply_goes(api):
    applied(api, SETTINGS, config_map(data={"color": "blue", "size": "L"}))
    assert applied(api, SETTINGS, config_map(data={"size": "L"}))["data"] == {"size": "L"}


def test_what_an_update_changed_is_in_conflict_with_the_updater(api):
    applied(api, SETTINGS, config_map())
    api.patched(SETTINGS, {"data": {"color": "red"}}, MERGE, fieldManager="hand")
    code, reason, message = attempt(api, SETTINGS, config_map(data={"color": "green"})).refusal
    assert (code, reason) == (409, "Conflict")
    assert message == 'Apply failed with 1 conflict: conflict with "hand" using v1: .data.color'


def test_what_was_there_before_the_first_apply_has_an_owner_of_its_own(api):
    applied(api, SETTINGS, config_map())
    api.patched(SETTINGS, {"metadata": {"managedFields": [{}]}})
    assert "managedFields" not in api.read(SETTINGS)["metadata"]
    found = owners(applied(api, SETTINGS, config_map(data={"color": "blue"}), manager="bank"))
    assert found == {
        ("bank", "Apply"): {"f:data": {"f:color": {}}},
        ("before-first-apply", "Update"): {"f:data": {".": {}, "f:color": {}}},
    }


def test_an_update_with_no_managed_fields_clears_them(api):
    applied(api, SETTINGS, config_map())
    answer = api("PUT", SETTINGS, config_map(managedFields=[]))
    assert answer.code == 200
    assert "managedFields" not in answer.object["metadata"]


def test_an_entry_of_a_list_belongs_to_who_added_it(api):
    applied(api, WEB_APP, deployment())
    env = [{"name": "WEIGHT", "value": "9"}]
    body = SCALE | {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}}
    both = applied(api, WEB_APP, body, manager="scales")
    (container,) = both["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in container["env"]] == ["COLOR", "SIZE", "WEIGHT"]
    fields = owners(both)["scales", "Apply"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert fields == {
        'k:{"name":"web"}': {
            ".": {},
            "f:env": {'k:{"name":"WEIGHT"}': {".": {}, "f:name": {}, "f:value": {}}},
            "f:name": {},
        }
    }
    without = applied(api, WEB_APP, SCALE, manager="scales")
    (container,) = without["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in container["env"]] == ["COLOR", "SIZE"]


def test_who_no_longer_applies_replicas_leaves_them_to_who_took_them(api):
    applied(api, WEB_APP, deployment())
    applied(api, WEB_APP, SCALE | {"spec": {"replicas": 0}}, manager="scaler")
    wanted = deployment()
    del wanted["spec"]["replicas"]
    assert applied(api, WEB_APP, wanted)["spec"]["replicas"] == 0
    scaled = applied(api, WEB_APP, SCALE | {"spec": {"replicas": 1}}, manager="scaler")
    assert scaled["spec"]["replicas"] == 1


def test_managed_fields_are_sorted_by_operation_and_time(api):
    applied(api, WEB_APP, deployment(), manager="zoo")
    applied(api, WEB_APP, SCALE | {"spec": {"paused": True}}, manager="ant")
    entries = api.read(WEB_APP)["metadata"]["managedFields"]
    kinds = [entry["operation"] for entry in entries]
    assert kinds == sorted(kinds)
    times = [entry["time"] for entry in entries if entry["operation"] == "Apply"]
    assert times == sorted(times)


def test_a_dry_apply_shows_what_would_be(api):
    applied(api, SETTINGS, config_map())
    dry = applied(api, SETTINGS, config_map(data={"color": "red"}), dryRun="All")
    assert dry["data"] == {"color": "red"}
    assert api.read(SETTINGS)["data"] == {"color": "blue"}


def test_an_apply_says_who_applies(api):
    answer = api("PATCH", SETTINGS, config_map(), content_type=APPLY)
    assert answer.refusal == (
        422,
        "Invalid",
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (config_map(managedFields=[{"manager": "shop"}]), "metadata.managedFields must be nil"),
        ({"kind": "ConfigMap"}, "invalid object type: /, Kind=ConfigMap"),
    ],
)  # fmt: skip
def test_what_may_not_be_applied_is_a_bad_request(api, body, message):
    assert attempt(api, SETTINGS, body).refusal == (400, "BadRequest", message)


def test_json_is_yaml_too_and_another_type_is_not_supported(api):
    assert attempt(api, SETTINGS, config_map()).code == 201
    answer = api("PATCH", SETTINGS, config_map(), content_type=JSON, fieldManager="shop")
    assert answer.refusal == (415, "UnsupportedMediaType", "415: Unsupported Media Type")


def test_a_key_that_stands_twice_is_warned_of_or_refused(api):
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: a, color: b}\n"
    answer = attempt(api, SETTINGS, text)
    assert answer.code == 201
    assert answer.warnings == ['299 - "line 4: key \\"color\\" already set in map"']
    code, reason, message = attempt(api, SETTINGS, text, fieldValidation="Strict").refusal
    assert (code, reason) == (400, "BadRequest")
    assert message == (
        "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n"
        '  line 4: key "color" already set in map'
    )


def test_kubectl_applies_on_the_server_and_says_whose_the_field_is(kubectl):
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: %s}\n"
    said = kubectl.ok("apply", "--server-side", "-f", "-", stdin=manifest % "blue")
    assert said == "configmap/settings serverside-applied\n"
    arguments = ("apply", "--server-side", "--field-manager=bank", "-f", "-")
    answer = kubectl(*arguments, stdin=manifest % "red")
    assert answer.code == 1
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.color' in answer.err
    assert kubectl(*arguments, "--force-conflicts", stdin=manifest % "red").code == 0
