"""Tokens of service accounts: what they say, whom they let in, and when they hold no longer."""

import base64
import datetime as dt
import json

import pytest

from .access import hired, issued, rule
from .bodies import pod
from .conftest import eventually

AUDIENCE = "https://kubernetes.default.svc.cluster.local"
REVIEWS = "/apis/authentication.k8s.io/v1"


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def review(api, token, **spec):
    return api.made(f"{REVIEWS}/tokenreviews", {"spec": {"token": token, **spec}})["status"]


def whoami(api):
    return api.made(f"{REVIEWS}/selfsubjectreviews", {})["status"]["userInfo"]


@pytest.fixture
def jane(api):
    return hired(api)


def test_what_a_token_says(api):
    account = api.read("serviceaccounts/default")
    token = issued(api, "default", expirationSeconds=1200)["status"]["token"]
    said = claims(token)
    assert said["kubernetes.io"] == {
        "namespace": api.namespace,
        "serviceaccount": {"name": "default", "uid": account["metadata"]["uid"]},
    }
    assert (said["iss"], said["aud"]) == (AUDIENCE, [AUDIENCE])
    assert said["sub"] == f"system:serviceaccount:{api.namespace}:default"
    assert said["exp"] - said["iat"] == 1200
    assert said["nbf"] == said["iat"]
    assert len(said["jti"]) == 36
    assert set(said) == {"iss", "aud", "sub", "exp", "iat", "nbf", "jti", "kubernetes.io"}
    assert header(token)["alg"] == "RS256"
    assert set(header(token)) == {"alg", "kid"}


def test_the_answer_to_a_request_for_a_token(api):
    answer = issued(api, "default")
    assert (answer["kind"], answer["apiVersion"]) == ("TokenRequest", "authentication.k8s.io/v1")
    assert answer["spec"] == {"audiences": [AUDIENCE], "expirationSeconds": 3600, "boundObjectRef": None}
    metadata = answer["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("default", api.namespace)
    ends = dt.datetime.fromisoformat(answer["status"]["expirationTimestamp"]).timestamp()
    assert abs(ends - claims(answer["status"]["token"])["exp"]) <= 1


def test_who_has_a_token_is_the_account(jane):
    found = whoami(jane.api)
    account = jane.admin.read("serviceaccounts/jane")
    namespace = jane.admin.namespace
    assert (found["username"], found["uid"]) == (jane.user, account["metadata"]["uid"])
    assert found["groups"] == [
        "system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated",
    ]  # fmt: skip
    assert found["extra"] == {
        "authentication.kubernetes.io/credential-id": [f"JTI={claims(jane.token)['jti']}"]
    }


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"expirationSeconds": 10}, "spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes"),
        ({"expirationSeconds": 1 << 33}, "spec.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds"),
    ],
)  # fmt: skip
def test_how_long_a_token_may_hold(api, spec, message):
    answer = api("POST", "serviceaccounts/default/token", {"spec": spec})
    assert answer.refusal == (422, "Invalid", f'TokenRequest.authentication.k8s.io "" is invalid: {message}')


def test_an_account_that_is_not_there_has_no_tokens(api):
    answer = api("POST", "serviceaccounts/nobody/token", {"spec": {}})
    assert answer.refusal == (404, "NotFound", 'serviceaccounts "nobody" not found')


def test_a_request_names_its_account_or_none(api):
    answer = api("POST", "serviceaccounts/default/token", {"metadata": {"name": "other"}, "spec": {}})
    assert answer.code == 422
    assert "must match the service account name if specified" in answer.message


def test_a_token_goes_with_its_account(jane):
    assert jane("GET", "/api").code == 200
    jane.admin("DELETE", "serviceaccounts/jane")
    eventually(lambda: jane("GET", "/api").code == 401)
    assert jane("GET", "/api").refusal == (401, "Unauthorized", "Unauthorized")
    jane.admin.made("serviceaccounts", {"metadata": {"name": "jane"}})
    assert jane("GET", "/api").code == 401


def bound_to(kind, name, **more):
    return {"boundObjectRef": {"kind": kind, "apiVersion": "v1", "name": name, **more}}


def test_a_token_goes_with_the_pod_that_it_is_bound_to(api):
    made = api.made("pods", pod("till", "sleep", "1000", nodeSelector={"no": "node"}))
    token = issued(api, "default", **bound_to("Pod", "till"))["status"]["token"]
    reference = {"name": "till", "uid": made["metadata"]["uid"]}
    assert claims(token)["kubernetes.io"]["pod"] == reference
    till = api.bearing(token)
    extra = whoami(till)["extra"]
    assert extra["authentication.kubernetes.io/pod-name"] == ["till"]
    assert extra["authentication.kubernetes.io/pod-uid"] == [reference["uid"]]
    api("DELETE", "pods/till", gracePeriodSeconds="0")
    eventually(lambda: till("GET", "/api").code == 401)


def test_a_token_for_a_pod_names_its_node(api):
    api.made("pods", pod("till", "sleep", "1000"))
    node = eventually(lambda: api.read("pods/till")["spec"].get("nodeName"))
    said = claims(issued(api, "default", **bound_to("Pod", "till"))["status"]["token"])["kubernetes.io"]
    uid = api.read(f"/api/v1/nodes/{node}")["metadata"]["uid"]
    assert said["node"] == {"name": node, "uid": uid}


def test_a_kubelets_token_holds_on_and_only_warns(api):
    api.made("pods", pod("till", "sleep", "1000", nodeSelector={"no": "node"}))
    said = claims(
        issued(api, "default", expirationSeconds=3607, **bound_to("Pod", "till"))["status"]["token"]
    )
    assert said["kubernetes.io"]["warnafter"] == said["iat"] + 3607
    assert said["exp"] - said["iat"] == 365 * 24 * 3600


def test_a_token_goes_with_the_secret_that_it_is_bound_to(api):
    api.made("secrets", {"metadata": {"name": "session"}})
    session = api.bearing(issued(api, "default", **bound_to("Secret", "session"))["status"]["token"])
    assert session("GET", "/api").code == 200
    api("DELETE", "secrets/session")
    eventually(lambda: session("GET", "/api").code == 401)


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        (bound_to("Pod", "nobody"), (404, "NotFound", 'pods "nobody" not found')),
        (bound_to("Pod", "till", uid="1"), (409, "Conflict",
            'Operation cannot be fulfilled on Pod "till": the UID in the bound object reference (1) does not match the UID in record. The object might have been deleted and then recreated')),
        (bound_to("ConfigMap", "x"), (400, "BadRequest", "cannot bind token to object of type /v1, Kind=ConfigMap")),
    ],
)  # fmt: skip
def test_what_a_token_cannot_be_bound_to(api, spec, refusal):
    api.made("pods", pod("till", "sleep", "1000", nodeSelector={"no": "node"}))
    assert api("POST", "serviceaccounts/default/token", {"spec": spec}).refusal == refusal


def test_a_token_is_bound_to_pods_of_its_account_alone(jane):
    jane.admin.made("pods", pod("till", "sleep", "1000", nodeSelector={"no": "node"}))
    answer = jane.admin("POST", "serviceaccounts/jane/token", {"spec": bound_to("Pod", "till")})
    expected = (
        'cannot bind token for serviceaccount "jane" to pod running with different serviceaccount name.'
    )
    assert answer.refusal == (400, "BadRequest", expected)


def test_a_token_for_somebody_else_does_not_open_this_door(api):
    token = issued(api, "default", audiences=["vault"])["status"]["token"]
    assert api.bearing(token)("GET", "/api").code == 401
    status = review(api, token, audiences=["vault", "shop"])
    assert (status["authenticated"], status["audiences"]) == (True, ["vault"])
    refused = review(api, token)
    assert not refused.get("authenticated")
    assert 'token audiences ["vault"] is invalid for the target audiences' in refused["error"]


def test_a_review_says_whose_token_it_is(jane):
    status = review(jane.admin, jane.token)
    assert (status["authenticated"], status["audiences"]) == (True, [AUDIENCE])
    assert status["user"]["username"] == jane.user


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("text", "invalid bearer token"),
        ("signature", "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]"),
    ],
)
def test_a_review_of_what_is_no_token_of_ours(jane, damage, error):
    head, body, signature = jane.token.split(".")
    token = "open-sesame" if damage == "text" else f"{head}.{body}.{signature[::-1]}"
    assert review(jane.admin, token) == {"user": {}, "error": error}
    assert jane.admin.bearing(token)("GET", "/api").refusal == (401, "Unauthorized", "Unauthorized")


def test_a_review_needs_a_token(api):
    answer = api("POST", f"{REVIEWS}/tokenreviews", {"spec": {}})
    assert answer.code == 400
    assert answer.message == "token is required for TokenReview in authentication"


def test_a_secret_of_the_right_type_gets_a_token_that_holds_as_long_as_it_does(jane):
    secret = {
        "metadata": {"name": "jane-token", "annotations": {"kubernetes.io/service-account.name": "jane"}},
        "type": "kubernetes.io/service-account-token",
    }
    jane.admin.made("secrets", secret)
    data = eventually(lambda: jane.admin.read("secrets/jane-token").get("data") or {})
    assert set(data) == {"ca.crt", "namespace", "token"}
    token = base64.b64decode(data["token"]).decode()
    said = claims(token)
    uid = jane.admin.read("serviceaccounts/jane")["metadata"]["uid"]
    assert said == {
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": jane.admin.namespace,
        "kubernetes.io/serviceaccount/secret.name": "jane-token",
        "kubernetes.io/serviceaccount/service-account.name": "jane",
        "kubernetes.io/serviceaccount/service-account.uid": uid,
        "sub": jane.user,
    }
    annotations = jane.admin.read("secrets/jane-token")["metadata"]["annotations"]
    assert annotations["kubernetes.io/service-account.uid"] == uid
    holder = jane.admin.bearing(token)
    assert whoami(holder)["username"] == jane.user
    jane.admin("DELETE", "secrets/jane-token")
    eventually(lambda: holder("GET", "/api").code == 401)


def test_an_account_takes_its_secrets_with_it(jane):
    annotations = {"kubernetes.io/service-account.name": "jane"}
    secret = {
        "metadata": {"name": "t", "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    }
    jane.admin.made("secrets", secret)
    eventually(lambda: jane.admin.read("secrets/t").get("data"))
    jane.admin("DELETE", "serviceaccounts/jane")
    eventually(lambda: jane.admin("GET", "secrets/t").code == 404)


def test_kubectl_makes_a_token_that_kubectl_can_use(kubectl):
    kubectl.ok("create", "serviceaccount", "jane")
    kubectl.ok(
        "create", "rolebinding", "jane", "--clusterrole=view", f"--serviceaccount={kubectl.namespace}:jane"
    )
    token = kubectl.ok("create", "token", "jane", "--duration=20m").strip()
    assert claims(token)["exp"] - claims(token)["iat"] == 1200
    answer = kubectl(
        "auth", "can-i", "get", "pods", "--as", f"system:serviceaccount:{kubectl.namespace}:jane"
    )
    assert (answer.out, answer.code) == ("yes\n", 0)


def test_the_issuer_says_how_its_tokens_are_checked(jane):
    configuration = jane.admin.read("/.well-known/openid-configuration")
    assert configuration["issuer"] == AUDIENCE
    assert configuration["jwks_uri"].endswith("/openid/v1/jwks")
    assert configuration["id_token_signing_alg_values_supported"] == ["RS256"]
    (key,) = jane("GET", "/openid/v1/jwks").object["keys"]
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    assert key["kid"] == header(jane.token)["kid"]
    assert set(key) == {"use", "kty", "kid", "alg", "n", "e"}


def test_a_person_without_the_right_gets_no_tokens_of_others(jane):
    jane.is_given(rule("get", "serviceaccounts"))
    eventually(lambda: jane("GET", "serviceaccounts/default").code == 200)
    answer = jane("POST", "serviceaccounts/default/token", {"spec": {}})
    assert 'cannot create resource "serviceaccounts/token"' in answer.message
    assert answer.code == 403
