"""An operator as users of kopf write them: for each Till it keeps a ConfigMap with the greeting on its receipts.

Run by `kopf run`, with the group of the custom kind in TILL_GROUP. What it does is seen in the cluster alone:

    create    makes the ConfigMap, owned by the Till, and says so in the status; fails first and tries again
    update    when the greeting changes, brings the ConfigMap up to date
    resume    when the operator starts anew, notes in the status that it knows the Till already
    delete    leaves a ConfigMap that says goodbye, before kopf lets go of its finalizer
    timer     counts in the status
"""

from __future__ import annotations

import os

import kopf
import kubernetes

GROUP = os.environ["TILL_GROUP"]
TILLS = {"group": GROUP, "version": "v1", "plural": "tills"}


@kopf.on.startup()
def start(settings, **_):
    kubernetes.config.load_kube_config(os.environ["KUBECONFIG"])
    settings.persistence.finalizer = f"{GROUP}/till-is-open"
    settings.peering.standalone = True


def core():
    return kubernetes.client.CoreV1Api()


@kopf.on.create(**TILLS)
def open_till(name, namespace, spec, retry, body, **_):
    if retry == 0:
        raise kopf.TemporaryError("the drawer sticks", delay=0.1)
    receipt = {"metadata": {"name": f"{name}-receipt"}, "data": {"greeting": spec["greeting"]}}
    kopf.adopt(receipt, owner=body)
    core().create_namespaced_config_map(namespace, receipt)
    kopf.info(body, reason="Opened", message="The till is open")
    return {"receipt": f"{name}-receipt", "retries": retry}


@kopf.on.update(**TILLS, field="spec.greeting")
def print_anew(name, namespace, old, new, **_):
    core().patch_namespaced_config_map(f"{name}-receipt", namespace, {"data": {"greeting": new}})
    return {"was": old}


@kopf.on.resume(**TILLS)
def know(patch, **_):
    patch.status["known"] = True


@kopf.on.delete(**TILLS)
def close_till(name, namespace, spec, **_):
    goodbye = {"metadata": {"name": f"{name}-goodbye"}, "data": {"last": spec["greeting"]}}
    core().create_namespaced_config_map(namespace, goodbye)


@kopf.timer(**TILLS, interval=0.3)
def count(status, patch, **_):
    patch.status["ticks"] = status.get("ticks", 0) + 1
