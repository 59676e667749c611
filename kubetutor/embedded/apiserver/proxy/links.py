"""Links in what a pod answers, made to lead through the API server: a page's `/shop` is below its own path there.

Models: k8s.io/apimachinery/pkg/util/proxy/transport.go.
"""

from __future__ import annotations

import html
import posixpath
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

# The attributes of each tag that hold a URL.
LINKS: dict[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "applet": frozenset({"codebase"}),
    "area": frozenset({"href"}),
    "audio": frozenset({"src"}),
    "base": frozenset({"href"}),
    "blockquote": frozenset({"cite"}),
    "body": frozenset({"background"}),
    "button": frozenset({"formaction"}),
    "command": frozenset({"icon"}),
    "del": frozenset({"cite"}),
    "embed": frozenset({"src"}),
    "form": frozenset({"action"}),
    "frame": frozenset({"longdesc", "src"}),
    "head": frozenset({"profile"}),
    "html": frozenset({"manifest"}),
    "iframe": frozenset({"longdesc", "src"}),
    "img": frozenset({"longdesc", "src", "usemap"}),
    "input": frozenset({"formaction", "src", "usemap"}),
    "ins": frozenset({"cite"}),
    "link": frozenset({"href"}),
    "object": frozenset({"classid", "codebase", "data", "usemap"}),
    "q": frozenset({"cite"}),
    "script": frozenset({"src"}),
    "source": frozenset({"src"}),
    "video": frozenset({"poster", "src"}),
}


def rewrite_link(link: str, prefix: str, hosts: frozenset[str]) -> str:
    """Put the prefix before the path of a link to one of these hosts; leave links elsewhere and relative ones."""
    try:
        parts = urlsplit(link)
    except ValueError:  # no URL at all
        return link
    if (parts.netloc and parts.netloc not in hosts) or not parts.path.startswith("/"):
        return link
    if parts.path.startswith(prefix):
        return link
    path = posixpath.normpath(f"{prefix}/{parts.path}")
    if parts.path.endswith("/"):
        path += "/"
    return urlunsplit(("", "", path, parts.query, parts.fragment))


def rewrite_page(page: bytes, prefix: str, hosts: frozenset[str]) -> bytes:
    """Rewrite the links of an HTML page; every tag that holds no link stays as it is, byte for byte."""
    text = page.decode("utf-8", "surrogateescape")
    return "".join(_Page(text, prefix, hosts).parts()).encode("utf-8", "surrogateescape")


class _Page(HTMLParser):
    """Notes where the tags with links stand, and what they become."""

    def __init__(self, text: str, prefix: str, hosts: frozenset[str]) -> None:
        super().__init__(convert_charrefs=False)
        self._text, self._prefix, self._hosts = text, prefix, hosts
        self._changes: list[tuple[int, int, str]] = []  # from, to, and the new text
        self._line_starts = [0]
        for line in text.split("\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)

    def parts(self) -> Iterator[str]:
        """Yield the new text, piece by piece."""
        self.feed(self._text)
        self.close()
        at = 0
        for start, end, changed in self._changes:
            yield self._text[at:start]
            yield changed
            at = end
        yield self._text[at:]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._rewrite(tag, attrs, end=">")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._rewrite(tag, attrs, end="/>")

    def _rewrite(self, tag: str, attrs: list[tuple[str, str | None]], *, end: str) -> None:
        links = LINKS.get(tag, frozenset())
        changed = [
            (name, rewrite_link(value, self._prefix, self._hosts) if value and name in links else value)
            for name, value in attrs
        ]
        if changed == attrs:
            return
        line, column = self.getpos()
        start = self._line_starts[line - 1] + column
        written = "".join(f' {name}="{html.escape(value or "")}"' for name, value in changed)
        self._changes.append((start, start + len(self.get_starttag_text() or ""), f"<{tag}{written}{end}"))
