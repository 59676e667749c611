"""Acting as somebody else: `kubectl --as`. It needs the right to impersonate each thing that is taken on."""

import pytest

from .access import GROUP, cluster_wide, hired, rule
from .conftest import eventually

REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def user_info(api, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.made(REVIEW, {}, headers=headers)["status"]["userInfo"]


@pytest.fixture
def jane(api):
    return hired(api)


def test_a_user_without_groups_is_authenticated(api):
    assert user_info(api, Impersonate_User="mary") == {"username": "mary", "groups": ["system:authenticated"]}


def test_a_service_account_has_its_groups(api):
    name = f"system:serviceaccount:{api.namespace}:default"
    assert user_info(api, Impersonate_User=name) == {
        "username": name,
        "groups": [
            "system:serviceaccounts",
            f"system:serviceaccounts:{api.namespace}",
            "system:authenticated",
        ],
    }


def test_nobody_in_particular_can_be_acted_as(api):
    answer = api("GET", "/api", headers={"Impersonate-User": "system:anonymous"})
    assert answer.refusal == (403, "Forbidden", 'forbidden: User "system:anonymous" cannot get path "/api"')
    assert api("GET", "/healthz", headers={"Impersonate-User": "system:anonymous"}).code == 200


def test_a_uid_and_extra_come_along(api):
    headers = {"Impersonate-Uid": "7", "Impersonate-Extra-Till%2fnumber": "three"}
    assert user_info(api, Impersonate_User="mary", **headers) == {
        "username": "mary",
        "uid": "7",
        "groups": ["system:authenticated"],
        "extra": {"till/number": ["three"]},
    }


def test_who_may_not_act_as_somebody_is_told_so(jane):
    answer = jane("GET", "/api", headers={"Impersonate-User": "mary"})
    expected = f'forbidden: User "{jane.user}" cannot impersonate-on:user-info:get path "/api"'
    assert answer.refusal == (403, "Forbidden", expected)
    answer = jane("GET", "pods", headers={"Impersonate-User": "system:serviceaccount:shop:bob"})
    expected = (
        f'pods is forbidden: User "{jane.user}" cannot impersonate-on:serviceaccount:list resource "pods" '
        f'in API group "" in the namespace "{jane.admin.namespace}"'
    )
    assert answer.refusal == (403, "Forbidden", expected)


def test_a_group_beside_an_account_is_for_the_old_way_alone(jane):
    headers = {"Impersonate-User": "system:serviceaccount:shop:bob", "Impersonate-Group": "tills"}
    assert jane("GET", "/api", headers=headers).message == (
        f'serviceaccounts "bob" is forbidden: User "{jane.user}" cannot impersonate resource "serviceaccounts" '
        'in API group "" in the namespace "shop"'
    )


def test_a_right_to_act_as_somebody_can_be_for_one_thing_only(jane):
    rules = [rule("impersonate:user-info", "users", "authentication.k8s.io", resourceNames=["mary"])]
    rules += [rule("impersonate-on:user-info:list", "pods")]
    headers = {"Impersonate-User": "mary"}
    with cluster_wide(jane.admin, "clusterroles", {"rules": rules}) as role:
        reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role["metadata"]["name"]}
        with cluster_wide(
            jane.admin, "clusterrolebindings", {"roleRef": reference, "subjects": [jane.subject]}
        ):
            listed = (
                'pods is forbidden: User "mary" cannot list resource "pods" in API group "" in the namespace '
            )
            eventually(lambda: jane("GET", "pods", headers=headers).message.startswith(listed))
            assert "impersonate-on:user-info:get" in jane("GET", "pods/web", headers=headers).message


@pytest.fixture
def deputy(jane):
    """Jane, who may act as the user mary."""
    with cluster_wide(
        jane.admin, "clusterroles", {"rules": [rule("impersonate", "users", resourceNames=["mary"])]}
    ) as role:
        reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role["metadata"]["name"]}
        with cluster_wide(
            jane.admin, "clusterrolebindings", {"roleRef": reference, "subjects": [jane.subject]}
        ):
            eventually(lambda: jane("GET", "/api", headers={"Impersonate-User": "mary"}).code == 200)
            yield jane


@pytest.mark.parametrize(
    ("headers", "resource"),
    [
        ({"Impersonate-Group": "system:masters"}, 'resource "groups" in API group ""'),
        ({"Impersonate-Uid": "1"}, 'resource "uids" in API group "authentication.k8s.io"'),
        ({"Impersonate-Extra-Till": "3"}, 'resource "userextras/till" in API group "authentication.k8s.io"'),
    ],
)
def test_who_may_act_as_a_user_takes_on_nothing_else(deputy, headers, resource):
    answer = deputy("GET", "/api", headers={"Impersonate-User": "mary", **headers})
    assert answer.code == 403
    assert f"cannot impersonate {resource} at the cluster scope" in answer.message


def test_who_acts_as_a_user_has_the_users_rights(deputy):
    headers = {"Impersonate-User": "mary"}
    assert deputy("GET", "pods", headers=headers).message == (
        'pods is forbidden: User "mary" cannot list resource "pods" in API group "" in the namespace '
        f'"{deputy.admin.namespace}"'
    )
    subject = {"kind": "User", "name": "mary", "apiGroup": GROUP}
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"}
    body = {"metadata": {"name": "mary"}, "roleRef": reference, "subjects": [subject]}
    deputy.admin.made("rolebindings", body)
    eventually(lambda: deputy("GET", "pods", headers=headers).code == 200)
    assert deputy("GET", "pods").code == 403


def test_a_group_needs_a_user(api):
    answer = api("GET", "/api", headers={"Impersonate-Group": "tills"})
    expected = (
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"tills"}, Extra:map[string][]string(nil)} '
        "without impersonating a user name"
    )
    assert answer.refusal == (400, "BadRequest", expected)
