"""Objects for tests, as plain as they can be. Whatever a test is about, it says itself."""

from __future__ import annotations

NOWHERE = {"kubernetes.io/hostname": "no-such-node"}  # a nodeSelector that keeps pods Pending
FOREVER = "trap 'exit 0' TERM; sleep 100000 & wait"  # a program that ends when it is told to


def web(image="my-app:1.0", **more):
    """Answer a container that serves HTTP on port 3000."""
    return {"name": "web", "image": image, "ports": [{"containerPort": 3000}], **more}


def shell(script=FOREVER, name="main", **more):
    """Answer a container that runs a script."""
    return {"name": name, "image": "busybox:1.36", "command": ["sh", "-c", script], **more}


def python(script, name="main", **more):
    """Answer a container that runs a Python program."""
    return {"name": name, "image": "python:3.13-slim", "command": ["python3", "-u", "-c", script], **more}


def pod(name, *containers, labels=None, **spec):
    """Answer a pod; without containers it runs until it is told to end."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 2, "containers": list(containers) or [shell()], **spec},
    }


def once(name, script, **spec):
    """Answer a pod that runs a script one time."""
    return pod(name, shell(script), restartPolicy="Never", **spec)


def template(*containers, labels=None, **spec):
    made = pod("web", *(containers or [web()]), labels=labels, **spec)
    del made["metadata"]["name"]
    return {"metadata": made["metadata"], "spec": made["spec"]}


def replica_set(name, replicas, *containers, labels=None, **spec):
    labels = labels or {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": template(*(containers or [shell()]), labels=labels, **spec),
        },
    }


def deployment(replicas=1, *containers, pod_spec=None, **spec):
    """Answer a Deployment named web, of my-app:1.0 unless other containers are given."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(*containers, labels={"app": "web"}, **(pod_spec or {})),
            **spec,
        },
    }


def rolling(surge, unavailable):
    """Answer the limits of a rolling update."""
    limits = {"maxSurge": surge, "maxUnavailable": unavailable}
    return {"type": "RollingUpdate", "rollingUpdate": limits}


def service(name="web", **spec):
    """Answer a Service for the pods of that name, port 80 to their port 3000."""
    whole = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 3000}], **spec}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {field: value for field, value in whole.items() if value is not None},
    }


def daemon_set(*containers, pod_spec=None, **spec):
    """Answer a DaemonSet named agent."""
    labels = {"app": "agent"}
    made = template(*(containers or [shell()]), labels=labels, **(pod_spec or {}))
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": made, **spec},
    }


def stateful_set(replicas=1, *containers, pod_spec=None, **spec):
    """Answer a StatefulSet named db, whose service need not be there."""
    labels = {"app": "db"}
    made = template(*(containers or [shell()]), labels=labels, **(pod_spec or {}))
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "labels": labels},
        "spec": {
            "replicas": replicas,
            "serviceName": "db",
            "selector": {"matchLabels": labels},
            "template": made,
            **spec,
        },
    }


def job(name, script="true", pod_spec=None, **spec):
    """Answer a Job whose pods run a script, one time each unless the spec says otherwise."""
    made = template(shell(script), labels={"task": name}, **{"restartPolicy": "Never", **(pod_spec or {})})
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": made, **spec},
    }


def cron_job(schedule="* * * * *", script="true", **spec):
    """Answer a CronJob named nightly."""
    made = job("nightly", script)["spec"]
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly"},
        "spec": {
            "schedule": schedule,
            "jobTemplate": {"metadata": {"labels": {"from": "nightly"}}, "spec": made},
            **spec,
        },
    }


def config_map(name, data=None, **metadata):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": data or {},
    }
