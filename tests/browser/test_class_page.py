"""The instructor's page in a real browser, with thirty learners who report over real HTTPS."""

import concurrent.futures
import csv
import dataclasses
import io
import threading

import pytest

from kubetutor.classroom.board.view import ClassView
from kubetutor.classroom.receiver.roster import Joined
from kubetutor.exercises.report import to_receiver
from kubetutor.exercises.report.report import Exercise, Report
from tests.browser.jupyter import see
from tests.classroom.opened_class import opened
from tests.widgets.drawn import DARK, assert_accessible, draw_view, hear, picture, show

pytestmark = pytest.mark.browser

SECOND = 1000  # Playwright counts milliseconds
NAMES = (
    "Ada", "Amara", "Ana López", "Ben", "Chiara", "Chidi", "Dora", "Emeka", "Fatima", "Farid", "Gita", "Hugo", "Ines",
    "Jonas", "Kaito", "Karim", "Lena", "Mina", "Noor", "Olek", "Priya", "Quentin", "Rosa", "Samir", "Tomás", "Uma",
    "Viktor", "Wanja", "李雷", "<img src=x onerror=alert(1)>",
)  # fmt: skip
LESSON, EXERCISES = "kubectl", ("find", "grow", "mend")


def told(number, *, is_done=False):
    """What learner `number` reports: some have passed one drill, some two, some are stuck, three raise a hand."""
    passed = 3 if is_done else number % 4
    minutes = 9 if number % 7 == 0 else 1
    done = [
        Exercise(LESSON, slug, "passed", 900 + 60 * number, 700 - place, number % 3)
        for place, slug in enumerate(EXERCISES[:passed])
    ]
    now = [
        Exercise(LESSON, slug, "trying", 60 * minutes, 20, number % 3)
        for slug in EXERCISES[passed : passed + 1]
    ]
    before = [Exercise("deployments", "no-outage", "passed", 4000, 3600, 1)]
    return Report(NAMES[number], (*before, *done, *now), 60 * number if number in {4, 11, 23} else None)


def join(room, number, first):
    """Join with the pin that the first one has worked out, which takes a while on purpose, and report."""
    member = dataclasses.replace(first, name=NAMES[number], token=room.join(NAMES[number]))
    to_receiver.deliver(member, told(number))
    return member


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("home") / "class") as made:
        yield made


@pytest.fixture(scope="module")
def members(room):
    first = to_receiver.join(room.address, room.code, NAMES[0])
    to_receiver.deliver(first, told(0))
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return [first, *pool.map(lambda number: join(room, number, first), range(1, len(NAMES)))]


@pytest.fixture
def page(chrome):
    context = chrome.new_context(viewport={"width": 1280, "height": 800})
    opened_page = context.new_page()
    opened_page.set_default_timeout(20 * SECOND)
    errors = []
    opened_page.on("pageerror", lambda error: errors.append(str(error)))
    yield opened_page
    context.close()
    assert errors == []


def rows_of(page):
    return page.locator("tbody tr th").all_inner_texts()


def test_thirty_learners_live(room, members, page):
    page.goto(f"{room.page}#{room.page_token}")
    page.locator("tbody tr").nth(len(NAMES) - 1).wait_for()
    names = rows_of(page)
    assert names[:3] == ["Samir", "Hugo", "Chiara"], "raised hands, the longest first"
    stuck = {NAMES[number] for number in (0, 7, 14, 21, 28) if number % 4 != 3}
    assert set(names[3:7]) == stuck
    assert set(names) == set(NAMES), "and what looks like HTML is a name"
    assert "30 learners, 3 hands raised, 4 stuck" in page.locator(".ktb-summary").inner_text()
    assert page.evaluate("document.documentElement.scrollHeight") <= 800, "all of it is seen at 1280 x 800"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator(".ktb-place").evaluate("place => place.scrollWidth - place.clientWidth") == 0
    head = page.locator("thead th").all_inner_texts()
    assert head == ["Learner", "Hand", "At", "Stuck", "Hints", *EXERCISES, "Heard"]
    assert f"kubetutor join {room.address} {room.code}" in page.locator(".ktb-join").inner_text()
    looks(page)
    live(members, page)
    filters(page)
    downloads(page)


def looks(page):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.locator(f"#board[data-theme='{theme}']").wait_for()
        see(page, f"class-{theme}")
        assert_accessible(page, "body")


def live(members, page):
    """A hand that is raised and a pass are seen without a reload."""
    to_receiver.deliver(members[1], Report(NAMES[1], told(1).exercises, 0))
    page.locator(".ktb-spoken[role=status]").get_by_text("Hand raised: Amara").wait_for(state="attached")
    threading.Thread(target=to_receiver.deliver, args=(members[2], told(2, is_done=True))).start()
    ana = page.locator("tbody tr", has_text="Ana López")
    ana.get_by_text("passed").nth(2).wait_for()
    ana.get_by_text("mend, passed").wait_for()


def filters(page):
    choose = page.get_by_label("Lesson")
    choose.select_option("deployments")
    page.locator("thead th", has_text="no-outage").wait_for()
    assert page.locator("tfoot td").first.inner_text() == "30 passed, 0 trying, 0 open"
    choose.select_option("*")
    page.locator("table.ktb-course").wait_for()
    see(page, "class-course")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert_accessible(page, "body")


def downloads(page):
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Save as CSV").click()
    text = downloading.value.path().read_text()
    passed = [row for row in csv.DictReader(io.StringIO(text)) if row["standing"] == "passed"]
    assert {row["learner"] for row in passed} == set(NAMES)


def test_without_the_whole_link_nothing_is_shown(room, members, page):
    assert members
    page.goto(room.page)
    page.get_by_text("needs the whole link").wait_for()
    assert "Ada" not in page.content()
    for address in (room.page.replace("127.0.0.1", "localhost"), room.page):
        answer = page.request.get(f"{address}frame", headers={"Authorization": "Bearer nonsense"})
        assert (answer.status, answer.body()) == (401, b"")
    rebound = page.request.get(room.page, headers={"Host": "evil.example"})
    assert rebound.status == 400


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_same_in_a_notebook(room, members, page, theme):
    assert members
    view = ClassView(Joined(room._one.folder))
    draw_view(page, view)
    if theme == "dark":
        page.evaluate(DARK)
    show(page, view.board().frame())
    assert len(rows_of(page)) == len(NAMES)
    page.wait_for_function("() => window.sent.some((message) => message.is === 'look')")
    hear(page, {"is": "frame", "frame": {**view.board().frame(), "summary": "from the kernel"}})
    page.get_by_text("from the kernel").wait_for()
    picture(page, f"class-in-a-notebook-{theme}")
    assert_accessible(page)


def test_when_the_command_ends_the_page_says_so_and_keeps_what_it_showed(tmp_path, page):
    with opened(tmp_path / "class") as room:
        page.goto(f"{room.page}#{room.page_token}")
        page.get_by_text("Nobody has joined yet.").wait_for()
        to_receiver.join(room.address, room.code, "Ana")
        page.get_by_text("Ana", exact=True).wait_for()
    page.get_by_text("has ended, or does not answer").wait_for()
    assert rows_of(page) == ["Ana"]
