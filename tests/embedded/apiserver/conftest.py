"""The API server, to be asked as clients ask it."""

import pytest

from tests.embedded.apiserver.asgi import Server


@pytest.fixture
def server():
    return Server()
