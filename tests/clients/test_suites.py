"""The tests that other clients ship pass on the embedded cluster, but for those whose reason is listed."""

from __future__ import annotations

import pytest

from .foreign import LEFT_OUT, PASSED, outcomes_of, read_list

KR8S = ("api", "auth", "config", "data_utils", "gen", "io", "objects", "testutils")
OFFICIAL = (
    "dynamic.test_client",
    "dynamic.test_discovery",
    "aio.dynamic.client_test",
    "aio.dynamic.discovery_test",
)


@pytest.fixture
def comes_to_what_is_listed(tmp_path):
    """Run a module of a suite, and compare each of its tests with the list of the client."""

    def compare(client, module, kubeconfig):
        listed = {line.name: line for line in read_list(client) if is_of(line, module)}
        left_out = [name for name, line in listed.items() if line.outcome == LEFT_OUT]
        came_to = outcomes_of(
            module, plugin=f"{client}_suite", kubeconfig=kubeconfig, folder=tmp_path, left_out=left_out
        )
        expected = {name: line.outcome for name, line in listed.items() if line.outcome != LEFT_OUT}
        unlisted = [str(line) for line in came_to if expected.get(line.name) != line.outcome]
        gone = sorted(expected.keys() - {line.name for line in came_to})
        assert (unlisted, gone) == ([], []), "\n".join(
            ["these are not as listed:", *unlisted, "these are gone:", *gone]
        )

    return compare


def is_of(line, module):
    return line.name.startswith((f"{module}::", f"{module}."))


@pytest.mark.parametrize("module", KR8S)
def test_the_suite_of_kr8s(comes_to_what_is_listed, certified_kubeconfig, module):
    comes_to_what_is_listed("kr8s", f"kr8s.tests.test_{module}", certified_kubeconfig)


@pytest.mark.parametrize("module", OFFICIAL)
def test_the_suite_of_the_official_dynamic_client(comes_to_what_is_listed, one_node, module):
    comes_to_what_is_listed("official", f"kubernetes.{module}", one_node.kubeconfig)


@pytest.mark.parametrize("client", ["kr8s", "official"])
def test_whatever_did_not_pass_has_its_reason(client):
    lines = read_list(client)
    assert [str(line) for line in lines if bool(line.reason) is (line.outcome == PASSED)] == []
    assert len({line.name for line in lines}) == len(lines)
