"""A server with just enough of the API for real clients, in front of a node that runs real processes."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import sys
import termios
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from kubetutor.embedded.apiserver import streams
from kubetutor.embedded.node_api import STDERR, STDOUT
from kubetutor.errors import ApiError

DISCOVERY = Path(__file__).parents[3] / "upstream" / "discovery"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
UNKNOWN_PROGRAM = (
    "Internal error occurred: Internal error occurred: error executing command in container: failed to exec in "
    'container: exec: "{}": executable file not found in $PATH'
)


class ProcessSession:
    """A child process behind pipes, or behind a terminal."""

    def __init__(self, process, terminal=None):
        self.process, self._terminal, self.closed = process, terminal, False
        self._loop = asyncio.get_running_loop()

    async def write(self, data):
        if self._terminal is not None:
            os.write(self._terminal, data)
            return
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    async def end_input(self):
        if self._terminal is not None:
            os.write(self._terminal, b"\x04")
        else:
            self.process.stdin.close()

    async def resize(self, width, height):
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    async def output(self):
        if self._terminal is not None:
            while data := await asyncio.to_thread(read_terminal, self._terminal):
                yield STDOUT, data
            return
        queue = asyncio.Queue(maxsize=4)

        async def pump(stream, reader):
            while data := await reader.read(65536):
                await queue.put((stream, data))
            await queue.put(None)

        pumps = [
            asyncio.create_task(pump(STDOUT, self.process.stdout)),
            asyncio.create_task(pump(STDERR, self.process.stderr)),
        ]
        try:
            for _ in pumps:
                while item := await queue.get():
                    yield item
        finally:
            for task in pumps:
                task.cancel()

    async def wait(self):
        code = await self.process.wait()
        return code if code >= 0 else 128 - code

    async def close(self):
        self.closed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


def read_terminal(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end is closed
        return b""


class LocalNode:
    """Runs commands of pods as processes of this machine; a pod's port is a port of 127.0.0.1."""

    def __init__(self):
        self.sessions, self.sizes, self.following = [], [], 0

    async def exec(self, pod, container, command, *, stdin, tty):
        if shutil.which(command[0]) is None:
            raise ApiError(500, "InternalError", UNKNOWN_PROGRAM.format(command[0]))
        return await self._start(command, pod, container, tty=tty, stdin=stdin)

    async def attach(self, pod, container, *, stdin, tty):
        if container == "crashed":
            raise ApiError(
                400, "BadRequest", f"container {container} not found in pod {pod['metadata']['name']}"
            )
        script = 'echo main process of $CONTAINER; read line; echo "got $line"; exit 3'
        return await self._start(["sh", "-c", script], pod, container, tty=tty, stdin=stdin)

    async def _start(self, command, pod, container, *, tty, stdin):
        env = {**os.environ, "HOSTNAME": pod["metadata"]["name"], "CONTAINER": container}
        terminal = None
        files = {"stdin": asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL}
        files |= {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        if tty:
            terminal, inner = pty.openpty()
            files = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
            command = ["setsid", "--ctty", *command]  # so that Ctrl-C on this terminal is a signal
        process = await asyncio.create_subprocess_exec(*command, env=env, start_new_session=not tty, **files)
        if tty:
            os.close(inner)
        session = ProcessSession(process, terminal)
        self.sessions.append(session)
        return session

    async def logs(self, pod, options):
        if options.container == "crashed":
            message = f'container "crashed" in pod "{pod["metadata"]["name"]}" is waiting to start: ContainerCreating'
            raise ApiError(400, "BadRequest", message)
        yield f"{json.dumps(vars_of(options))}\n".encode()
        if options.follow:
            self.following += 1
            try:
                for number in range(3):
                    yield f"line {number}\n".encode()
                await asyncio.Event().wait()
            finally:
                self.following -= 1

    async def connect(self, pod, port):  # noqa: ARG002  # the protocol's signature
        return await asyncio.open_connection("127.0.0.1", port)


def vars_of(options):
    return {name: getattr(options, name) for name in options.__slots__}


def make_pod(name, *containers, node="lab-worker"):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-of-{name}"},
        "spec": {"nodeName": node, "containers": [{"name": c, "image": "my-app:1.0"} for c in containers]},
        "status": {"phase": "Running", "podIP": "127.0.0.1"},
    }


PODS = {
    "web": make_pod("web", "web"),
    "two": make_pod("two", "shop", "crashed"),
    "pending": make_pod("pending", "web", node=""),
}


def make_app(node):
    def discovery(request):
        name = "aggregated_api.json" if request.url.path == "/api" else "aggregated_apis.json"
        return Response((DISCOVERY / name).read_bytes(), headers={"content-type": AGGREGATED})

    def get_pod(request):
        return JSONResponse(PODS[request.path_params["name"]])

    def log(request):
        pod = PODS[request.path_params["name"]]
        try:
            return streams.log_response(node, pod, request.query_params)
        except ApiError as error:
            return JSONResponse(error.status(), error.code)

    def stream(serve):
        async def endpoint(websocket):
            await serve(websocket, node, PODS[websocket.path_params["name"]], websocket.query_params)

        return endpoint

    def without_websocket(request):
        subresource = request.url.path.rpartition("/")[2]
        pod = PODS[request.path_params["name"]]
        return streams.answer_without_websocket(pod, request.query_params, subresource=subresource)

    pod_path = "/api/v1/namespaces/shop/pods/{name}"
    serving = {
        "exec": streams.serve_exec,
        "attach": streams.serve_attach,
        "portforward": streams.serve_port_forward,
    }
    return Starlette(
        routes=[
            Route("/api", discovery),
            Route("/apis", discovery),
            Route(pod_path, get_pod),
            Route(f"{pod_path}/log", log),
            *(WebSocketRoute(f"{pod_path}/{name}", stream(serve)) for name, serve in serving.items()),
            *(Route(f"{pod_path}/{name}", without_websocket, methods=["GET", "POST"]) for name in serving),
        ]
    )


@pytest.fixture
def node():
    return LocalNode()


@pytest.fixture(params=["wsproto"])
async def server(node, request):
    """Start the server; answers its URL."""
    config = uvicorn.Config(
        make_app(node), port=0, ws=request.param, lifespan="off", log_config=None, ws_ping_interval=None
    )
    running = uvicorn.Server(config)
    running.install_signal_handlers = lambda: None
    running.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(running.serve())
    await eventually(lambda: running.started)
    host, port = running.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    running.should_exit = running.force_exit = True
    await task


@pytest.fixture
def kubectl(server, tmp_path):
    """Start kubectl with these arguments; answers the process."""
    config = tmp_path / "kubeconfig"
    cluster = {"name": "lab", "cluster": {"server": server}}
    context = {"name": "lab", "context": {"cluster": "lab", "user": "lab", "namespace": "shop"}}
    users = [{"name": "lab", "user": {"token": "a token"}}]
    content = {"clusters": [cluster], "contexts": [context], "users": users, "current-context": "lab"}
    config.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **content}))
    program = shutil.which("kubectl", path=str(Path(sys.executable).parent))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(config), "TERM": "xterm"}

    async def start(*args, stdin=asyncio.subprocess.DEVNULL, **options):
        options = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE, **options}
        return await asyncio.create_subprocess_exec(program, *args, stdin=stdin, env=env, **options)

    return start


@pytest.fixture
def run(kubectl):
    """Run kubectl to its end; answers exit code, output and errors."""

    async def finished(*args, given=None):
        stdin = asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE
        process = await kubectl(*args, stdin=stdin)
        output, errors = await asyncio.wait_for(process.communicate(given), 30)
        return process.returncode, output, errors.decode()

    return finished


async def eventually(predicate, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not predicate():  # noqa: ASYNC110  # what is waited for sets no event
            await asyncio.sleep(0.01)


@pytest.fixture(name="eventually")
def eventually_fixture():
    return eventually
