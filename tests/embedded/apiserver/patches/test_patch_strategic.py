"""Strategic merge patches: keyed lists, directives and order, as upstream has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.go_json import clone
from kubetutor.embedded.apiserver.patch import STRATEGIC_MERGE, apply_patch
from kubetutor.embedded.apiserver.strategic_merge import strategic_merge
from kubetutor.errors import ApiError


@pytest.fixture(scope="session")
def merged(type_of):
    def run(current, patch, kind=("v1", "Pod")):
        return strategic_merge(clone(current), clone(patch), type_of(*kind))

    return run


@pytest.fixture(scope="session")
def merged_containers(merged):
    """Patch the containers of a pod; each is written `name:image`."""

    def run(current, patch, order=None):
        spec = {"containers": [parsed(text) for text in patch.split()]} if patch is not None else {}
        if order is not None:
            spec["$setElementOrder/containers"] = [{"name": name} for name in order.split()]
        result = merged({"spec": {"containers": [parsed(text) for text in current.split()]}}, {"spec": spec})
        return " ".join(printed(container) for container in result["spec"]["containers"])

    return run


def parsed(text):
    if text == "$replace":
        return {"$patch": "replace"}
    name, _, image = text.lstrip("-").partition(":")
    deletion = {"$patch": "delete"} if text.startswith("-") else {}
    return {"name": name, **deletion, **({"image": image} if image else {})}


def printed(container):
    return container["name"] + (f":{container['image']}" if "image" in container else "")


@pytest.mark.parametrize(
    ("current", "patch", "order", "result"),
    [
        ("a:1 b:1", "b:2", None, "a:1 b:2"),
        ("a:1 b:1", "-a", None, "b:1"),
        ("a:1 b:1", "-none", None, "a:1 b:1"),
        ("a:1 b:1", "$replace c:1", None, "c:1"),
        ("a:1 b:1", "$replace", None, ""),
        ("a:1", "b:1", None, "b:1 a:1"),  # upstream puts what it does not know of in front
        ("a:1 b:1", "b:2 a:2", None, "b:2 a:2"),
        ("a:1 b:1", "b:2", "a b", "a:1 b:2"),
        ("a:1 b:1", None, "b a", "b:1 a:1"),
        ("a:1 b:1", "c:1", "a b c", "a:1 b:1 c:1"),
        ("a:1 b:1 c:1", "-b", "a c", "a:1 c:1"),
        ("a:1 x:1 b:1", "b:2", "b a", "x:1 b:2 a:1"),
        ("", "a:1 b:1", "b a", None),
    ],
)
def test_lists_of_containers(merged_containers, current, patch, order, result):
    if result is None:
        with pytest.raises(ApiError, match="doesn't match \\$setElementOrder list"):
            merged_containers(current, patch, order)
    else:
        assert merged_containers(current, patch, order) == result


def test_nested_maps_merge_and_null_deletes(merged):
    current = {"metadata": {"labels": {"app": "web", "tier": "front"}}}
    patch = {"metadata": {"labels": {"tier": None, "new": "x", "none": None}}}
    assert merged(current, patch) == {"metadata": {"labels": {"app": "web", "new": "x"}}}


def test_nulls_in_new_parts_vanish(merged):
    assert merged({}, {"spec": {"nodeName": None, "containers": [{"name": "a", "image": None}]}}) == {
        "spec": {"containers": [{"name": "a"}]}
    }


def test_lists_without_a_merge_strategy_are_replaced(merged):
    current = {"spec": {"containers": [{"name": "a", "args": ["1", "2"]}]}}
    patch = {"spec": {"containers": [{"name": "a", "args": ["3"]}]}}
    assert merged(current, patch)["spec"]["containers"] == [{"name": "a", "args": ["3"]}]


def test_ports_merge_by_container_port(merged):
    current = {
        "spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]},
    }
    patch = {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "name": "http"}]}]}}
    assert merged(current, patch)["spec"]["containers"][0]["ports"] == [
        {"containerPort": 80, "protocol": "TCP", "name": "http"}
    ]


def test_plain_values_merge_as_a_set(merged):
    current = {"metadata": {"finalizers": ["a", "b"]}}
    assert merged(current, {"metadata": {"finalizers": ["c", "a"]}})["metadata"]["finalizers"] == [
        "c",
        "a",
        "b",
    ]


def test_plain_values_are_deleted_by_a_parallel_list(merged):
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b"]}}
    assert merged({"metadata": {"finalizers": ["a", "b"]}}, patch) == {"metadata": {"finalizers": ["b"]}}


def test_deleting_from_a_list_that_is_not_there_adds_nothing(merged):
    assert merged({"metadata": {}}, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}) == {
        "metadata": {}
    }


@pytest.mark.parametrize(
    ("directive", "result"), [("replace", {"spec": {"nodeName": "n"}}), ("delete", {"spec": {}})]
)
def test_a_map_is_replaced_or_emptied(merged, directive, result):
    assert merged({"spec": {"hostNetwork": True}}, {"spec": {"$patch": directive, "nodeName": "n"}}) == result


def test_a_directive_for_a_map_that_is_not_there_adds_nothing(merged):
    assert merged({}, {"spec": {"$patch": "delete"}}) == {}


def test_only_retained_keys_stay(merged):
    current = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert merged(current, patch, ("apps/v1", "Deployment")) == {"spec": {"strategy": {"type": "Recreate"}}}


def test_volumes_retain_one_source(merged):
    current = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}
    patch = {
        "spec": {
            "volumes": [
                {"$retainKeys": ["name", "configMap"], "name": "v", "configMap": {"name": "settings"}}
            ]
        }
    }
    assert merged(current, patch)["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "settings"}}]


@pytest.mark.parametrize(
    ("patch", "code", "reason", "message"),
    [
        (
            {"spec": {"containers": [{"image": "my-app:2.0"}]}},
            400,
            None,
            "map: map[image:my-app:2.0] does not contain declared merge key: name",
        ),
        (
            {"spec": {"containers": ["web"]}},
            400,
            None,
            "list element types are not identical: [[map[name:web]] [web]]",
        ),
        ({"spec": {"containers": [["web"]]}}, 422, "Invalid", "the server rejected our request due to an error in our request"),
        ({"spec": {"$patch": "jump"}}, 400, None, "unknown patch type: jump in map: map[]"),
        (
            {"spec": {"containers": [{"$patch": "merge", "name": "web"}]}},
            400,
            None,
            "merging lists cannot yet be specified in the patch",
        ),
        ({"spec": {"$retainKeys": ["a"], "b": 1}}, 400, "BadRequest", "invalid patch format of retainKeys"),
        ({"spec": {"$retainKeys": "a"}}, 400, "BadRequest", "invalid patch format of retainKeys"),
        (
            {"spec": {"$deleteFromPrimitiveList": ["a"]}},
            400,
            "BadRequest",
            "invalid patch format of primitive list",
        ),
        (
            {"spec": {"$setElementOrder/containers": "web"}},
            400,
            None,
            "expected a []interface {}, but received a string",
        ),
        (
            {"spec": {"$setElementOrder": []}},
            400,
            "BadRequest",
            "invalid patch format of setElementOrder list",
        ),
    ],
)  # fmt: skip
def test_unusable_patches_are_refused_in_upstreams_words(merged, patch, code, reason, message):
    with pytest.raises(ApiError) as refused:
        merged({"spec": {"containers": [{"name": "web"}]}}, patch)
    assert (refused.value.code, refused.value.reason, refused.value.message) == (code, reason, message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (b"", "unexpected end of JSON input"),
    ],
)
def test_malformed_bodies_are_bad_requests(type_of, body, message):
    with pytest.raises(ApiError) as refused:
        apply_patch(STRATEGIC_MERGE, body, {}, type_of("v1", "Pod"), api_version="v1", kind="Pod")
    assert (refused.value.code, refused.value.message) == (400, message)


names = st.lists(st.sampled_from("abcdef"), max_size=5, unique=True)


@given(names, names, names)
def test_a_list_has_the_patched_entries_in_the_asked_order(merged, current, patched, extra):
    wanted = patched + [name for name in extra if name in current and name not in patched]
    patch = {
        "spec": {
            "containers": [{"name": name, "image": "new"} for name in patched],
            "$setElementOrder/containers": [{"name": name} for name in wanted],
        }
    }
    before = {"spec": {"containers": [{"name": name, "image": "old"} for name in current]}}
    after = merged(before, patch)["spec"]["containers"]
    found = [container["name"] for container in after]
    assert sorted(found) == sorted({*current, *patched})
    assert [name for name in found if name in wanted] == wanted
    untouched = [name for name in current if name not in wanted]
    assert [name for name in found if name in untouched] == untouched
    assert all((container["image"] == "new") == (container["name"] in patched) for container in after)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "delete", "replace", "merge"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "spec",
                    "containers",
                    "name",
                    "ports",
                    "metadata",
                    "finalizers",
                    "$patch",
                    "$retainKeys",
                    "$setElementOrder/containers",
                    "$deleteFromPrimitiveList/finalizers",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values, json_values)
def test_any_patch_is_merged_or_refused(merged, current, patch):
    pod = {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "metadata": {"finalizers": ["a"]}}
    for before in (pod, {"spec": current} if isinstance(current, dict) else pod):
        try:
            merged(before, {"spec": patch, "metadata": patch})
        except ApiError as refused:
            if refused.code not in {400, 422}:
                raise
