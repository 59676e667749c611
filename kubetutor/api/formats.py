"""The forms that names, keys and values must have, and what is said about those that have not.

Each function answers the complaints about a text, none when it is well formed.

Models: k8s.io/apimachinery/pkg/util/validation, pkg/api/validate/content.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_RFC_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_KEY})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_HEADER = "[-A-Za-z0-9]+"
_PERCENT = "[0-9]+%"

_DNS_LABEL = re.compile(_LABEL, re.ASCII)
_DNS_SUBDOMAIN = re.compile(_SUBDOMAIN, re.ASCII)
_DNS_1035 = re.compile(_RFC_1035, re.ASCII)
_LABEL_KEY = re.compile(_KEY, re.ASCII)
_LABEL_VALUE = re.compile(_VALUE, re.ASCII)
_CONFIG_MAP_KEY = re.compile(_CONFIG_KEY, re.ASCII)
_HTTP_HEADER = re.compile(_HEADER, re.ASCII)
_PERCENT_TEXT = re.compile(_PERCENT, re.ASCII)
_PORT_NAME = re.compile("[-a-z0-9]+")
_PRINTABLE = re.compile("[ -<>-~]*")

_ALPHANUMERIC_ENDS = "and must start and end with an alphanumeric character"
_SUBDOMAIN_WORDS = f"must consist of lower case alphanumeric characters, '-' or '.', {_ALPHANUMERIC_ENDS}"
_LABEL_WORDS = f"must consist of lower case alphanumeric characters or '-', {_ALPHANUMERIC_ENDS}"
_KEY_WORDS = f"must consist of alphanumeric characters, '-', '_' or '.', {_ALPHANUMERIC_ENDS}"
_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    f"{_ALPHANUMERIC_ENDS}"
)
IP_WORDS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
CIDR_WORDS = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


@lru_cache(maxsize=4096)
def dns_label(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being a label of RFC 1123: `web-1`."""
    words = f"a lowercase RFC 1123 label {_LABEL_WORDS}"
    if len(text) <= 63 and _DNS_LABEL.fullmatch(text):
        return ()
    form = (
        "must not contain dots"
        if _DNS_SUBDOMAIN.fullmatch(text)
        else _by_regex(words, _LABEL, "my-name", "123-abc")
    )
    return _complaints(text, 63, _DNS_LABEL, form, "characters")


@lru_cache(maxsize=4096)
def dns_subdomain(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being a subdomain of RFC 1123: `shop.example`."""
    words = f"a lowercase RFC 1123 subdomain {_SUBDOMAIN_WORDS}"
    return _complaints(text, 253, _DNS_SUBDOMAIN, _by_regex(words, _SUBDOMAIN, "example.com"), "characters")


def dns_1035_label(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being a label of RFC 1035, which starts with a letter."""
    words = (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        "character, and end with an alphanumeric character"
    )
    return _complaints(text, 63, _DNS_1035, _by_regex(words, _RFC_1035, "my-name", "abc-123"))


def wildcard_subdomain(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being `*.` and a subdomain."""
    pattern = rf"\*\.{_SUBDOMAIN}"
    words = (
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must "
        "consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
    )
    return _complaints(
        text, 253, re.compile(pattern, re.ASCII), _by_regex(words, pattern, "*.example.com"), "characters"
    )


@lru_cache(maxsize=4096)
def qualified_name(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being a label's key: `app` or `shop.example/app`."""
    by_regex = _by_regex(_KEY_WORDS, _KEY, "MyName", "my.name", "123-abc")
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return (
            f"a valid label key {by_regex} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
        )
    complaints: list[str] = []
    if slash and not prefix:
        complaints.append("prefix part must be non-empty")
    elif slash:
        complaints += (f"prefix part {complaint}" for complaint in dns_subdomain(prefix))
    if not name:
        complaints.append("name part must be non-empty")
    complaints += (f"name part {complaint}" for complaint in _complaints(name, 63, _LABEL_KEY, by_regex))
    return tuple(complaints)


@lru_cache(maxsize=4096)
def label_value(text: str) -> tuple[str, ...]:
    by_regex = _by_regex(_VALUE_WORDS, _VALUE, "MyValue", "my_value", "12345")
    return _complaints(text, 63, _LABEL_VALUE, by_regex)


def config_map_key(text: str) -> tuple[str, ...]:
    words = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    by_regex = _by_regex(words, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name")
    complaints = _complaints(text, 253, _CONFIG_MAP_KEY, by_regex, "characters")
    if text in {".", ".."}:
        return (*complaints, f"must not be '{text}'")
    return (*complaints, "must not start with '..'") if text.startswith("..") else complaints


def environment_name(text: str) -> tuple[str, ...]:
    if not text:
        return ("environment variable name must be non-empty",)
    if _PRINTABLE.fullmatch(text):
        return ()
    return (
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
    )


def http_header(text: str) -> tuple[str, ...]:
    words = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return () if _HTTP_HEADER.fullmatch(text) else (_by_regex(words, _HEADER, "X-Header-Name"),)


def percent(text: str) -> tuple[str, ...]:
    words = "a valid percent string must be a numeric string followed by an ending '%'"
    return () if _PERCENT_TEXT.fullmatch(text) else (_by_regex(words, _PERCENT, "1%", "93%"),)


def port_number(port: int) -> tuple[str, ...]:
    return () if 1 <= port <= 65535 else ("must be between 1 and 65535, inclusive",)


def port_name(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being a port's name: at most 15 of a-z, 0-9 and single inner hyphens."""
    checks = (
        (len(text) > 15, "must be no more than 15 characters"),
        (
            not _PORT_NAME.fullmatch(text),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (not re.search("[a-z]", text), "must contain at least one letter (a-z)"),
        ("--" in text, "must not contain consecutive hyphens"),
        (text.startswith("-") or text.endswith("-"), "must not begin or end with a hyphen"),
    )
    return tuple(words for is_wrong, words in checks if is_wrong)


def path_segment(text: str) -> tuple[str, ...]:
    """Say what keeps a text from being one segment of a URL's path."""
    if text in {".", ".."}:
        return (f"may not be '{text}'",)
    return tuple(f"may not contain '{char}'" for char in "/%" if char in text)


def ip_address(text: str) -> tuple[str, ...]:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return (IP_WORDS,)
    return ()


def cidr(text: str) -> tuple[str, ...]:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return (CIDR_WORDS,)
    return () if "/" in text else (CIDR_WORDS,)


def _complaints(
    text: str, limit: int, pattern: re.Pattern[str], by_regex: str, unit: str = "bytes"
) -> tuple[str, ...]:
    is_long = len(text.encode("utf-8", "replace")) > limit
    too_long = (f"must be no more than {limit} {unit}",) if is_long else ()
    return too_long if pattern.fullmatch(text) else (*too_long, by_regex)


def _by_regex(words: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{words} (e.g. {shown}regex used for validation is '{pattern}')"
