"""The rollout's JavaScript and CSS in a real browser, fed with frames. Screenshots go to artefacts/."""

import json

import pytest

from kubetutor.widgets.live.frames import delta_of
from kubetutor.widgets.rollout.commands import Outcome
from kubetutor.widgets.rollout.snapshot import snapshot_of
from kubetutor.widgets.rollout.view import Rollout, frame_of
from tests.widgets import drawn as drawing
from tests.widgets.drawn import DARK, hear, picture

pytestmark = pytest.mark.browser


@pytest.fixture
def page(drawn):
    return drawn(Rollout)


def frame(made, outcome=None):
    return frame_of(snapshot_of(made.objects(), "web-app", "shop"), outcome)


def show(page, made, outcome=None):
    drawing.show(page, frame(made, outcome))


def test_old_and_new_stand_in_rows_of_places(page, halfway):
    show(page, halfway)
    old = page.get_by_role("article", name="Old ReplicaSet web-app-h1, revision 1, my-app:1.0")
    new = page.get_by_role("article", name="New ReplicaSet web-app-h2, revision 2, my-app:2.0")
    assert old.get_by_role("button").count() == 3
    assert new.get_by_role("button").count() == 2
    assert new.locator(".ktr-free").count() == 1, "the third place is still free"
    assert old.get_by_text("pod-template-hash h1").is_visible()


def test_the_bar_shows_pods_against_both_limits(page, halfway):
    show(page, halfway)
    page.wait_for_function(drawing.SETTLED)
    marks = page.eval_on_selector_all(
        ".ktr-mark",
        "marks => marks.map((mark) => [mark.textContent, Math.round(parseFloat(mark.style.left))])",
    )
    assert marks == [["3 wanted", 75], ["◂ At most 4 pods", 100], ["At least 3 available ▴", 75]]
    widths = page.eval_on_selector_all(
        ".ktr-filling > .ktr-part", "parts => parts.map((part) => part.style.width)"
    )
    assert widths == ["50%", "25%", "0%", "25%"], "old and new that are available, then those that are not"


def test_the_sentences_say_which_limit_holds(page, halfway):
    show(page, halfway)
    for words in (
        "No new pod may start: 4 of at most 4 exist, so it waits for an old one to end.",
        "No old pod may end: 3 available of at least 3.",
        "The next step waits until web-app-h2-eeeee is available.",
    ):
        assert page.get_by_text(words).is_visible()
    assert page.locator(".ktr-limit[data-state='holds']").count() == 2


def test_states_differ_in_sign_and_word(page, halfway):
    halfway.pod(2, "fffff", waiting="ImagePullBackOff").pod(2, "ggggg", waiting="ContainerCreating")
    show(page, halfway)
    looks = page.eval_on_selector_all(
        ".ktr-tile",
        "tiles => tiles.map((t) => [t.dataset.mood, t.querySelector('svg').innerHTML, t.querySelector('.ktr-status').textContent])",
    )
    signs = {mood: sign for mood, sign, _ in looks}
    assert set(signs) == {"ready", "ending", "running", "failing", "starting"}
    assert len(set(signs.values())) == 5
    assert all(word for _, _, word in looks)


def test_the_keyboard_walks_over_both_rows(page, halfway):
    show(page, halfway)
    assert page.eval_on_selector_all(".ktr-tile", "t => t.filter((each) => each.tabIndex === 0).length") == 1
    page.locator(".ktr-tile").first.focus()
    page.keyboard.press("End")
    assert page.locator(".ktr-detail").inner_text() == "web-app-h2-eeeee: Running, not Ready, not available"
    page.keyboard.press("Home")
    assert page.locator(".ktr-detail").inner_text().startswith("web-app-h1-aaaaa")


@pytest.mark.motion
def test_a_step_moves_only_what_changed(page, halfway):
    old = frame(halfway)
    drawing.show(page, {**old, "number": 1})
    page.evaluate("document.querySelectorAll('.ktr-place')[1].marked = true")
    halfway.pods.pop(0)
    halfway.sets[0]["spec"]["replicas"] = 1
    new = frame(halfway)
    hear(page, {"is": "delta", "number": 2, "delta": delta_of(old, new)})
    page.wait_for_function("document.querySelectorAll('.ktr-place').length === 4")
    assert page.evaluate("document.querySelectorAll('.ktr-place')[0].marked") is True
    assert page.evaluate("window.frame()") == json.loads(json.dumps({**new, "number": 2}))


def test_the_deadline_counts_down_by_itself(page, halfway):
    made = frame(halfway)
    now = page.evaluate("Date.now() / 1000")
    drawing.show(page, {**made, "deadline": {**made["deadline"], "until": now + 300}})
    words = page.locator(".ktr-deadline")
    before = words.inner_text()
    assert before.startswith("Without progress for another ")
    page.wait_for_function(
        "before => document.querySelector('.ktr-deadline').textContent !== before", arg=before
    )


def test_what_a_button_did_is_said(page, halfway):
    outcome = Outcome("kubectl rollout pause deployment/web-app", "deployment.apps/web-app paused", went=True)
    show(page, halfway, outcome)
    said = page.get_by_role("status").filter(has_text="$ kubectl rollout pause deployment/web-app")
    assert said.get_by_text("deployment.apps/web-app paused").is_visible()
    show(page, halfway, Outcome("kubectl rollout undo deployment/web-app", "error: no", went=False))
    assert page.locator(".ktr-refused").get_by_text("error: no").is_visible()


def test_a_deployment_that_is_not_there_is_a_sentence(page, halfway):
    drawing.show(page, frame_of(snapshot_of(halfway.objects(), "shop", "shop")))
    assert page.get_by_text("There is no Deployment shop here.").is_visible()
    assert not page.locator(".ktr-rule").is_visible()
    show(page, halfway)
    assert page.locator(".ktr-rule").is_visible()


def test_names_are_text_and_never_markup(page, halfway):
    halfway.deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "<img src=x>"
    halfway.set(3, "<img src=x>", 1, cause="<b>bold</b>")
    show(page, halfway)
    assert page.locator(".ktr img, .ktr b").count() == 0


def broken(rollout):
    made = rollout(5, "my-app:broken").set(1, "my-app:1.0", 4, available=4, cause="first version")
    made.set(2, "my-app:broken", 3, cause="kubectl set image deployment/web-app web=my-app:broken")
    for letter in "abcd":
        made.pod(1, letter * 5)
    for letter in "xyz":
        made.pod(2, letter * 5, waiting="CrashLoopBackOff")
    return made.rolling("25%", "25%").condition("Progressing", "False", "ProgressDeadlineExceeded")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_looks_as_it_should(page, halfway, rollout, theme):
    if theme == "dark":
        page.evaluate(DARK)
    show(page, halfway)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 1280"
    picture(page, f"rollout-halfway-{theme}")
    show(page, broken(rollout))
    picture(page, f"rollout-stopped-{theme}")


def test_long_names_and_many_pods_fit_in_a_narrow_cell(page, rollout):
    made = rollout(60, "registry.example/a-long-team-name/a-very-long-image-name:2026.01.01-rc.1")
    made.set(1, "my-app:1.0", 45, available=45).set(
        2, made.deployment["spec"]["template"]["spec"]["containers"][0]["image"], 30
    )
    for number in range(45):
        made.pod(1, f"old{number}")
    for number in range(30):
        made.pod(2, f"new{number}", ready=False)
    page.evaluate("document.getElementById('place').style.width = '450px'")  # half the room, as at 200 % zoom
    show(page, made)
    inside = "document.querySelector('.ktr').scrollWidth <= document.querySelector('.ktr').clientWidth"
    assert page.evaluate(inside), "it scrolls sideways in a narrow cell"
    picture(page, "rollout-narrow")
