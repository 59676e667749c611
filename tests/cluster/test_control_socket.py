"""Asking an embedded cluster for what no Kubernetes API has."""

from __future__ import annotations

import asyncio
import socket
import stat

import pytest

from kubetutor.embedded import control_socket
from kubetutor.errors import ClusterError


@pytest.fixture
def stopped():
    return []


@pytest.fixture
def powers(stopped):
    async def stop(node):
        if node == "ghost":
            raise ClusterError("There is no node 'ghost'.")
        if node == "defect":
            raise ZeroDivisionError
        stopped.append(node)

    return {"stop_node": stop}


async def ask(folder, what, node):
    await asyncio.to_thread(control_socket.ask, folder, what, node)


async def test_what_is_asked_is_done_before_the_answer_comes(tmp_path, powers, stopped):
    async with control_socket.served(tmp_path, powers):
        await ask(tmp_path, "stop_node", "worker")
    assert stopped == ["worker"]


async def test_a_refusal_comes_back_in_its_own_words(tmp_path, powers):
    async with control_socket.served(tmp_path, powers):
        with pytest.raises(ClusterError, match="There is no node 'ghost'"):
            await ask(tmp_path, "stop_node", "ghost")
        with pytest.raises(ClusterError, match="does not understand"):
            await ask(tmp_path, "fly", "worker")
        with pytest.raises(ClusterError, match="Its log says why"):
            await ask(tmp_path, "stop_node", "defect")


async def test_only_the_owner_may_connect_and_nothing_is_left(tmp_path, powers):
    path = tmp_path / control_socket.NAME
    async with control_socket.served(tmp_path, powers):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_folder_with_a_long_path_will_do(tmp_path, powers, stopped):
    folder = tmp_path / ("long-" * 40)
    folder.mkdir()
    async with control_socket.served(folder, powers):
        await ask(folder, "stop_node", "worker")
    assert stopped == ["worker"]


async def test_the_socket_of_a_cluster_that_was_killed_is_in_nobodys_way(tmp_path, powers, stopped):
    with socket.socket(socket.AF_UNIX) as old, control_socket.address(tmp_path) as short:
        old.bind(short)
    with pytest.raises(ClusterError, match="does not answer"):
        await ask(tmp_path, "stop_node", "worker")
    async with control_socket.served(tmp_path, powers):
        await ask(tmp_path, "stop_node", "worker")
    assert stopped == ["worker"]
