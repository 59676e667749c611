"""An account that may use one namespace and nothing else, as whoever runs a classroom's cluster would make it."""

import contextlib
import json
import threading

import yaml

from kubetutor.api import kubeconfig

MAY = (
    ([""], ["pods", "services"], ["get", "list", "watch", "create", "patch", "update", "delete"]),
    ([""], ["pods/log", "events"], ["get", "list", "watch"]),
    ([""], ["pods/exec", "pods/portforward"], ["get", "create"]),
    (["apps"], ["deployments"], ["get", "list", "watch", "create", "patch", "update", "delete"]),
    (["apps"], ["deployments/scale"], ["get", "patch", "update"]),
    (["apps"], ["replicasets"], ["get", "list", "watch"]),
)


def make(admin, namespace, rules=MAY):
    """Make the account; answer a kubeconfig for it, with the context `classroom`."""
    role = [{"apiGroups": groups, "resources": things, "verbs": verbs} for groups, things, verbs in rules]
    metadata = {"name": "learner", "namespace": namespace}
    rbac = "rbac.authorization.k8s.io"
    objects = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": role},
        {
            "apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "learner"},
            "subjects": [{"kind": "ServiceAccount", **metadata}],
        },
    ]  # fmt: skip
    admin.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(objects))
    token = admin.kubectl("create", "token", "learner", "-n", namespace, "--duration=2h").strip()
    return document_for(admin, token, namespace)


def document_for(admin, token, namespace):
    access = kubeconfig.read(admin.kubeconfig)
    return kubeconfig.compose(
        "classroom", server=access.server, ca=access.ca, token=token, namespace=namespace
    )


@contextlib.contextmanager
def load_balancer(admin, namespace):
    """Play the provider's controller: give Services of type LoadBalancer the address of a node, where none does it.

    kube-proxy then takes connections to that address and the Service's port, as it does on a provider's machines.
    """
    nodes = json.loads(admin.kubectl("get", "nodes", "-o", "json"))["items"]
    address = next(
        entry["address"] for entry in nodes[-1]["status"]["addresses"] if entry["type"] == "InternalIP"
    )
    watch = admin.api.watch("services", namespace=namespace)

    def give():
        for event in watch:
            service = event.object
            ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress")
            if event.type != "DELETED" and service["spec"]["type"] == "LoadBalancer" and not ingress:
                body = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}
                name = service["metadata"]["name"]
                admin.api.patch("services", name, body, namespace=namespace, subresource="status")

    thread = threading.Thread(target=give, daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.close()
        thread.join(10)
