"""A path names a kind, a namespace, an object, a subresource; or nothing of ours."""

import pytest

from kubetutor.embedded.apiserver import request
from kubetutor.embedded.apiserver.served_kinds import ServedKinds
from kubetutor.embedded.store import Store
from kubetutor.errors import ApiError

KINDS = ServedKinds(Store())


def parse(path):
    return request.parse(path, KINDS)


@pytest.mark.parametrize(
    ("path", "resource", "namespace", "name", "subresource"),
    [
        ("/api/v1/pods", "pods", None, None, ""),
        ("/api/v1/namespaces/shop/pods", "pods", "shop", None, ""),
        ("/api/v1/namespaces/shop/pods/web", "pods", "shop", "web", ""),
        ("/api/v1/namespaces/shop/pods/web/log", "pods", "shop", "web", "log"),
        ("/api/v1/namespaces", "namespaces", None, None, ""),
        ("/api/v1/namespaces/shop", "namespaces", None, "shop", ""),
        ("/api/v1/namespaces/shop/status", "namespaces", None, "shop", "status"),
        ("/api/v1/namespaces/shop/finalize", "namespaces", None, "shop", "finalize"),
        ("/api/v1/nodes/one", "nodes", None, "one", ""),
        ("/apis/apps/v1/namespaces/shop/deployments/web/scale", "deployments.apps", "shop", "web", "scale"),
    ],
)
def test_paths_to_resources(path, resource, namespace, name, subresource):
    what = parse(path)
    assert (what.kind.resource, what.namespace, what.name, what.subresource) == (
        resource,
        namespace,
        name,
        subresource,
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/v1",
        "/apis/apps/v1",
        "/apis/extensions/v1beta1/x",
        "/healthz",
        "//api/v1",
    ],
)
def test_paths_to_something_else(path):
    assert parse(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/ghosts",
        "/api/v1/namespaces//pods",
        "/api/v1/watch/pods/web",
        "/apis/apps/v9",
        "/api/v1/namespaces/shop/nodes/one",
        "/api/v1/pods/web",
        "/api/v1/namespaces/shop/pods/web/ghost",
    ],
)
def test_resources_that_are_not_there(path):
    with pytest.raises(ApiError) as error:
        parse(path)
    assert error.value.code == 404
