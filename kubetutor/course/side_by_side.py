"""One application in six tools, side by side: each value is read from the file that the tool would get.

Compose, Swarm       services.web
ECS on Fargate       two resources of a CloudFormation template
Cloud Run            a Service of Knative's API
Container Apps       the properties of a container app
Kubernetes           a Deployment and a Service
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.cluster import share
from kubetutor.exercises import display

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Document: TypeAlias = dict[str, Any]

FOLDER = "manifests/11-alternatives"
HEAD = (
    "Tool",
    "File",
    "Lines",
    "Image",
    "Copies",
    "Port inside",
    "Memory",
    "Who asks if it is well",
    "Machines are",
)
PYTHON_CHECK = "a command in the container"


@dataclass(frozen=True, slots=True)
class Values:
    """What a file says of the application `web`."""

    image: str
    copies: str
    port: str
    memory: str
    health: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with the file that it gets. `machines` says whose they are: no file does."""

    name: str
    file: str
    machines: str
    read: Callable[[list[Document]], Values]


def of_compose(documents: list[Document]) -> Values:
    web = documents[0]["services"]["web"]
    deploy = web.get("deploy", {})
    return Values(
        image=web["image"],
        copies=str(deploy.get("replicas", 1)),
        port=web["ports"][0].rpartition(":")[2],
        memory=deploy["resources"]["limits"]["memory"],
        health=PYTHON_CHECK if "healthcheck" in web else "",
    )


def of_ecs(documents: list[Document]) -> Values:
    resources = documents[0]["Resources"]
    task, service = resources["Web"]["Properties"], resources["WebService"]["Properties"]
    container = task["ContainerDefinitions"][0]
    return Values(
        image=container["Image"],
        copies=str(service["DesiredCount"]),
        port=str(container["PortMappings"][0]["ContainerPort"]),
        memory=f"{task['Memory']}M",
        health=PYTHON_CHECK if "HealthCheck" in container else "",
    )


def of_cloud_run(documents: list[Document]) -> Values:
    template = documents[0]["spec"]["template"]
    notes, container = template["metadata"]["annotations"], template["spec"]["containers"][0]
    scale = [notes[f"autoscaling.knative.dev/{key}"] for key in ("minScale", "maxScale")]
    return Values(
        image=container["image"],
        copies=" to ".join(scale),
        port=str(container["ports"][0]["containerPort"]),
        memory=container["resources"]["limits"]["memory"],
        health=f"GET {container['startupProbe']['httpGet']['path']}, at the start",
    )


def of_container_apps(documents: list[Document]) -> Values:
    properties = documents[0]["properties"]
    template = properties["template"]
    container, scale = template["containers"][0], template["scale"]
    return Values(
        image=container["image"],
        copies=f"{scale['minReplicas']} to {scale['maxReplicas']}",
        port=str(properties["configuration"]["ingress"]["targetPort"]),
        memory=container["resources"]["memory"],
        health=f"GET {container['probes'][0]['httpGet']['path']}",
    )


def of_kubernetes(documents: list[Document]) -> Values:
    deployment, service = documents
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    return Values(
        image=container["image"],
        copies=str(deployment["spec"]["replicas"]),
        port=str(service["spec"]["ports"][0]["targetPort"]),
        memory=container["resources"]["limits"]["memory"],
        health=f"GET {container['readinessProbe']['httpGet']['path']}",
    )


TOOLS = (
    Tool("Docker Compose", "elsewhere/compose.yaml", "one, yours", of_compose),
    Tool("Docker Swarm", "elsewhere/swarm.yaml", "several, yours", of_compose),
    Tool("ECS on Fargate", "elsewhere/ecs-fargate.yaml", "not to be seen", of_ecs),
    Tool("Cloud Run", "elsewhere/cloud-run.yaml", "not to be seen", of_cloud_run),
    Tool("Container Apps", "elsewhere/container-apps.yaml", "not to be seen", of_container_apps),
    Tool("Kubernetes", "kubernetes.yaml", "several, yours or rented", of_kubernetes),
)


@dataclass(frozen=True, slots=True)
class Table:
    """The tools, for a notebook cell."""

    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        rows = [HEAD, *self.rows]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{display.CELL}">{escape(cell)}</th>' for cell in HEAD)
        body = "".join(_html_row(row) for row in self.rows)
        return f'<table style="font-size:12px"><tr>{head}</tr>{body}</table>'


def table(folder: Path | None = None) -> Table:
    """Read the six files: the learner's own copies where they are, else those that came with kubetutor."""
    place = folder or (Path(FOLDER) if Path(FOLDER).is_dir() else share.folder("lessons") / FOLDER)
    return Table(tuple(_row(tool, place) for tool in TOOLS))


def _row(tool: Tool, folder: Path) -> tuple[str, ...]:
    import yaml  # noqa: PLC0415  # slow to import, and only the table needs it

    text = (folder / tool.file).read_text(encoding="utf-8")
    values = tool.read(list(yaml.safe_load_all(text)))
    return (
        tool.name, Path(tool.file).name, str(len(text.splitlines())),
        values.image, values.copies, values.port, values.memory, values.health, tool.machines,
    )  # fmt: skip


def _html_row(row: tuple[str, ...]) -> str:
    first, *rest = map(escape, row)
    cells = "".join(f'<td style="{display.CELL}">{cell}</td>' for cell in rest)
    return (
        f'<tr style="background:transparent"><th scope="row" style="{display.TERM}">{first}</th>{cells}</tr>'
    )
