"""What tests do in JupyterLab: run cells, change the theme, take pictures."""

import pathlib

ARTEFACTS = pathlib.Path(__file__).parents[2] / "artefacts"


def see(page, name):
    """Keep a picture of the page in artefacts/."""
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def run_all(page):
    """Run > Run All Cells, by the menu: shortcuts depend on the settings."""
    page.get_by_role("menubar").get_by_text("Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def run_in_new_cell(page, text):
    """Add a cell below the first one and run it."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content").click()
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")


def dark(page):
    """Settings > Theme > JupyterLab Dark."""
    page.get_by_role("menubar").get_by_text("Settings", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Theme", exact=True).hover()
    page.locator(".lm-Menu-itemLabel").get_by_text("JupyterLab Dark", exact=True).click()
    page.locator("body[data-jp-theme-light='false']").wait_for(state="attached")
