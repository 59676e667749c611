"""What each button would do now: the command, what to watch for, and why it cannot, as pure functions of a scene.

`plans_of(scene, choice, powers)` answers the five things to break, each with its way back.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import LOAD, ROLE
from kubetutor.widgets.break_things.snapshot import FLOOD
from kubetutor.widgets.cluster_map.snapshot import tag_of

if TYPE_CHECKING:
    from kubetutor.widgets.break_things.snapshot import Choice, Scene
    from kubetutor.widgets.cluster_map.snapshot import DeploymentView

SAMPLE = "my-app"  # the image that can be told to crash
BROKEN = "broken"  # the tag of a version that does not start
FLOOD_RATE = 200.0  # requests a second: much for three small pods, and not too much for a laptop
ASKING = 'from urllib.request import urlopen as ask; [ask("http://{address}").read() for _ in iter(int, 1)]'


@dataclass(frozen=True, slots=True)
class Powers:
    """What the cluster and the notebook allow. A sentence says why not; empty: it can."""

    no_nodes: str = ""
    stopped: frozenset[str] = frozenset()  # nodes that this view stopped


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `argv` is what kubectl is called with; a step that kubetutor does itself has only `shown`.

    `words` say what was done, in the past: "deleted the pod web-app-7d-x2".
    """

    name: str
    title: str
    target: str = ""
    argv: tuple[str, ...] = ()
    shown: str = ""
    words: str = ""
    why_not: str = ""

    @property
    def command(self) -> str:
        return self.shown or (shlex.join(("kubectl", *self.argv)) if self.argv else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """One thing to break: how, what to watch for, and the way back. Without a `back` the cluster mends it alone."""

    step: Step
    watch: str
    back: Step | None = None
    mends: str = ""


def plans_of(scene: Scene, choice: Choice, powers: Powers) -> tuple[Plan, ...]:
    return (
        crash(scene, choice),
        delete(scene, choice),
        stop_node(scene, choice, powers),
        flood(scene, choice),
        ship_broken(scene, choice),
    )


def crash(scene: Scene, choice: Choice) -> Plan:
    pod, namespace = scene.pod(choice.pod), scene.map.namespace
    title, watch = (
        "Crash a container",
        "RESTARTS goes up; the pod keeps its name, node and address.",
    )
    mends = "The kubelet starts it again."
    if pod is None:
        return Plan(Step("crash", title, why_not=no_pod(namespace)), watch, mends=mends)
    if image_name(pod.image) != SAMPLE:
        why = f"Only the sample application {SAMPLE} can be told to crash; {pod.name} runs {pod.image}."
    else:
        why = (
            ""
            if pod.mood in {"ready", "running"}
            else f"{pod.name} does not run: its status is {pod.status}."
        )
    address = f"/api/v1/namespaces/{namespace}/pods/{pod.name}:{scene.ports.get(pod.uid, 0)}/proxy/crash"
    words = f"crashed the container of {pod.name}"
    return Plan(
        Step("crash", title, pod.name, ("get", "--raw", address), words=words, why_not=why),
        watch,
        mends=mends,
    )


def delete(scene: Scene, choice: Choice) -> Plan:
    pod, namespace = scene.pod(choice.pod), scene.map.namespace
    title = "Delete a pod"
    if pod is None:
        return Plan(Step("delete", title, why_not=no_pod(namespace)), "A new pod takes its place.")
    argv = (*within(namespace), "delete", "pod", pod.name, "--wait=false")
    step = Step("delete", title, pod.name, argv, words=f"deleted the pod {pod.name}")
    if not pod.owner:
        return Plan(step, "Nobody owns this pod, so nobody makes a new one: it is gone for good.")
    maker = f"The ReplicaSet of {pod.owner}" if pod.owner.startswith("Deployment ") else f"The {pod.owner}"
    return Plan(step, "The pod ends.", mends=f"{maker} makes a new one, with another name.")


def stop_node(scene: Scene, choice: Choice, powers: Powers) -> Plan:
    title = "Stop a node"
    down = [node.name for node in scene.workers if not node.is_ready or node.name in powers.stopped]
    node = scene.node(choice.node)
    why = powers.no_nodes
    if not why and node is None:
        why = (
            "There is no worker to stop: without its control plane the cluster would not answer."
            if scene.map.nodes
            else "No nodes are known, so none can be stopped."
        )
    elif not why and choice.node in down:
        why = f"{choice.node} is stopped already."
    watch = "The node becomes NotReady, and later its pods are replaced: those of other namespaces too."
    name = choice.node
    step = Step(
        "stop", title, name, shown=f"kubetutor node stop {name}" if name else "", words=f"stopped the node {name}", why_not=why
    )  # fmt: skip
    back = Step("start", "Start it again", why_not="No node is stopped.")
    if down:
        again = choice.node if choice.node in down else down[0]
        back = Step(
            "start", f"Start {again} again", again, shown=f"kubetutor node start {again}",
            words=f"started the node {again} again", why_not=powers.no_nodes,
        )  # fmt: skip
    return Plan(step, watch, back)


def flood(scene: Scene, choice: Choice) -> Plan:
    title, namespace = "Flood with load", scene.map.namespace
    way = scene.ways.get(choice.deployment)
    watch = "Requests wait longer, and pods use more CPU. An autoscaler would add pods."
    back = Step("calm", "Stop the flood", why_not="Nothing floods.")
    if scene.flood is not None:
        argv = (*within(namespace), "delete", "pod", FLOOD, "--wait=false")
        back = Step("calm", "Stop the flood", FLOOD, argv, words="stopped the flood")
    if way is None or way.trouble:
        why = way.trouble if way else "There is no Deployment to flood."
        return Plan(Step("flood", title, why_not=why), watch, back)
    argv = (
        *within(namespace), "run", FLOOD, "--image=my-app:1.0", "--restart=Never", f"--labels={ROLE}={LOAD}",
        "--command", "--", "python3", "-c", ASKING.format(address=way.address),
    )  # fmt: skip
    why = "The flood runs already." if scene.flood is not None else ""
    words = f"flooded the service {way.service}: {FLOOD_RATE:g} requests a second"
    return Plan(Step("flood", title, way.service, argv, words=words, why_not=why), watch, back)


def ship_broken(scene: Scene, choice: Choice) -> Plan:
    title, namespace = "Ship a broken version", scene.map.namespace
    found = scene.deployment(choice.deployment)
    watch = "New pods fail and the old ones go on serving. Kubernetes does not go back by itself."
    if found is None:
        why = f"There is no Deployment in the namespace {namespace} yet."
        return Plan(Step("ship", title, why_not=why), watch, Step("undo", "Undo the rollout", why_not=why))
    image = broken_image(found.image)
    container = scene.containers.get(found.name, "")
    argv = (*within(namespace), "set", "image", f"deployment/{found.name}", f"{container}={image}")
    why = f"{found.name} runs {image} already." if is_broken(found) else ""
    undo = (*within(namespace), "rollout", "undo", f"deployment/{found.name}")
    nothing = "" if is_broken(found) else f"{found.name} runs {found.image}: there is nothing to undo."
    return Plan(
        Step("ship", title, found.name, argv, words=f"shipped {image} as {found.name}", why_not=why),
        watch,
        Step(
            "undo",
            "Undo the rollout",
            found.name,
            undo,
            words=f"undid the rollout of {found.name}",
            why_not=nothing,
        ),
    )


def broken_image(image: str) -> str:
    """Answer `registry:5000/my-app:broken` for `registry:5000/my-app:1.0`."""
    before, slash, last = image.rpartition("/")
    return f"{before}{slash}{last.partition('@')[0].partition(':')[0]}:{BROKEN}"


def is_broken(deployment: DeploymentView) -> bool:
    return tag_of(deployment.image) == BROKEN


def image_name(image: str) -> str:
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def within(namespace: str) -> tuple[str, ...]:
    return () if namespace == "default" else ("-n", namespace)


def no_pod(namespace: str) -> str:
    return f"No pod in the namespace {namespace} can be broken now."


def wounds_of(scene: Scene, powers: Powers) -> tuple[str, ...]:
    """Say what is broken now and does not mend by itself."""
    nodes = [
        f"{node.name} is {'stopped' if node.is_ready else 'NotReady'}"
        for node in scene.workers
        if not node.is_ready or node.name in powers.stopped
    ]
    images = [f"{one.name} runs {one.image}" for one in scene.map.deployments if is_broken(one)]
    return (*nodes, *images, *(["the flood runs"] if scene.flood is not None else []))
