"""The OpenAPI v3 documents: kubectl's explain, apply, edit, diff and validation read them.

One document per group and version. They are large and never change for an installed kubetutor, so each is built when
it is first asked for, kept as a file and read from there; the hash in its link lets clients keep it for good. Those of
custom kinds are small: they are built each time, and their hash changes with the definition.

Models: k8s.io/kube-openapi/pkg/handler3.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.embedded.apiserver import discovery, openapi_paths, openapi_schemas
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.custom.openapi import custom_definitions
from kubetutor.embedded.apiserver.definitions import (
    RELEASE,
    definition_names,
    definitions_path,
    load_definitions,
)
from kubetutor.embedded.apiserver.openapi_paths import paths_of
from kubetutor.embedded.apiserver.openapi_schemas import (
    COMPONENT_PREFIX,
    JSON_PATCH,
    JSON_PATCH_SCHEMA,
    component_schemas,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

SOURCES = (__file__, discovery.__file__, openapi_paths.__file__, openapi_schemas.__file__)


class OpenApi:
    """Answers `/openapi/v3` and what it links to. `cache_dir` None means: build each time, as tests may."""

    def __init__(self, cache_dir: Path | None) -> None:
        self._cache_dir = cache_dir

    def index(self, kinds: Sequence[Kind] = KINDS) -> bytes:
        """Answer `GET /openapi/v3`: the links to the documents."""
        links = {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={self.hash_of(path, kinds)}"}
            for path in documents(kinds)
        }
        return orjson.dumps({"paths": links})

    def hash_of(self, path: str, kinds: Sequence[Kind] = KINDS) -> str:
        """Answer the hash in the document's link: that of all it is made from."""
        custom = [repr(kind) for kind in documents(kinds)[path] if isinstance(kind, CustomKind)]
        return hashlib.sha256(f"{self._origin} {path} {''.join(custom)}".encode()).hexdigest().upper()

    def document(self, path: str, kinds: Sequence[Kind] = KINDS) -> bytes | None:
        """Answer the document of `api/v1` or `apis/apps/v1`; None for a group or version that is not served."""
        described = documents(kinds).get(path)
        if described is None:
            return None
        if self._cache_dir is None or any(isinstance(kind, CustomKind) for kind in described):
            return build(described)
        file = self._cache_dir / f"{path.replace('/', '__')}-{self.hash_of(path)[:16]}.json"
        if not file.exists():
            document = build(described)
            _keep(file, document)
            return document
        return file.read_bytes()

    @cached_property
    def _origin(self) -> str:
        """Answer a hash of the definitions, of the kinds and of the code that makes documents from them."""
        digest = hashlib.sha256(repr(KINDS).encode())
        for source in (definitions_path(), *map(Path, SOURCES)):
            digest.update(source.read_bytes())
        return digest.hexdigest()


def _keep(file: Path, document: bytes) -> None:
    """Write the file whole or not at all, and remove those of older versions. On a full disk there is none."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, document)
        for old in file.parent.glob(f"{file.stem.rpartition('-')[0]}-*.json"):
            if old != file:
                old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the OpenAPI document %s is not kept, and made anew each time: %s", file, error)


def _write(file: Path, document: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(document)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def documents(kinds: Sequence[Kind] = KINDS) -> dict[str, list[Kind]]:
    """Map each document's path to the kinds that it describes."""
    versions = sorted({(kind.group, kind.version) for kind in kinds if not kind.is_measured})
    return {
        f"apis/{group}/{version}" if group else f"api/{version}": discovery.kinds_of(group, version, kinds)
        for group, version in versions
    }


def build(kinds: list[Kind]) -> bytes:
    """Make the document of one group and version."""
    definitions = load_definitions()
    for kind in kinds:
        if isinstance(kind, CustomKind):
            definitions |= custom_definitions(kind)
    names = definition_names(definitions)
    paths = {path: item for kind in kinds for path, item in paths_of(kind, names).items()}
    own = [names[(kind.group, kind.version, kind.kind)] for kind in kinds]
    wanted = {*own, *_referenced(paths)}
    schemas = component_schemas(definitions, wanted - {JSON_PATCH})
    if JSON_PATCH in wanted:
        schemas[JSON_PATCH] = JSON_PATCH_SCHEMA
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": RELEASE},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"BearerToken": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"BearerToken": []}],
    }
    return orjson.dumps(document)


def _referenced(value: Any) -> set[str]:
    """Answer the names of the components that a part of the document refers to."""
    if isinstance(value, list):
        return set().union(*(_referenced(entry) for entry in value))
    if not isinstance(value, dict):
        return set()
    target = value.get("$ref")
    own = {target.removeprefix(COMPONENT_PREFIX)} if isinstance(target, str) else set()
    return own.union(*(_referenced(entry) for entry in value.values()))
