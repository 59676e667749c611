"""A page in a real browser that draws one view, with a model that behaves as anywidget's. Screenshots go to artefacts/."""

import json
import pathlib

ARTEFACTS = pathlib.Path(__file__).parents[2] / "artefacts"
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DARK = """() => {
  document.body.dataset.jpThemeLight = "false";
  document.body.style.cssText +=
    ";background:#111;--jp-layout-color1:#111;--jp-layout-color2:#212121;--jp-ui-font-color1:rgba(255,255,255,.87)";
}"""
LIGHT = """() => {
  document.body.dataset.jpThemeLight = "true";
  for (const name of ["background", "--jp-layout-color1", "--jp-layout-color2", "--jp-ui-font-color1"])
    document.body.style.removeProperty(name);
}"""
SETTLED = (
    "document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations > 1)"
)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>view</title><style>%s</style>
<body style="margin:20px"><main id="place" style="max-width:900px"></main>
<script type="module">
%s
const state = { frame: {} }, hearers = {};
window.sent = [];
const tell = (name, value) => { for (const call of [...(hearers[name] ?? [])]) call(value); };
const model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; tell(`change:${name}`, value); },
  on: (name, call) => { (hearers[name] ??= []).push(call); },
  off: (name, call) => { hearers[name] = (hearers[name] ?? []).filter((other) => other !== call); },
  send: (message) => window.sent.push(message),
};
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
widget.initialize?.({ model });
window.end = widget.render({ model, el: document.getElementById("place") });
window.show = (frame) => { model.set("frame", frame); return drawn(); };
window.hear = (message) => { tell("msg:custom", message); return drawn(); };
window.frame = () => state.frame;
window.hearers = hearers;
</script></body></html>"""


def draw_view(page, view):
    """Load a view's JavaScript and CSS into the page. Errors of the page are kept in `page.errors`."""
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_content(PAGE % (view._css, view._esm.replace("export default", "const widget =")))
    page.wait_for_function("window.show !== undefined")


def show(page, frame):
    """Draw a whole frame, as a page does that was just opened, and wait until it is painted."""
    page.evaluate("frame => window.show(frame)", json.loads(json.dumps(frame)))


def hear(page, message):
    """Let the page hear a message of the kernel, and wait until it is painted."""
    page.evaluate("message => window.hear(message)", json.loads(json.dumps(message)))


def assert_accessible(page, place="#place"):
    """Let axe-core look at what is drawn in `place`: WCAG 2.2 A and AA, and its best practices."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_function(SETTLED)
    found = Axe().run(page, context=place, options={"resultTypes": ["violations"]}).response["violations"]
    told = [
        f"{rule['impact']}: {rule['id']}: {rule['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in {"serious", "critical"} or any(tag.startswith("wcag2") for tag in rule["tags"])
    ]
    assert not told, "\n".join(told)


def picture(page, name):
    """Keep a screenshot, once nothing moves any more."""
    page.wait_for_function(SETTLED)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")
