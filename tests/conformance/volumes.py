"""Volumes and mounts for tests, as plain as they can be."""

from __future__ import annotations


def from_config_map(name, **more):
    return {"name": name, "configMap": {"name": name, **more}}


def from_secret(name, **more):
    return {"name": name, "secret": {"secretName": name, **more}}


def empty_dir(name="work", **more):
    return {"name": name, "emptyDir": more}


def host_path(path, kind="", name="host"):
    return {"name": name, "hostPath": {"path": path, **({"type": kind} if kind else {})}}


def projected(name, *sources, **more):
    return {"name": name, "projected": {"sources": list(sources), **more}}


def mount(volume, path, **more):
    return {"name": volume, "mountPath": path, **more}
