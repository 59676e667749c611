"""The form in which an answer goes out: JSON or YAML; whole objects, tables or metadata alone.

Models: k8s.io/apiserver/pkg/endpoints/handlers/response.go and handlers/negotiation.
"""

from __future__ import annotations

import gzip
import uuid
from typing import TYPE_CHECKING, Any

import orjson
import yaml
from starlette.responses import Response

from kubetutor.embedded.apiserver import tables
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object

MOST_WARNINGS = 4096  # characters of all warnings together
LONGEST_OF_MANY = 256  # characters of one, when they are too many
PARTIAL = "as=PartialObjectMetadata"
SHOWN = ("application/json", "application/yaml")
FORMS = (*SHOWN, "*/*")
AS = ("as=Table", "as=PartialObjectMetadata", "as=PartialObjectMetadataList")
COMPRESSED_FROM = 128 * 1024  # bytes


class Rendering:
    """What one client asked for with `Accept`. Raises ApiError 406 for a form that we do not have."""

    def __init__(self, request: Request) -> None:
        accept = request.headers.get("accept", "") or "*/*"
        self._pretty = _wants_indentation(request)
        self._include = request.query_params.get("includeObject", "") or "Metadata"
        self.as_table = tables.wants_table(accept)
        self.as_metadata = not self.as_table and PARTIAL in accept.replace(" ", "")
        self._form = _form(accept)
        self._compressed = "gzip" in request.headers.get("accept-encoding", "")
        self._of_a_list = "as=PartialObjectMetadataList" in accept
        if self.as_table and self._include not in tables.INCLUDE_OBJECT:
            raise bad_request(
                f'Unable to convert to Table as requested: includeObject: Invalid value: "{self._include}": '
                "must be 'Metadata', 'Object', 'None', or empty"
            )

    def object(self, kind: Kind, obj: Object, now: dt.datetime) -> Object:
        """Answer one object as this client wants it."""
        if self.as_table:
            metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            return tables.table(kind, [obj], list_metadata=metadata, now=now, include_object=self._include)
        if self.as_metadata and self._of_a_list:
            group = kind.group.partition(".")[0] or "core"
            raise ApiError(
                406,
                "NotAcceptable",
                f"you requested PartialObjectMetadataList, but the requested object is not a list (*{group}.{kind.kind})",
            )
        if self.as_metadata:
            return _partial(obj)
        return obj

    def list(self, kind: Kind, items: Sequence[Object], metadata: Object, now: dt.datetime) -> Object:
        """Answer a list as this client wants it."""
        if self.as_table:
            return tables.table(kind, items, list_metadata=metadata, now=now, include_object=self._include)
        if self.as_metadata:
            api_version = "meta.k8s.io/v1"
            return {
                "kind": "PartialObjectMetadataList",
                "apiVersion": api_version,
                "metadata": metadata,
                "items": [_partial(obj) for obj in items],
            }
        named = () if isinstance(kind, CustomKind) else ("kind", "apiVersion")
        return {
            "kind": kind.list_kind,
            "apiVersion": kind.api_version,
            "metadata": metadata,
            "items": [{key: value for key, value in obj.items() if key not in named} for obj in items],
        }

    def for_watch(self, kind: Kind, now: Callable[[], dt.datetime]) -> Callable[[Object], Object]:
        """Answer what renders each object of a watch; only the first table names its columns."""
        if not self.as_table:
            return _partial if self.as_metadata else lambda obj: obj
        first = True

        def row(obj: Object) -> Object:
            nonlocal first
            columns, first = first, False
            metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            return tables.table(
                kind, [obj], list_metadata=metadata, now=now(), include_object=self._include, columns=columns
            )

        return row

    def response(self, body: Any, code: int = 200, warnings: Sequence[str] = ()) -> Response:
        response = self._encoded(body, code)
        add_warnings(response, warnings)
        return response

    def _encoded(self, body: Any, code: int) -> Response:
        if self._form == "application/yaml":
            text, media_type = yaml.safe_dump(body, sort_keys=False).encode(), "application/yaml"
        else:
            option = orjson.OPT_INDENT_2 if self._pretty else 0
            text, media_type = orjson.dumps(body, option=option), "application/json"
        headers = {"Audit-Id": str(uuid.uuid4()), "Cache-Control": "no-cache, private"}
        if self._compressed and len(text) > COMPRESSED_FROM:
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            text = gzip.compress(text, compresslevel=1)
        return Response(text, code, headers, media_type)


def _form(accept: str) -> str:
    """Answer the media type that the client likes best of those that we have. Raises ApiError 406."""
    clauses = [[part.strip() for part in each.split(";")] for each in tables.by_preference(accept)]
    known = [clause for clause in clauses if clause[0] in FORMS]
    if not known:
        shown = f"406: Not Acceptable\n\nAvailable representations: {', '.join(SHOWN)}"
        raise ApiError(406, "NotAcceptable", shown, {})
    for media_type, *parameters in known:
        if all(each in AS for each in parameters if each.startswith("as=")):
            return media_type
    shown = f"only the following media types are accepted: {', '.join(SHOWN)}"
    raise ApiError(406, "NotAcceptable", shown)


def _wants_indentation(request: Request) -> bool:
    """Indent for those who ask, and for the tools with which people look."""
    asked = request.query_params.get("pretty", "")
    if asked:
        return asked in {"1", "t", "T", "true", "TRUE", "True"}
    return request.headers.get("user-agent", "").startswith(("curl", "Wget", "Mozilla/5.0"))


def _partial(obj: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def accepts(request: Request, media_type: str) -> bool:
    """Say whether the client takes this media type, with all of its parameters."""
    wanted, *parameters = media_type.split(";")
    for clause in tables.by_preference(request.headers.get("accept", "") or "*/*"):
        offered, *given = (part.strip() for part in clause.split(";"))
        if offered == wanted and set(parameters) <= set(given):
            return True
        if offered in {"*/*", "application/*"} and not parameters:
            return True
    return False


def refusal(error: ApiError) -> Response:
    seconds = (error.details or {}).get("retryAfterSeconds")
    headers = {"Retry-After": str(seconds)} if seconds else None
    return Response(orjson.dumps(error.status()), error.code, headers, "application/json")


def add_warnings(response: Response, warnings: Sequence[str]) -> None:
    response.raw_headers.extend((b"warning", value) for value in warning_headers(warnings))


def warning_headers(warnings: Sequence[str]) -> list[bytes]:
    """Write warnings as the values of `Warning` headers: UTF-8, no control characters, not endlessly many.

    Models: k8s.io/apiserver/pkg/endpoints/filters/warning.go and k8s.io/apimachinery/pkg/util/net (NewWarningHeader).
    """
    is_long = sum(map(len, warnings)) > MOST_WARNINGS
    values, length = [], 0
    for warning in warnings:
        text = "".join(char if char.isprintable() else " " for char in warning)
        text = text[:LONGEST_OF_MANY] if is_long else text
        length += len(text)
        if length > MOST_WARNINGS:
            break
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        values.append(f'299 - "{quoted}"'.encode("utf-8", "replace"))
    return values
