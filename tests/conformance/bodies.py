"""Bodies of requests that several of these tests send."""

from __future__ import annotations

from typing import Any


def config_map(name: str = "settings", data: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"color": "blue"} if data is None else data,
    }


def deployment(name: str = "web-app", **spec: Any) -> dict[str, Any]:
    """A deployment without pods, unless `replicas` says otherwise."""
    env = [{"name": "COLOR", "value": "blue"}, {"name": "SIZE", "value": "L"}]
    container = {"name": "web", "image": "my-app:1.0", "env": env}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    wanted = {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": wanted}


def pod(name: str, *command: str, image: str = "busybox:1.36", **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": image, "command": list(command)}
    if not command:
        del container["command"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **spec},
    }
