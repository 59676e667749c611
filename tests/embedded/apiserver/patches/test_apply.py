"""Server-side apply: stated fields are merged and owned, no longer stated ones go, conflicts are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.go_json import clone
from kubetutor.embedded.apiserver.managed_fields import check_applied, on_update, server_side_apply
from kubetutor.errors import ApiError

NOON = "2024-05-01T12:00:00Z"
LATER = "2024-05-01T12:00:09Z"


def deployment(**spec):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def with_containers(*containers):
    return deployment(template={"spec": {"containers": list(containers)}})


@pytest.fixture(scope="session")
def apply(type_of):
    def run(applied, current=None, manager="ann", *, force=False, now=NOON, subresource=""):
        type_ = type_of(applied["apiVersion"], applied["kind"])
        check_applied(applied, type_)
        return server_side_apply(
            clone(applied),
            current,
            stated=applied,
            manager=manager,
            force=force,
            type_=type_,
            now=now,
            subresource=subresource,
        )

    return run


@pytest.fixture
def update(type_of):
    def run(old, change, manager="bob"):
        new = clone(old)
        change(new)
        on_update(new, old, manager=manager, type_=type_of(old["apiVersion"], old["kind"]), now=LATER)
        return new

    return run


def entries(obj):
    return {(e["manager"], e["operation"]): e["fieldsV1"] for e in obj["metadata"].get("managedFields", [])}


def test_a_new_object_is_owned_as_stated(apply):
    obj = apply(deployment(replicas=2, strategy={"type": "Recreate"}))
    assert obj["spec"] == {"replicas": 2, "strategy": {"type": "Recreate"}}
    assert obj["metadata"]["managedFields"] == [
        {
            "manager": "ann",
            "operation": "Apply",
            "apiVersion": "apps/v1",
            "time": NOON,
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:replicas": {}, "f:strategy": {"f:type": {}}}},
        }
    ]


def test_keys_of_maps_and_entries_of_lists_are_members(apply):
    applied = with_containers({"name": "web", "image": "my-app:1.0", "ports": [{"containerPort": 3000}]})
    applied["metadata"]["labels"] = {"app": "web"}
    assert entries(apply(applied))["ann", "Apply"] == {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {
            "f:template": {
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"web"}': {
                            ".": {},
                            "f:image": {},
                            "f:name": {},
                            "f:ports": {
                                'k:{"containerPort":3000,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}
                            },
                        }
                    }
                }
            }
        },
    }


def test_a_field_no_longer_stated_goes(apply):
    first = apply(deployment(replicas=2, paused=True))
    second = apply(deployment(replicas=2), first, now=LATER)
    assert second["spec"] == {"replicas": 2}
    assert second["metadata"]["managedFields"][0]["time"] == LATER


def test_a_struct_goes_with_its_last_stated_field(apply):
    first = apply(deployment(replicas=2, strategy={"rollingUpdate": {"maxSurge": 1}}))
    defaulted = clone(first)
    defaulted["spec"]["strategy"]["type"] = "RollingUpdate"
    assert apply(deployment(replicas=2), defaulted)["spec"] == {"replicas": 2}


def test_an_entry_no_longer_stated_goes_with_its_defaults(apply):
    web, side = {"name": "web", "image": "a"}, {"name": "side", "image": "b"}
    first = apply(with_containers(web, side))
    first["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = "Always"
    second = apply(with_containers(web), first)
    assert second["spec"]["template"]["spec"]["containers"] == [web]


def test_what_somebody_else_states_too_stays(apply):
    both = apply(deployment(replicas=2), apply(deployment(replicas=2, paused=True)), manager="bob")
    after = apply(deployment(paused=True), both)
    assert after["spec"] == {"replicas": 2, "paused": True}
    assert entries(after)["bob", "Apply"] == {"f:spec": {"f:replicas": {}}}


def test_metadata_survives_when_its_last_stated_field_goes(apply):
    labelled = deployment(replicas=2)
    labelled["metadata"]["labels"] = {"app": "web"}
    after = apply(deployment(replicas=2), apply(labelled))
    assert after["metadata"]["name"] == "web"
    assert "labels" not in after["metadata"]


def test_the_same_value_is_shared_without_a_conflict(apply):
    shared = apply(deployment(replicas=2), apply(deployment(replicas=2)), manager="bob")
    assert set(entries(shared)) == {("ann", "Apply"), ("bob", "Apply")}


def test_another_value_is_one_conflict(apply):
    current = apply(deployment(replicas=2))
    with pytest.raises(ApiError) as refused:
        apply(deployment(replicas=3), current, manager="bob")
    assert refused.value.status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 1 conflict: conflict with "ann": .spec.replicas',
        "reason": "Conflict",
        "details": {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "ann"',
                    "field": ".spec.replicas",
                }
            ]
        },
        "code": 409,
    }


def test_many_conflicts_are_listed_by_manager(apply, update):
    current = apply(with_containers({"name": "web", "image": "my-app:1.0"}))
    current = update(current, lambda d: d["spec"].update(replicas=4))
    wanted = with_containers({"name": "web", "image": "my-app:2.0"})
    wanted["spec"]["replicas"] = 3
    with pytest.raises(ApiError) as refused:
        apply(wanted, current, manager="carol")
    assert refused.value.message == (
        "Apply failed with 2 conflicts: "
        'conflicts with "ann":\n- .spec.template.spec.containers[name="web"].image\n'
        'conflicts with "bob" using apps/v1:\n- .spec.replicas'
    )


def test_force_takes_ownership(apply):
    taken = apply(
        deployment(replicas=3), apply(deployment(replicas=2, paused=True)), manager="bob", force=True
    )
    assert taken["spec"] == {"replicas": 3, "paused": True}
    assert entries(taken)["ann", "Apply"] == {"f:spec": {"f:paused": {}}}
    assert entries(taken)["bob", "Apply"] == {"f:spec": {"f:replicas": {}}}


def test_an_update_takes_fields_from_an_applier(apply, update):
    updated = update(apply(deployment(replicas=2, paused=True)), lambda d: d["spec"].update(replicas=9))
    assert entries(updated)["ann", "Apply"] == {"f:spec": {"f:paused": {}}}
    with pytest.raises(ApiError, match=r'conflict with "bob" using apps/v1: \.spec.replicas'):
        apply(deployment(replicas=2, paused=True), updated)


def test_an_untracked_object_belongs_to_before_first_apply(apply):
    current = deployment(replicas=2, paused=True)
    with pytest.raises(ApiError, match=r'conflict with "before-first-apply" using apps/v1: \.spec.replicas'):
        apply(deployment(replicas=3), current)
    taken = apply(deployment(replicas=3), current, force=True)
    assert entries(taken)["before-first-apply", "Update"] == {"f:spec": {"f:paused": {}}}


def test_an_applied_null_removes_a_field(apply):
    assert apply(deployment(replicas=2, paused=None), deployment(paused=True), force=True)["spec"] == {
        "replicas": 2
    }


def test_entries_keep_the_applied_order_and_others_their_place(apply, update):
    def names(obj):
        return [c["name"] for c in obj["spec"]["template"]["spec"]["containers"]]

    current = apply(with_containers({"name": "a"}, {"name": "b"}))
    current = update(
        current, lambda d: d["spec"]["template"]["spec"]["containers"].insert(1, {"name": "injected"})
    )
    assert names(current) == ["a", "injected", "b"]
    again = apply(with_containers({"name": "a"}, {"name": "new"}, {"name": "b"}), current)
    assert names(again) == ["a", "injected", "new", "b"]
    turned = apply(with_containers({"name": "b"}, {"name": "a"}), again)
    assert names(turned) == ["injected", "b", "a"]


def test_a_status_is_applied_through_its_subresource_only(apply):
    current = apply(deployment(replicas=2))
    status = deployment(replicas=9) | {"status": {"replicas": 2}}
    applied = apply(status, current, manager="controller", subresource="status")
    entry = applied["metadata"]["managedFields"][1]
    assert (entry["subresource"], entry["fieldsV1"]) == ("status", {"f:status": {"f:replicas": {}}})


def test_generated_manifests_with_null_times_and_empty_status_do_no_harm(apply):
    current = apply(deployment(replicas=2)) | {"status": {"replicas": 2}}
    current["metadata"]["creationTimestamp"] = NOON
    generated = deployment(replicas=2) | {"status": None}
    generated["metadata"]["creationTimestamp"] = None
    assert apply(generated, current, now=LATER) == current


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"replica": 1}, ".spec.replica: field not declared in schema"),
        (
            {"template": {"spec": {"containers": [{"image": "a"}]}}},
            (
                ".spec.template.spec.containers: element 0: associative list with keys has an element that omits "
                'all key fields ["name"] (and doesn\'t have default values for any key fields)'
            ),
        ),
        (
            {"template": {"spec": {"containers": [{"name": "a"}, {"name": "a"}]}}},
            '.spec.template.spec.containers: duplicate entries for key [name="a"]',
        ),
        (
            {"one": 1, "two": 2},
            "errors:\n  .spec.one: field not declared in schema\n  .spec.two: field not declared in schema",
        ),
    ],
)
def test_what_the_schema_does_not_know_is_refused(apply, spec, words):
    with pytest.raises(ApiError) as refused:
        apply(deployment(**spec))
    assert (
        refused.value.message
        == f"failed to create typed patch object (/web; apps/v1, Kind=Deployment): {words}"
    )
    assert refused.value.code == 400


containers = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("abcd")},
        optional={
            "image": st.sampled_from(["x", "y"]),
            "args": st.lists(st.sampled_from("pq"), max_size=2),
            "env": st.lists(
                st.fixed_dictionaries({"name": st.sampled_from("EF"), "value": st.sampled_from("12")}),
                max_size=2,
                unique_by=lambda e: e["name"],
            ),
        },
    ),
    max_size=3,
    unique_by=lambda c: c["name"],
)
specs = st.fixed_dictionaries(
    {"template": st.fixed_dictionaries({"spec": st.fixed_dictionaries({"containers": containers})})},
    optional={
        "replicas": st.integers(0, 3),
        "paused": st.booleans(),
        "strategy": st.just({"type": "Recreate"}),
    },
)


@given(specs)
def test_applying_twice_changes_nothing(apply, spec):
    once = apply(deployment(**spec))
    assert apply(deployment(**spec), once, now=LATER) == once


@given(specs, specs)
def test_one_manager_alone_gets_what_it_states(apply, first, second):
    after = apply(deployment(**second), apply(deployment(**first)), now=LATER)
    fresh = apply(deployment(**second))
    assert pruned(after).get("spec") == pruned(fresh).get("spec")


def pruned(value):
    """Drop empty maps and lists: an emptied one and one never stated are the same object to upstream."""
    if isinstance(value, dict):
        inner = {key: pruned(child) for key, child in value.items()}
        return {key: child for key, child in inner.items() if child not in ({}, [])}
    return [pruned(child) for child in value] if isinstance(value, list) else value


@given(specs, specs)
def test_the_loser_of_a_forced_apply_owns_nothing_that_the_winner_changed(apply, first, second):
    before = apply(deployment(**first))
    after = apply(deployment(**second), before, manager="bob", force=True)
    with_both = apply(deployment(**second), after, manager="bob")  # no conflict is left
    assert with_both == after


odd_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "web"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "env",
                    "ports",
                    "containers",
                    "spec",
                    "template",
                    "labels",
                    "finalizers",
                    "app",
                    "odd",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(odd_values, odd_values, st.booleans())
def test_any_configuration_is_merged_or_refused(apply, first, second, force):
    """Values of wrong types are the schema's to refuse; here they must only do no harm."""
    current = None
    for value, manager in ((first, "ann"), (second, "bob"), (first, "bob"), (second, "ann")):
        applied = deployment(template=value)
        applied["metadata"].update(labels=value, finalizers=value)
        try:
            current = apply(applied, current, manager=manager, force=force)
        except ApiError as refused:
            if refused.code not in {400, 409}:
                raise
