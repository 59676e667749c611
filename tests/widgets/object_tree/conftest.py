"""A small namespace to look at."""

import pytest

from tests.widgets.object_tree.town import Town


@pytest.fixture
def town():
    return Town()
