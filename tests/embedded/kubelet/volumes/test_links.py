"""Volumes where nobody may mount: links in the container's own folder, and a variable that says where."""

import pytest_asyncio

from kubetutor.embedded.kubelet.processes import ProcessRuntime
from tests.embedded.kubelet.conftest import FAST, World


@pytest_asyncio.fixture
async def node(tmp_path, cluster_id):
    runtime = await ProcessRuntime.start(tmp_path, cluster_id, tries_mounts=False)
    world = World(tmp_path, runtime, FAST)
    await world.start()
    menu = {"metadata": {"name": "menu"}, "data": {"soup": "tomato"}}
    world.client.create("configmaps", menu, namespace="shop")
    yield world
    await world.stop()
    await runtime.close()


def run(node, script, **container):
    volumes = [
        {"name": "menu", "configMap": {"name": "menu", "defaultMode": 0o644}},
        {"name": "work", "emptyDir": {}},
    ]
    mounts = [{"name": "menu", "mountPath": "/etc/menu"}, {"name": "work", "mountPath": "/work"}]
    return node.run_pod(
        image="busybox",
        restart="Never",
        command=["sh", "-c", script],
        spec={"volumes": volumes},
        volumeMounts=mounts,
        terminationMessagePath="/dev/termination-log",
        **container,
    )


async def ended(node, eventually):
    await eventually(lambda: node.status().get("phase") in {"Succeeded", "Failed"})
    return node.container()["state"]["terminated"]


async def test_volumes_are_found_by_a_variable(node, eventually):
    run(node, 'cat "$KUBETUTOR_VOLUMES/etc/menu/soup" > "$KUBETUTOR_VOLUMES/dev/termination-log"')
    assert (await ended(node, eventually))["message"] == "tomato"


async def test_a_program_begins_in_its_folder_in_a_volume(node, eventually):
    run(
        node,
        'touch note; ls "$KUBETUTOR_VOLUMES/work/desk" > "$KUBETUTOR_VOLUMES/dev/termination-log"',
        workingDir="/work/desk",
    )
    assert (await ended(node, eventually))["message"] == "note\n"


async def test_a_program_begins_in_a_folder_of_the_machine(node, eventually):
    run(node, 'pwd > "$KUBETUTOR_VOLUMES/dev/termination-log"', workingDir="/usr")
    assert (await ended(node, eventually))["message"] == "/usr\n"


async def test_a_change_arrives_in_the_files(node, eventually):
    run(node, 'until grep -q onion "$KUBETUTOR_VOLUMES/etc/menu/soup"; do sleep 0.05; done')
    await eventually(lambda: "running" in node.container().get("state", {}))
    node.client.patch("configmaps", "menu", {"data": {"soup": "onion"}}, namespace="shop")
    assert (await ended(node, eventually))["exitCode"] == 0
