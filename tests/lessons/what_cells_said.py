"""A pytest plugin for a run of nbval: it writes what each cell has said to a file, for the test that started the run."""

import json
import pathlib

from tests.lessons.running import text_in


def pytest_addoption(parser):
    parser.addoption("--said", type=pathlib.Path, required=True, help="the file: cell ids and their texts")


def pytest_configure(config):
    config.pluginmanager.register(Said(config.getoption("--said")))


class Said:
    def __init__(self, path):
        self._path = path
        self._texts = {}

    def pytest_runtest_teardown(self, item):
        self._texts[item.cell.id] = text_in(item.test_outputs or [])

    def pytest_sessionfinish(self):
        self._path.write_text(json.dumps(self._texts), encoding="utf-8")
