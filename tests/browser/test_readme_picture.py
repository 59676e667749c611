"""The picture of the README is what a learner sees: lesson 04 in JupyterLab, three pods on a live cluster.

Each run takes it anew, as artefacts/readme.png. To renew the README's: look at it, and make it small with Pillow,
`Image.open("artefacts/readme.png").convert("RGB").quantize(256).save("docs/lesson.png", optimize=True)`.
"""

import pytest

from tests.browser.jupyter import see

pytestmark = pytest.mark.browser

NOTEBOOK = "04-deployments.ipynb"
SECOND = 1000  # Playwright counts milliseconds


def test_the_lesson_can_be_taken_a_picture_of_with_its_pods_alive(lab_page):
    page = lab_page(NOTEBOOK)
    page.get_by_role("heading", name="Lose a pod").click()
    page.get_by_role("menubar").get_by_text("Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Above Selected Cell", exact=True).click()
    view = page.get_by_role("region", name="Cluster map of namespace lesson-deployments").first
    view.get_by_text("3 pods, 3 ready.", exact=True).wait_for(timeout=120 * SECOND)
    answers = page.locator(".jp-OutputArea-output").filter(has_text="12 requests")
    answers.first.wait_for(state="attached", timeout=60 * SECOND)
    page.keyboard.press("Control+b")
    page.get_by_role("heading", name="See it").evaluate("heading => heading.scrollIntoView()")
    view.get_by_role("button", name="web-app-").nth(2).wait_for()
    see(page, "readme")
