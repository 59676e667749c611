"""The table of differences names tests that are there."""

import ast
from pathlib import Path

from .differences import DIFFERENCES


def functions(file):
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_each_listed_difference_is_a_test_and_has_a_reason():
    for name, reason in DIFFERENCES.items():
        file, _, test = name.partition("::")
        assert test in functions(Path(__file__).with_name(file)), f"{name} is not there"
        assert reason, f"{name} needs a reason"
