"""The objects that tests create: a shop, and what it runs on."""


def deployment(name="web-app", *, replicas=3, image="my-app:1.0", strategy=None, **spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": strategy
            or {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            "template": template(name, image),
            **spec,
        },
    }


def template(app="web-app", image="my-app:1.0"):
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "web", "image": image}]}}


def replica_set(name="web", *, replicas=3, **spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name),
            **spec,
        },
    }


def pod(name="shop", *, labels=None, node=None, requests=None, namespace="default", **spec):
    container = {"name": "web", "image": "my-app:1.0"}
    if requests:
        container["resources"] = {"requests": requests}
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"containers": [container], "schedulerName": "default-scheduler", **spec},
    }
    if node:
        body["spec"]["nodeName"] = node
    return body


def node(name, *, cpu="2", memory="4Gi", pods="110", labels=None, taints=None, **spec):
    resources = {"cpu": cpu, "memory": memory, "pods": pods}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": {**({"taints": taints} if taints else {}), **spec},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                {"type": "MemoryPressure", "status": "False", "reason": "KubeletHasSufficientMemory"},
                {"type": "DiskPressure", "status": "False", "reason": "KubeletHasNoDiskPressure"},
                {"type": "PIDPressure", "status": "False", "reason": "KubeletHasSufficientPID"},
                {"type": "Ready", "status": "True", "reason": "KubeletReady"},
            ],
        },
    }


def service(name="web-service", *, app="web-app", ports=None, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "selector": {"app": app},
            "ports": ports or [{"port": 80, "targetPort": 3000, "protocol": "TCP"}],
            "type": "ClusterIP",
            "clusterIP": "127.96.0.1",
            **spec,
        },
    }
