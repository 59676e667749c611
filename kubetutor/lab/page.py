"""A lesson that was run, as one HTML page: readable without a kernel, without JavaScript and without a network."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from kubetutor.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path

WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
PICTURES = ("text/html", "image/svg+xml", "image/png")
STILLS = ("still", "html", "svg", "value")  # traits in which a view keeps what it shows, best first

# Jupyter's own page without the scripts that it would fetch from the internet, and with lines of readable length.
TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block extra_css -%}
<style type="text/css">
body.jp-Notebook { max-width: 74rem; margin: 0 auto; }
.jp-RenderedMarkdown { max-width: 56rem; }
.jp-RenderedHTMLCommon table { display: block; max-width: 100%; overflow-x: auto; }
.jp-OutputArea-output pre { white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; }
</style>
{%- endblock -%}
"""


def leave(notebook: Any, stem: str, place: Path) -> Path:
    """Write a lesson's page into a file called so, or into a folder under the lesson's own name. Answer where it is."""
    path = place if place.suffix == ".html" else place / f"{stem}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"The folder {path.parent} cannot be made: {error.strerror}.") from error
    write(notebook, path)
    return path


def write(notebook: Any, path: Path) -> None:
    import nbconvert  # noqa: PLC0415  # slow to import, and only this needs it

    exporter = nbconvert.HTMLExporter(template_name="lab", embed_images=True)  # type: ignore[no-untyped-call]  # its types are half there
    exporter.raw_template = TEMPLATE
    page = with_stills(notebook)
    page.metadata["title"] = title_of(notebook)
    body, _resources = exporter.from_notebook_node(page)
    try:
        path.write_text(body, encoding="utf-8")
    except OSError as error:
        raise StateError(f"The page {path} cannot be written: {error.strerror}.") from error


def title_of(notebook: Any) -> str:
    """Answer the lesson's first heading."""
    lines = (
        line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()
    )
    return next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), "A lesson")


def with_stills(notebook: Any) -> Any:
    """Put a still picture in the place of each live view; where a view has none, its text.

    A live view of ours has its still picture in the next output, so nothing is left of its own.
    """
    page = copy.deepcopy(notebook)
    states = page.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in page.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            view = data.pop(WIDGET, None)
            if view is not None and not any(kind in data for kind in PICTURES):
                still = still_of(view.get("model_id", ""), states)
                if still:
                    data["text/html"] = still
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if _shows_anything(output)]
    return page


def _shows_anything(output: Any) -> bool:
    return "data" not in output or any(output["data"].values())


def still_of(model: str, states: dict[str, Any], depth: int = 0) -> str:
    """Answer the HTML that a widget's state shows; boxes show what is in them."""
    state = states.get(model, {}).get("state", {})
    for trait in STILLS:
        shown = state.get(trait)
        if isinstance(shown, str) and shown.lstrip().startswith("<"):
            return shown
    children = state.get("children") or ()
    if depth > 8:  # boxes in boxes: deeper than any view goes
        return ""
    inner = (still_of(child.removeprefix("IPY_MODEL_"), states, depth + 1) for child in children)
    return "\n".join(part for part in inner if part)
