"""Patches: JSON, merge and strategic merge."""

import pytest

from .bodies import config_map, deployment
from .raw import JSON_PATCH, MERGE, STRATEGIC

SETTINGS, WEB_APP = "configmaps/settings", "deployments/web-app"


@pytest.fixture
def settings(api):
    api.made("configmaps", config_map())
    return api


@pytest.fixture
def web_app(api):
    api.made("deployments", deployment())
    return api


def container(obj):
    (only,) = obj["spec"]["template"]["spec"]["containers"]
    return only


def of_containers(*containers, **pod_spec):
    return {"spec": {"template": {"spec": {"containers": containers, **pod_spec}}}}


def test_a_merge_patch_sets_and_removes_keys(settings):
    assert settings.patched(SETTINGS, {"data": {"size": "L", "color": None}})["data"] == {"size": "L"}
    assert "data" not in settings.patched(SETTINGS, {"data": None})


def test_a_merge_patch_replaces_a_list_whole(web_app):
    env = [{"name": "COLOR", "value": "red"}]
    patch = of_containers({"name": "web", "image": "my-app:1.0", "env": env})
    assert container(web_app.patched(WEB_APP, patch))["env"] == env


def test_a_strategic_patch_merges_a_list_by_its_key(web_app):
    patch = of_containers(
        {"name": "web", "env": [{"name": "SIZE", "value": "XL"}, {"name": "WEIGHT", "value": "9"}]}
    )
    env = container(web_app.patched(WEB_APP, patch, STRATEGIC))["env"]
    assert {each["name"]: each["value"] for each in env} == {"COLOR": "blue", "SIZE": "XL", "WEIGHT": "9"}


def test_a_strategic_patch_deletes_one_of_a_list(web_app):
    patch = of_containers({"name": "web", "env": [{"name": "SIZE", "$patch": "delete"}]})
    assert container(web_app.patched(WEB_APP, patch, STRATEGIC))["env"] == [
        {"name": "COLOR", "value": "blue"}
    ]


def test_a_strategic_patch_replaces_a_list(web_app):
    env = [{"name": "WEIGHT", "value": "9"}]
    patch = of_containers({"name": "web", "env": [{"$patch": "replace"}, *env]})
    assert container(web_app.patched(WEB_APP, patch, STRATEGIC))["env"] == env


def test_a_strategic_patch_sets_the_order_of_a_list(web_app):
    order = [{"name": "side"}, {"name": "web"}]
    patch = of_containers({"name": "side", "image": "busybox:1.36"}, **{"$setElementOrder/containers": order})
    containers = web_app.patched(WEB_APP, patch, STRATEGIC)["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in containers] == ["side", "web"]


def test_a_strategic_patch_keeps_only_some_keys(web_app):
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert web_app.patched(WEB_APP, patch, STRATEGIC)["spec"]["strategy"] == {"type": "Recreate"}


def test_a_strategic_patch_without_retained_keys_leaves_what_recreate_forbids(web_app):
    answer = web_app("PATCH", WEB_APP, {"spec": {"strategy": {"type": "Recreate"}}}, content_type=STRATEGIC)
    assert answer.refusal == (
        422,
        "Invalid",
        (
            'Deployment.apps "web-app" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be specified when '
            "strategy `type` is 'Recreate'"
        ),
    )


def test_a_strategic_patch_deletes_from_a_list_of_plain_values(web_app):
    web_app.patched(WEB_APP, {"metadata": {"finalizers": ["shop.example/a", "shop.example/b"]}}, STRATEGIC)
    for name, left in (("shop.example/a", ["shop.example/b"]), ("shop.example/b", None)):
        patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": [name]}}
        assert web_app.patched(WEB_APP, patch, STRATEGIC)["metadata"].get("finalizers") == left


def test_a_json_patch_whose_test_fails_changes_nothing(settings):
    steps = [
        {"op": "replace", "path": "/data/color", "value": "red"},
        {"op": "test", "path": "/data/color", "value": "green"},
    ]
    answer = settings("PATCH", SETTINGS, steps, content_type=JSON_PATCH)
    assert answer.refusal == (
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )
    assert settings.read(SETTINGS)["data"] == {"color": "blue"}


def test_a_json_patch_adds_copies_moves_and_removes(settings):
    steps = [
        {"op": "test", "path": "/data/color", "value": "blue"},
        {"op": "add", "path": "/data/size", "value": "L"},
        {"op": "copy", "from": "/data/size", "path": "/data/weight"},
        {"op": "move", "from": "/data/weight", "path": "/data/depth"},
        {"op": "remove", "path": "/data/color"},
        {"op": "add", "path": "/metadata/labels", "value": {}},
        {"op": "add", "path": "/metadata/labels/shop.example~1shelf", "value": "top"},
    ]
    patched = settings.patched(SETTINGS, steps, JSON_PATCH)
    assert patched["data"] == {"size": "L", "depth": "L"}
    assert patched["metadata"]["labels"] == {"shop.example/shelf": "top"}


@pytest.mark.parametrize(
    ("patch", "path", "content_type"),
    [
        ({"spec": {"replicas": "three"}}, WEB_APP, MERGE),
        ({"spec": {"replicas": "three"}}, WEB_APP, STRATEGIC),
        ([{"op": "replace", "path": "/spec/replicas", "value": "three"}], WEB_APP, JSON_PATCH),
        ({"kind": "Secret"}, WEB_APP, MERGE),
        ({"spec": "text"}, WEB_APP, STRATEGIC),
    ],
)  # fmt: skip
def test_a_patch_to_something_that_is_no_such_object_is_invalid(web_app, patch, path, content_type):
    answer = web_app("PATCH", path, patch, content_type=content_type)
    code, reason, message = answer.refusal
    assert (code, reason) == (422, "Invalid")
    assert message.startswith(' "" is invalid: patch: Invalid value: ')
    assert [cause["field"] for cause in answer.object["details"]["causes"]] == ["patch"]


def test_a_strategic_patch_says_which_number_it_wanted(web_app):
    answer = web_app("PATCH", WEB_APP, {"spec": {"replicas": "three"}}, content_type=STRATEGIC)
    assert answer.message == (
        ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:three]]": unrecognized type: int32'
    )


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/yaml"])
def test_a_patch_of_another_content_type_is_not_supported(settings, content_type):
    answer = settings("PATCH", SETTINGS, "{}", content_type=content_type)
    assert answer.refusal == (415, "UnsupportedMediaType", "415: Unsupported Media Type")


def test_a_patch_may_not_change_the_name(settings):
    answer = settings("PATCH", SETTINGS, {"metadata": {"name": "else"}}, content_type=MERGE)
    assert answer.refusal == (
        400,
        "BadRequest",
        "the name of the object (else) does not match the name on the URL (settings)",
    )


def test_a_patch_may_not_change_the_uid(settings):
    uid = "00000000-0000-0000-0000-000000000000"
    answer = settings("PATCH", SETTINGS, {"metadata": {"uid": uid}}, content_type=MERGE)
    assert answer.code == 422
    assert f'metadata.uid: Invalid value: "{uid}": field is immutable' in answer.message


def test_a_patch_with_an_old_version_is_a_conflict(settings):
    old = settings.read(SETTINGS)["metadata"]["resourceVersion"]
    settings.patched(SETTINGS, {"data": {"color": "red"}})
    answer = settings(
        "PATCH",
        SETTINGS,
        {"metadata": {"resourceVersion": old}, "data": {"color": "green"}},
        content_type=MERGE,
    )
    assert answer.refusal == (
        409,
        "Conflict",
        (
            'Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your '
            "changes to the latest version and try again"
        ),
    )


def test_a_patch_that_changes_nothing_makes_no_new_version(settings):
    before = settings.read(SETTINGS)["metadata"]
    assert settings.patched(SETTINGS, {"data": {"color": "blue"}})["metadata"] == before


def test_force_is_for_apply_patches_alone(settings):
    answer = settings("PATCH", SETTINGS, {}, content_type=MERGE, force="true")
    assert answer.refusal == (
        422,
        "Invalid",
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    )


def test_a_patch_of_what_is_not_there_is_not_found(api):
    answer = api("PATCH", "configmaps/ghost", {}, content_type=MERGE)
    assert answer.refusal == (404, "NotFound", 'configmaps "ghost" not found')
