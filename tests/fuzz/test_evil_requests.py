"""Requests that mean harm, one by one. None may crash the server or be answered with anything but a `Status`."""

import json

import pytest

pytestmark = pytest.mark.fuzz

PODS = "/api/v1/namespaces/default/pods"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
CONFIG_MAP = f"{CONFIG_MAPS}/kube-root-ca.crt"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def config_map(**data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "evil-"}, "data": data}


def with_replicas(number):
    """Answer the body of a deployment whose `replicas` is this text."""
    return (
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"generateName":"evil-"},"spec":{"replicas":'
        f'{number},"selector":{{"matchLabels":{{"a":"b"}}}},"template":{{"metadata":{{"labels":{{"a":"b"}}}},'
        '"spec":{"containers":[{"name":"web","image":"my-app:1.0"}]}}}}'
    ).encode()


MALFORMED = {
    "empty": b"",
    "half": b'{"apiVersion":"v1"',
    "single quotes": b"{'apiVersion':'v1'}",
    "trailing comma": b'{"apiVersion":"v1",}',
    "not a number": b'{"apiVersion":"v1","kind":"ConfigMap","data":NaN}',
    "an array": b"[]",
    "text": b'"ConfigMap"',
    "100,000 brackets": b"[" * 100_000,
    "100,000 maps": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep annotation": b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","annotations":'
    + b'{"a":' * 900
    + b"1"
    + b"}" * 900
    + b"}}",
    "only bad UTF-8": b"\xff\xfe\xfd",
    "NUL": b"\x00",
    "UTF-16": '{"apiVersion":"v1"}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_malformed_json_is_a_bad_request(api, answered, name, method):
    path = CONFIG_MAPS if method == "POST" else CONFIG_MAP
    assert answered(api.json(method, path, MALFORMED[name])).code == 400


@pytest.mark.parametrize("content_type", [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE, APPLY])
@pytest.mark.parametrize("name", [name for name in MALFORMED if name not in {"a deep annotation", "empty"}])
def test_malformed_patches_are_bad_requests(api, answered, content_type, name):
    if (name, content_type) == ("an array", JSON_PATCH):
        pytest.skip("an empty JSON patch is valid")
    answer = answered(api.json("PATCH", f"{CONFIG_MAP}?fieldManager=evil", MALFORMED[name], content_type))
    assert answer.code == 400


@pytest.mark.parametrize(
    ("content_type", "body", "codes"),
    [
        (JSON_PATCH, b'[{"op":"remove","path":"/none"}]', {422}),
        (JSON_PATCH, b'[{"op":"replace","path":"","value":[]}]', {400, 422}),
        (JSON_PATCH, b'[{"op":"add","path":"/data","value":7}]', {400, 422}),
        (JSON_PATCH, b'[{"op":"remove","path":"/metadata"}]', {400, 422}),
        (JSON_PATCH, b'[{"op":"remove","path":"/metadata/name"}]', {400, 422}),
        (JSON_PATCH, b"[" + b",".join([b'{"op":"copy","from":"","path":"/data/x"}'] * 60) + b"]", {400, 422}),
        (
            JSON_PATCH,
            b"[" + b",".join([b'{"op":"test","path":"/kind","value":"ConfigMap"}'] * 10_001) + b"]",
            {413},
        ),
        (MERGE_PATCH, b'{"metadata":null}', {400, 422}),
        (MERGE_PATCH, b'{"metadata":{"name":"other"}}', {400}),
        (MERGE_PATCH, b'{"metadata":{"labels":[]}}', {400, 422}),
        (MERGE_PATCH, b'{"data":{"a":{"b":1}}}', {400, 422}),
        (MERGE_PATCH, b'{"kind":"Pod","apiVersion":"v1"}', {400, 422}),
        (STRATEGIC_MERGE, b'{"$patch":"jump"}', {400}),
        (STRATEGIC_MERGE, b'{"$patch":"delete"}', {400, 422}),
        (STRATEGIC_MERGE, b'{"metadata":{"$retainKeys":7,"labels":{"a":"b"}}}', {400}),
        (STRATEGIC_MERGE, b'{"metadata":{"ownerReferences":[{"name":"x"}]}}', {400, 422}),
        (APPLY, b"apiVersion: v1\nkind: Pod\nmetadata: {name: kube-root-ca.crt}", {400}),
        (APPLY, b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}", {400}),
        (APPLY, b"apiVersion: v1\nkind: ConfigMap\nmetadata: 7", {400}),
        (APPLY, b"apiVersion: v1\nkind: ConfigMap\nmetadata: {managedFields: [{}]}", {400}),
        (APPLY, b"a: &a [*a]", {400}),
        ("text/plain", b"{}", {415}),
        ("application/json", b"{}", {415}),
    ],
)
def test_bad_patches_are_refused(api, answered, content_type, body, codes):
    answer = answered(api.json("PATCH", f"{CONFIG_MAP}?fieldManager=evil", body, content_type))
    assert answer.code in codes


def test_an_apply_patch_needs_a_manager(api, answered):
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-root-ca.crt}"
    answer = answered(api.json("PATCH", CONFIG_MAP, body, APPLY))
    assert answer.code == 422
    assert "fieldManager: Required value: is required for apply patch" in answer.status["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_of_5_mb_is_too_large(api, answered, method):
    body = json.dumps(config_map(big="x" * 5_000_000)).encode()
    path = CONFIG_MAPS if method == "POST" else CONFIG_MAP
    content_type = MERGE_PATCH if method == "PATCH" else "application/json"
    answer = answered(api.json(method, path, body, content_type))
    assert (answer.code, answer.status["reason"]) == (413, "RequestEntityTooLarge")
    assert answer.status["message"] == "Request entity too large: limit is 3145728"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{PODS}/x"),
        ("PUT", PODS),
        ("PATCH", PODS),
        ("DELETE", "/api/v1"),
        ("POST", "/version"),
        ("PUT", "/api"),
        ("DELETE", f"{DEPLOYMENTS}/x/scale"),
        ("POST", "/api/v1/componentstatuses"),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ],
)
def test_wrong_verbs_are_not_allowed(api, answered, method, path):
    assert (
        answered(api.json(method, path, {}, MERGE_PATCH if method == "PATCH" else "application/json")).code
        == 405
    )


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "TRACE", "BREW", "PROPFIND"])
def test_strange_verbs_do_no_harm(api, method):
    assert api.request(method, PODS).code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/v2",
        "/api/v1/nothing",
        "/api/v1/namespaces/default/nothing",
        "/api/v1/namespaces/default/nothing/x",
        f"{PODS}/x/nothing",
        "/apis/nothing.example",
        "/apis/apps/v9",
        "/apis/apps/v1/namespaces/default/nothing",
        "/apis/nothing.example/v1/things",
        "/openapi/v3/nothing",
        "/api/v1/namespaces/default/../../secrets/x",
        "//api/v1/pods/x",
        "/api/v1//pods",
        f"{PODS}/..%2f..%2fsecrets",
        f"{PODS}/a%2Fb",
        f"{PODS}/%00",
        f"{PODS}/a%00b",
        f"{PODS}/%ff%fe",
        f"{PODS}/%zz",
        f"{PODS}/{'x' * 5000}",
        f"{PODS}/{'%F0%9F%90%99' * 300}",
        f"{PODS}/'%22%3B--",
    ],
    ids=lambda path: path[:60],
)
def test_paths_that_do_not_exist(api, answered, path):
    answer = api.request("GET", path)
    if answer.code in {301, 307}:  # upstream cleans up paths by redirecting
        return
    assert answered(answer).code in {400, 403, 404, 405}


@pytest.mark.parametrize(
    "name",
    [
        "a\x00b",
        "x" * 254,
        "x" * 100_000,
        "",
        "..",
        "a/b",
        "A",
        "ä",
        "\ud83d\ude00",
        "-",
        "a b",
        "a\nb",
        "%00",
    ],
    ids=lambda name: repr(name)[:20],
)
def test_impossible_names_are_invalid(api, answered, name):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    assert answered(api.json("POST", CONFIG_MAPS, body)).code in {400, 422}


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "99999999999999999999", "1.5", '"1"', "true", "[]", "-1"]
)
def test_impossible_numbers_are_refused(api, answered, number):
    assert answered(api.json("POST", f"{DEPLOYMENTS}?dryRun=All", with_replicas(number))).code in {400, 422}


@pytest.mark.parametrize("number", ["-0", "null", "0"])
def test_odd_but_possible_numbers_are_taken(api, answered, number):
    assert answered(api.json("POST", f"{DEPLOYMENTS}?dryRun=All", with_replicas(number))).code == 201


@pytest.mark.parametrize(("validation", "code"), [("Strict", 400), ("Warn", 201), ("Ignore", 201)])
def test_equal_keys_are_refused_only_by_strict_validation(api, answered, validation, code):
    body = (
        b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"evil-"},"data":{"a":"1","a":"2"}}'
    )
    query = f"dryRun=All&fieldValidation={validation}"
    assert answered(api.json("POST", f"{CONFIG_MAPS}?{query}", body)).code == code


@pytest.mark.parametrize("text", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\\ud800", b"\\u0000"], ids=repr)
def test_odd_characters_in_a_value_do_no_harm(api, answered, text):
    body = json.dumps(config_map(a="HERE")).encode().replace(b"HERE", text)
    answered(api.json("POST", CONFIG_MAPS, body))
    answered(api.request("GET", CONFIG_MAPS))


@pytest.mark.parametrize(
    ("content_type", "codes"),
    [
        ("text/plain", {415}),
        ("application/xml", {415}),
        ("application/json; charset=utf-16", {201, 400, 415}),
        ("application/vnd.kubernetes.protobuf", {400}),
        ("/", {400, 415}),
        (";;;", {400, 415}),
        ("x" * 5000, {400, 415}),
        (None, {201, 400, 415}),
    ],
)
def test_wrong_content_types(api, answered, content_type, codes):
    body = json.dumps(config_map(a="b")).encode()
    answer = answered(api.request("POST", f"{CONFIG_MAPS}?dryRun=All", body, {"Content-Type": content_type}))
    assert answer.code in codes


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"k8s\x00",
        b"k8s\x00\x0a",
        b"k8s\x00\x0a\xff\xff\xff\xff\x0f",
        b"k8s\x00" + b"\xff" * 50,
        b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x7f\x0a",
        b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x02\x0a\xff",
        b"\x0a" * 10_000,
        b"k8s\x00\x0b" * 3000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_broken_protobuf_is_a_bad_request(api, answered, body):
    answer = api.json("POST", CONFIG_MAPS, body, "application/vnd.kubernetes.protobuf")
    assert answered(answer).code in {400, 422}


@pytest.mark.parametrize(
    "accept", ["application/xml", "text/html", "application/json;as=Chair;v=v1;g=meta.k8s.io", "/", ",,;q=x"]
)
def test_wrong_accept_headers(api, answered, accept):
    answered(api.request("GET", PODS, headers={"Accept": accept}))


WRONG, NONE = (401, "Unauthorized"), (403, "Forbidden")


@pytest.mark.parametrize(
    ("credentials", "refusal"),
    [
        (None, NONE),
        ("Bearer wrong", WRONG),
        ("Bearer ", NONE),
        ("Bearer", NONE),
        ("Basic YTpi", NONE),
        ("bearer\tx", NONE),
        ("Bearer " + "x" * 4000, WRONG),
        ("Bearer a.b.c", WRONG),
        ("Bearer e30.e30.e30", WRONG),
        ("Bearer \u00e4".encode(), WRONG),
    ],
)
@pytest.mark.parametrize("path", [PODS, "/nothing", "/openapi/v3", f"{PODS}/x/exec?command=sh"])
def test_without_the_token_nobody_gets_in(api, answered, credentials, refusal, path):
    answer = answered(api.request("GET", path, headers={"Authorization": credentials}))
    assert (answer.code, answer.status["reason"]) == refusal


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"kind":"Pod","apiVersion":"v1"}',
        b'{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":"x"}',
        b'{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":-7}',
        b'{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Maybe"}',
        b'{"kind":"DeleteOptions","apiVersion":"v1","preconditions":7}',
    ],
)
def test_odd_delete_options(api, answered, body):
    answered(api.json("DELETE", f"{CONFIG_MAPS}/ghost", body))


@pytest.mark.parametrize(
    "subresource", ["exec", "attach", "portforward", "log", "proxy/", "proxy/a/%2e%2e/b"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_streams_to_pods_that_are_not_there(api, answered, subresource, method):
    answered(api.request(method, f"{PODS}/ghost/{subresource}"))


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: 1\r\n" * 5000 + b"\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_broken_http_is_answered_or_dropped(api, data):
    received = api.raw(data)
    assert b"Traceback" not in received
    assert not received.startswith(b"HTTP/1.1 5")
