"""Requests that the API server carries on to a pod or a service: `services/NAME:PORT/proxy/PATH`.

`target.py` says where a request goes, `forward.py` carries it there and the answer back, `links.py` makes the links
of the answer lead through the API server again.

Models: k8s.io/apimachinery/pkg/util/proxy/upgradeaware.go. Unlike upstream: a WebSocket is not carried on.
"""

from kubetutor.embedded.apiserver.proxy.forward import forward
from kubetutor.embedded.apiserver.proxy.target import find_target

__all__ = ["find_target", "forward"]
