"""How results, hints and comparisons look in a notebook: small cards, each with a text twin.

A card carries its style in itself, so that an exported page shows it as the notebook did.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EDGES = {"good": "#1a9a52", "warn": "#d08700", "calm": "#7b8794"}
CARD = (
    "border:1px solid var(--jp-border-color2,#d0d5dc);border-left:5px solid {edge};border-radius:8px;"
    "padding:10px 14px;margin:2px 0;max-width:760px;font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
    "font-size:13px;line-height:1.5"
)
TERM = "padding:1px 14px 1px 0;text-align:left;vertical-align:top;white-space:nowrap;font-weight:600"
CELL = "padding:1px 14px 1px 0;text-align:left;vertical-align:top;white-space:pre-wrap"


def number_of(count: int, noun: str, plural: str = "") -> str:
    """Answer `1 pod`, `0 pods`, `1,412 pods`; `plural` is for words whose plural is more than an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def text_card(title: str, facts: Sequence[tuple[str, str]]) -> str:
    width = max((len(term) for term, _ in facts), default=0)
    return "\n".join([title, *(f"  {term.ljust(width)}  {text}" for term, text in facts)])


def html_card(title: str, facts: Sequence[tuple[str, str]], *, tone: str = "calm", below: str = "") -> str:
    """Draw a card. `below` is HTML that stands under the facts."""
    rows = "".join(
        f'<tr style="background:transparent"><th scope="row" style="{TERM}">{escape(term)}</th><td style="{CELL}">{escape(text)}</td></tr>'
        for term, text in facts
    )
    table = f'<table style="margin:4px 0 0;border-collapse:collapse">{rows}</table>' if rows else ""
    style = CARD.format(edge=EDGES[tone])
    return f'<div role="note" style="{style}"><strong style="font-size:14px">{escape(title)}</strong>{table}{below}</div>'


def html_bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """Draw labelled bars on one scale: (label, value, the value in words)."""
    most = max((value for _, value, _ in rows), default=0) or 1
    colours = ("#8a94a3", "#2f6fd0")
    lines = [
        f'<tr style="background:transparent"><th scope="row" style="{TERM};vertical-align:middle">{escape(label)}</th><td style="width:340px;padding:3px 0">'
        f'<div style="height:14px;border-radius:4px;background:{colours[place % 2]};'
        f'width:{max(1, round(100 * value / most))}%"></div></td>'
        f'<td style="padding-left:10px;text-align:left;white-space:nowrap">{escape(words)}</td></tr>'
        for place, (label, value, words) in enumerate(rows)
    ]
    return f'<table style="margin:6px 0 0;border-collapse:collapse">{"".join(lines)}</table>'
