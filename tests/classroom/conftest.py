import pytest


@pytest.fixture
def steps():
    return []
