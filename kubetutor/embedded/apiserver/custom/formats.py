"""The forms of text that a schema may ask for by name: `date-time`, `ipv4`, `uuid`.

Unlike upstream: the formats of books, credit cards, colours and the like are known by name and not looked at.
Models: k8s.io/kube-openapi/pkg/validation/strfmt, apiextensions-apiserver/pkg/apiserver/validation/formats.go.
"""

from __future__ import annotations

import binascii
import datetime as dt
import ipaddress
import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubetutor.api.formats import dns_label, dns_subdomain

if TYPE_CHECKING:
    from collections.abc import Callable

_UUID = "(?i:[0-9a-f]{8}-?[0-9a-f]{4}-?%s[0-9a-f]{3}-?%s[0-9a-f]{3}-?[0-9a-f]{12})"
_HOST_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,62})?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,62})?)*\.?")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[tT ]\d{2}:\d{2}:\d{2}(\.\d+)?([zZ]|[+-]\d{2}:?\d{2})")
_DURATION = re.compile(
    r"[-+]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|ms|s|m|h|d|w)(\s*(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|ms|s|m|h|d|w))*"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}")


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _succeeds(read: Callable[[str], object]) -> Callable[[str], bool]:
    """Turn what reads a text into what says whether it can be read."""

    def fits(text: str) -> bool:
        try:
            read(text)
        except (ValueError, binascii.Error):
            return False
        return True

    return fits


def _is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return text.startswith("/") or bool(parts.scheme and (parts.netloc or parts.path))


_is_interface = _succeeds(ipaddress.ip_interface)
_FORMATS: dict[str, Callable[[str], bool]] = {
    "byte": _succeeds(lambda text: b64decode(text, validate=True)),
    "cidr": lambda text: "/" in text and _is_interface(text),
    "date": _succeeds(lambda text: dt.datetime.strptime(text, "%Y-%m-%d")),  # noqa: DTZ007  # a day, not a time
    "datetime": lambda text: _DATE_TIME.fullmatch(text) is not None,
    "duration": lambda text: text == "0" or _DURATION.fullmatch(text) is not None,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "hostname": lambda text: _HOST_NAME.fullmatch(text) is not None,
    "ipv4": _succeeds(ipaddress.IPv4Address),
    "ipv6": _succeeds(ipaddress.IPv6Address),
    "k8slongname": lambda text: not dns_subdomain(text),
    "k8sshortname": lambda text: not dns_label(text),
    "mac": lambda text: _MAC.fullmatch(text) is not None,
    "uri": _is_uri,
    "uuid": _matches(_UUID % ("[0-9a-f]", "[0-9a-f]")),
    "uuid3": _matches(_UUID % ("3", "[0-9a-f]")),
    "uuid4": _matches(_UUID % ("4", "[89ab]")),
    "uuid5": _matches(_UUID % ("5", "[89ab]")),
}
_OTHERS = {
    "bsonobjectid", "creditcard", "hexcolor", "isbn", "isbn10", "isbn13", "password", "rgbcolor", "ssn",
}  # fmt: skip
_BY_TYPE = {"integer": {"int32", "int64"}, "number": {"float", "double"}}


def fits_format(name: str, text: str) -> bool:
    """Say whether a text has the form. Every text has a form that nobody knows."""
    known = _FORMATS.get(name.replace("-", ""))
    return known is None or known(text)


def is_known_format(name: str, type_: str) -> bool:
    """Say whether values of a type may have this form; a format that nobody knows has no effect."""
    if type_ in {"", "string"}:
        plain = name.replace("-", "")
        return plain in _FORMATS or plain in _OTHERS
    return name in _BY_TYPE.get(type_, ())
