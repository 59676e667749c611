"""Generated requests: from the server's own OpenAPI documents, and from manifests with a part replaced.

Each run sends the same requests. `KUBETUTOR_FUZZ=20` sends twenty times as many, others every time: for a search by hand.
"""

import contextlib
import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests.exceptions import InvalidHeader, InvalidURL

pytestmark = pytest.mark.fuzz

THOROUGHNESS = int(os.environ.get("KUBETUTOR_FUZZ", "1"))
EXAMPLES = 1 * THOROUGHNESS  # of each operation
MUTATIONS = 300 * THOROUGHNESS
STREAMS = ("/exec", "/attach", "/portforward", "/proxy", "/watch/")
QUICK = settings(
    deadline=None,
    database=None,
    derandomize=THOROUGHNESS == 1,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANIFESTS = [
    case["input"]
    for case in json.loads((Path(__file__).parents[1] / "upstream" / "created.json").read_text())
    if case["code"] == 201
]


@pytest.fixture
def documents(api):
    """The OpenAPI documents of the groups that have resources."""
    paths = json.loads(api.request("GET", "/openapi/v3").body)["paths"]
    return {
        path: json.loads(api.request("GET", link["serverRelativeURL"]).body)
        for path, link in paths.items()
        if path.count("/") >= 1 and path.startswith("api")
    }


def operations_of(document):
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        if not is_too_dangerous(operation):
            yield operation


def is_too_dangerous(operation):
    """Say whether an operation would end the cluster, or never end: deleting all nodes, streams."""
    deletes_all = operation.method.lower() == "delete" and not operation.path.endswith("}")
    return (deletes_all and "{namespace}" not in operation.path) or any(
        part in operation.path for part in STREAMS
    )


def test_operations_of_the_openapi_documents(reach, documents, namespace, answered):
    counted = 0
    for operation in (each for document in documents.values() for each in operations_of(document)):
        counted += 1

        @settings(QUICK, max_examples=EXAMPLES)
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
        def send(case):
            if "namespace" in case.path_parameters:
                case.path_parameters["namespace"] = namespace
            case.query = {**(case.query or {}), "timeoutSeconds": "1"}
            case.query.pop("follow", None)
            try:
                response = case.call(
                    base_url=reach.server,
                    headers={"Authorization": f"Bearer {reach.token}"},
                    verify=str(reach.ca_file),
                    timeout=20,
                )
            except (InvalidHeader, InvalidURL):  # the client itself cannot send it
                return
            sent = response.request
            with said_with((sent.method, sent.url, sent.headers, sent.body)):
                answered(Raw(response.status_code, response.content))

        send()
    assert counted > 200


@contextlib.contextmanager
def said_with(sent):
    """Let a failure show what was sent."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{sent!r}: {error}") from error


class Raw:
    """An answer that came through another client."""

    def __init__(self, code, body):
        self.code, self.body = code, body

    @property
    def status(self):
        return json.loads(self.body)


odd_values = st.recursive(
    st.sampled_from(
        [None, True, 0, -1, 2**31, 2**63, 1.5, "", "x", "-1", "None", "25%", "\x00", "x" * 300, "ä", {}, []]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "labels", "spec", "app", "$patch", "metadata", "x" * 70, ""]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def places_in(value, path=()):
    """List the path to each part of a manifest."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(place for key, child in children for place in places_in(child, (*path, key)))]


def replaced(value, path, odd):
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], odd)
    return copy


@st.composite
def mutated_manifests(draw):
    manifest = draw(st.sampled_from(MANIFESTS))
    kind = (manifest["apiVersion"], manifest["kind"], manifest["metadata"].get("name", "x"))
    for _ in range(draw(st.integers(1, 3))):
        places = [path for path in places_in(manifest) if path]
        if places:
            manifest = replaced(manifest, draw(st.sampled_from(places)), draw(odd_values))
    return kind, manifest


@pytest.fixture
def path_of(api, namespace):
    """Answer the collection of a kind, as discovery has it."""
    known = {}

    def answer(api_version, kind):
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        if root not in known:
            resources = json.loads(api.request("GET", root).body)["resources"]
            known[root] = {entry["kind"]: entry for entry in resources if "/" not in entry["name"]}
        entry = known[root][kind]
        return (
            f"{root}/namespaces/{namespace}/{entry['name']}"
            if entry["namespaced"]
            else f"{root}/{entry['name']}"
        )

    return answer


def test_manifests_with_parts_replaced_are_created_or_refused(api, path_of, answered):
    @settings(QUICK, max_examples=MUTATIONS)
    @given(mutated_manifests(), st.sampled_from(["Strict", "Warn", "Ignore"]))
    def create(mutated, validation):
        (api_version, kind, _), manifest = mutated
        query = f"dryRun=All&fieldValidation={validation}"
        with said_with(manifest):
            answered(api.json("POST", f"{path_of(api_version, kind)}?{query}", manifest))

    create()


PATCH_TYPES = (
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)


def test_manifests_with_parts_replaced_are_patched_or_refused(api, path_of, answered):
    for manifest in MANIFESTS:
        api.json("POST", path_of(manifest["apiVersion"], manifest["kind"]), manifest)

    @settings(QUICK, max_examples=MUTATIONS)
    @given(mutated_manifests(), st.sampled_from([*PATCH_TYPES, "put"]))
    def patch(mutated, how):
        (api_version, kind, name), manifest = mutated
        path = f"{path_of(api_version, kind)}/{quote(name)}?dryRun=All"
        with said_with((how, manifest)):
            if how == "put":
                answered(api.json("PUT", path, manifest))
            else:
                force = "&force=true" if "apply" in how else ""
                answered(api.json("PATCH", f"{path}&fieldManager=fuzz{force}", manifest, how))

    patch()
