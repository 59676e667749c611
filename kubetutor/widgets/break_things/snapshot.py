"""What there is to break, as a pure function of the objects that a feed knows.

`scene_of(objects, namespace)` answers the cluster map's snapshot and what commands need beyond it: containers, ports,
the service that leads to a Deployment's pods. `choice_of` keeps what the learner chose as long as it is there, and else
chooses: a Ready pod, and the worker that holds most of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor.api import selectors
from kubetutor.api.objects import is_load, name_of, uid_of
from kubetutor.cluster.load.manifest import target_of
from kubetutor.errors import LoadError
from kubetutor.widgets.cluster_map.snapshot import PodView, Snapshot, pod_view, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.widgets.cluster_map.snapshot import DeploymentView, NodeView
    from kubetutor.widgets.live.feed import Objects

KINDS = ("nodes", "pods", "replicasets.apps", "deployments.apps", "services")
FLOOD = "flood"  # the pod that sends too many requests; `load` is the one that measures
WEB_PORT = 3000  # of my-app, where a pod does not say
BREAKABLE = {"ready", "running", "starting", "failing"}  # moods of pods that are worth breaking


@dataclass(frozen=True, slots=True)
class Choice:
    """What the buttons are about; a name is empty where there is none."""

    deployment: str = ""
    pod: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """The service that leads to a Deployment's pods. `trouble` says why nobody can ask through it."""

    service: str = ""
    address: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the cluster. `containers` and `ways` are by Deployment, `ports` by the pod's uid."""

    map: Snapshot
    containers: dict[str, str] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    flood: PodView | None = None
    notes: tuple[str, ...] = ()

    @property
    def pods(self) -> tuple[PodView, ...]:
        return self.map.pods

    @property
    def workers(self) -> tuple[NodeView, ...]:
        """List the nodes that may be stopped: without its control plane a cluster does not answer."""
        return tuple(node for node in self.map.nodes if node.role == "worker")

    def pod(self, name: str) -> PodView | None:
        return next((pod for pod in self.pods if pod.name == name), None)

    def node(self, name: str) -> NodeView | None:
        return next((node for node in self.map.nodes if node.name == name), None)

    def deployment(self, name: str) -> DeploymentView | None:
        return next((found for found in self.map.deployments if found.name == name), None)

    def pods_of(self, deployment: str) -> tuple[PodView, ...]:
        return tuple(pod for pod in self.pods if pod.owner == f"Deployment {deployment}")

    def ready_of(self, deployment: str) -> int:
        return sum(pod.mood == "ready" for pod in self.pods_of(deployment))


def scene_of(objects: Objects, namespace: str) -> Scene:
    deployments, services = objects.of("deployments.apps"), objects.of("services")
    flood = next((pod for pod in objects.of("pods") if is_load(pod) and name_of(pod) == FLOOD), None)
    return Scene(
        map=snapshot_of(objects, namespace),
        containers={name_of(one): _container_of(one) for one in deployments},
        ways={name_of(one): way_to(one, services) for one in deployments},
        ports={uid_of(pod): port_of(pod) for pod in objects.of("pods")},
        flood=pod_view(flood, {}, frozenset()) if flood else None,
        notes=tuple(dict.fromkeys(objects.troubles.values())),
    )


def way_to(deployment: Object, services: Iterable[Object]) -> Way:
    """Find a service that selects the pods of a Deployment."""
    name = name_of(deployment)
    labels = deployment.get("spec", {}).get("template", {}).get("metadata", {}).get("labels") or {}
    trouble = f"No service leads to the pods of {name}: there is nothing to flood."
    for service in sorted(services, key=name_of):
        wanted = service.get("spec", {}).get("selector") or {}
        if wanted and selectors.matches(selectors.from_labels(wanted), labels):
            try:
                return Way(name_of(service), target_of(service).address)
            except LoadError as error:
                trouble = str(error)
    return Way(trouble=trouble)


def port_of(pod: Object) -> int:
    """Answer the first port that a container of the pod names."""
    containers = pod.get("spec", {}).get("containers") or ()
    ports = [port for container in containers for port in container.get("ports") or ()]
    return int(ports[0]["containerPort"]) if ports else WEB_PORT


def choice_of(scene: Scene, wished: Choice) -> Choice:
    """Keep what is wished for as long as it is there; else choose what shows most."""
    deployments = [found.name for found in scene.map.deployments]
    deployment = (
        wished.deployment if wished.deployment in deployments else next(iter(deployments), wished.deployment)
    )
    pods = pods_to_break(scene, deployment)
    nodes = [node.name for node in scene.workers]
    return Choice(
        deployment,
        wished.pod if wished.pod in pods else next(iter(pods), ""),
        wished.node if wished.node in nodes else _fullest(scene),
    )


def pods_to_break(scene: Scene, deployment: str) -> list[str]:
    """List pods by name: those of the Deployment first, and Ready ones before others."""
    owner = f"Deployment {deployment}"
    pods = [pod for pod in scene.pods if pod.mood in BREAKABLE]
    pods.sort(key=lambda pod: (pod.owner != owner, pod.mood != "ready", pod.name))
    return [pod.name for pod in pods]


def _fullest(scene: Scene) -> str:
    """Answer the worker whose loss shows most: Ready, with the most pods of this namespace."""
    workers = sorted(scene.workers, key=lambda node: (not node.is_ready, -len(node.pods), node.name))
    return workers[0].name if workers else ""


def _container_of(deployment: Object) -> str:
    containers = deployment.get("spec", {}).get("template", {}).get("spec", {}).get("containers") or [{}]
    return str(containers[0].get("name", ""))
