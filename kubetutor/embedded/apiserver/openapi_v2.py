"""The OpenAPI v2 document. It describes no type: `openapi.py` does, in v3.

kubectl asks for it when a manifest names a kind or a version that no v3 document knows. It finds nothing here either,
and goes on to say so: `no matches for kind "Konfigmap" in version "v1"`.

Unlike upstream: there it holds every type a second time.
Models: k8s.io/kube-openapi/pkg/handler; the numbers of the fields are those of gnostic's openapiv2/OpenAPIv2.proto.
"""

from __future__ import annotations

import orjson

from kubetutor.embedded.apiserver.definitions import RELEASE

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
TITLE = "Kubernetes"
JSON = orjson.dumps(
    {"swagger": "2.0", "info": {"title": TITLE, "version": RELEASE}, "paths": {}, "definitions": {}}
)


def _field(number: int, value: bytes) -> bytes:
    """Write a field of fewer than 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value


PROTOBUF = _field(1, b"2.0") + _field(2, _field(1, TITLE.encode()) + _field(2, RELEASE.encode()))
