"""port-forward: connections to a port of a pod, carried inside one WebSocket.

kubectl speaks SPDY in it (`spdy_forward`), the official Python client two channels per port (`channel_forward`).

Models: k8s.io/kubelet/pkg/cri/streaming/portforward, k8s.io/apiserver/pkg/util/proxy/websocket.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.streams import channel_forward, spdy_forward
from kubetutor.embedded.apiserver.streams.channels import choose_protocol
from kubetutor.embedded.apiserver.streams.options import check_host
from kubetutor.embedded.apiserver.streams.refusal import refuse
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.websockets import WebSocket

    from kubetutor.api.objects import Object
    from kubetutor.embedded.node_api import NodeApi

PROTOCOLS = (spdy_forward.PROTOCOL, *channel_forward.PROTOCOLS)


async def serve_port_forward(websocket: WebSocket, node: NodeApi, pod: Object, params: QueryParams) -> None:
    """Forward connections to ports of the pod until the client goes."""
    try:
        check_host(pod)
        protocol = choose_protocol(websocket, PROTOCOLS)
        if protocol != spdy_forward.PROTOCOL:
            ports = channel_forward.read_ports(params)
    except ApiError as error:
        await refuse(websocket, error)
        return
    if protocol == spdy_forward.PROTOCOL:
        await spdy_forward.serve(websocket, node, pod)
    else:
        await channel_forward.serve(websocket, protocol, node, pod, ports)
