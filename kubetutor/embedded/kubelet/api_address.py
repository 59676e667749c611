"""Where a pod is told to find the API server.

The address of the service `kubernetes` has port 443. Where this user may not open such a port, the proxy could not
either, and a pod is told the API server's own address and port instead. Its certificate is good for both.

Unlike upstream: no kernel keeps a kube-proxy, which is root, from port 443.
"""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from kubetutor.api.objects import key_of

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.environment import Lookup

API_SERVER = "default/kubernetes"


def reachable(service: Object, find: Lookup) -> Object:
    """Answer the service as it is, or the API server's with an address and a port that can be reached."""
    if key_of(service) != API_SERVER:
        return service
    spec = service["spec"]
    if _may_open(spec["clusterIP"], spec["ports"][0]["port"]):
        return service
    found = find("endpointslices.discovery.k8s.io", API_SERVER)
    if found is None:
        return service
    port = {**spec["ports"][0], "port": found["ports"][0]["port"]}
    return {**service, "spec": {**spec, "clusterIP": found["endpoints"][0]["addresses"][0], "ports": [port]}}


def _may_open(address: str, port: int) -> bool:
    """Ask the kernel whether this user may open a port: that it is taken is no refusal."""
    with socket.socket() as sock:
        try:
            sock.bind((address, port))
        except OSError as error:
            return error.errno != errno.EACCES
    return True
