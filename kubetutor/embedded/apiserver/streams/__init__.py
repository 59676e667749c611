"""Connections that stay open: exec, attach and port-forward over WebSocket, and logs.

The app calls these after routing and authentication, with the pod and the node that it runs on. Errors found
before the connection is accepted are answered as a `Status`, later ones in the way of each protocol.

kubectl that cannot open a WebSocket tries SPDY over HTTP next, which is not modelled: `answer_without_websocket`
says to such a request what is wrong.
"""

from kubetutor.embedded.apiserver.streams.logs import log_response
from kubetutor.embedded.apiserver.streams.port_forward import serve_port_forward
from kubetutor.embedded.apiserver.streams.refusal import answer_without_websocket, refuse
from kubetutor.embedded.apiserver.streams.remote_command import serve_attach, serve_exec

__all__ = [
    "answer_without_websocket",
    "log_response",
    "refuse",
    "serve_attach",
    "serve_exec",
    "serve_port_forward",
]
