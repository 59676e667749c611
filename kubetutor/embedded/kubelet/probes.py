"""Probes: real HTTP requests, connections and commands, and what their results mean.

Models: pkg/kubelet/prober (prober.go, worker.go) and pkg/probe.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kubetutor.embedded.kubelet.backoff import duration
from kubetutor.embedded.kubelet.runtime import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.clock import Clock

KINDS = ("startup", "liveness", "readiness")
FIRST_PROBE = 0.1  # seconds that a process has to begin to listen, before the first probe
LONGEST_OUTPUT = 10 * 1024
EXEC_FAILED = (
    "rpc error: code = Unknown desc = failed to exec in container: "
    'failed to start exec "{id}": OCI runtime exec failed: exec failed: '
    "unable to start container process: {error}"
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one probe found. `output` is what upstream's kubelet would say."""

    is_well: bool
    output: str = ""
    is_known: bool = True  # False: it could not be found out, which counts neither way


class Execute(Protocol):
    """Runs a command in the container; answers exit code and output; raises TimeoutError."""

    async def __call__(self, command: Sequence[str], seconds: float) -> tuple[int, str]: ...


@dataclass(frozen=True, slots=True)
class Target:
    """The container that is probed."""

    container: Object
    address: str
    execute: Execute


async def check(probe: Object, target: Target) -> Result:
    """Probe once."""
    seconds = float(probe.get("timeoutSeconds") or 1)
    if probe.get("exec"):
        return await _check_exec(probe["exec"].get("command") or (), target, seconds)
    if probe.get("httpGet"):
        return await check_http(probe["httpGet"], target, seconds)
    if probe.get("tcpSocket"):
        return await _check_tcp(probe["tcpSocket"], target, seconds)
    return Result(is_well=True)  # grpc: see simplifications.py


def port_number(port: int | str, container: Object) -> int:
    """Answer the port, which may be given by its name in the container."""
    named = {entry.get("name"): entry["containerPort"] for entry in container.get("ports") or ()}
    return int(named.get(port, port))


async def _check_exec(command: Sequence[str], target: Target, seconds: float) -> Result:
    try:
        code, output = await target.execute(command, seconds)
    except TimeoutError:
        return Result(False, f'command timed out: "{" ".join(command)}" timed out after {duration(seconds)}')
    except ProgramError as error:
        return Result(False, EXEC_FAILED.format(id=secrets.token_hex(32), error=error), is_known=False)
    return Result(code == 0, output[:LONGEST_OUTPUT])


async def _check_tcp(action: Object, target: Target, seconds: float) -> Result:
    host, port = action.get("host") or target.address, port_number(action["port"], target.container)
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Result(False, f"dial tcp {host}:{port}: i/o timeout")
    except OSError as error:
        return Result(False, f"dial tcp {host}:{port}: connect: {dial_reason(error)}")
    writer.close()
    return Result(True)


async def check_http(action: Object, target: Target, seconds: float) -> Result:
    """Send one GET; 200 to 399 is well."""
    host, port = action.get("host") or target.address, port_number(action["port"], target.container)
    scheme = (action.get("scheme") or "HTTP").lower()
    path = "/" + (action.get("path") or "/").lstrip("/")
    url = f"{scheme}://{host}:{port}{path}"
    try:
        async with asyncio.timeout(seconds):
            status = await _get(action, host, port, path)
    except TimeoutError:
        late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        return Result(False, f'Get "{url}": {late}')
    except ConnectionRefusedError as error:
        return Result(False, f'Get "{url}": dial tcp {host}:{port}: connect: {dial_reason(error)}')
    except (OSError, ValueError) as error:
        return Result(False, f'Get "{url}": {dial_reason(error)}')
    return (
        Result(True) if 200 <= status < 400 else Result(False, f"HTTP probe failed with statuscode: {status}")
    )


async def _get(action: Object, host: str, port: int, path: str) -> int:
    secure = _unverified() if action.get("scheme") == "HTTPS" else None
    reader, writer = await asyncio.open_connection(host, port, ssl=secure)
    headers = {
        "Host": f"{host}:{port}",
        "User-Agent": "kube-probe/1.36",
        "Accept": "*/*",
        "Connection": "close",
    }
    headers.update({entry["name"]: entry["value"] for entry in action.get("httpHeaders") or ()})
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    try:
        writer.write("\r\n".join(lines).encode())
        words = (await reader.readline()).split()
        if len(words) < 2:
            raise ConnectionResetError("EOF")
        await reader.read(LONGEST_OUTPUT)  # a server that is cut off would log an error
        return int(words[1])
    finally:
        writer.close()


def _unverified() -> ssl.SSLContext:
    """A probe does not verify certificates, nor does upstream's."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def dial_reason(error: Exception) -> str:
    """Answer why a connection failed, in the words of the system: `connection refused`."""
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if number else str(error) or "EOF"


class Prober:
    """Probes one run of a container until it is stopped. It tells; it decides nothing."""

    def __init__(
        self,
        target: Target,
        clock: Clock,
        *,
        on_result: Callable[[str, bool], None],
        on_failure: Callable[[str], None],
        first_readiness: float = 0.0,
    ) -> None:
        self._target, self._clock = target, clock
        self._on_result, self._on_failure = on_result, on_failure
        self._first_readiness = first_readiness
        self._is_started = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        probes = {kind: self._target.container.get(f"{kind}Probe") for kind in KINDS}
        if not probes["startup"]:
            self._is_started.set()
        self._tasks = [
            asyncio.create_task(self._watch(kind, probe)) for kind, probe in probes.items() if probe
        ]

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _watch(self, kind: str, probe: Object) -> None:
        """Call `on_failure` for each failed probe, `on_result` when a threshold is reached."""
        extra = self._first_readiness if kind == "readiness" else 0.0
        await self._clock.sleep(max(float(probe.get("initialDelaySeconds") or 0) + extra, FIRST_PROBE))
        if kind != "startup":
            await self._is_started.wait()
        period = float(probe.get("periodSeconds") or 10)
        run, was_well = 0, None
        while True:
            result = await check(probe, self._target)
            if not result.is_well:
                self._tell(kind, result)
            if result.is_known:
                run = run + 1 if result.is_well == was_well else 1
                was_well = result.is_well
                if run >= _threshold(probe, result) and self._is_settled(kind, result):
                    return
            await self._clock.sleep(period)

    def _tell(self, kind: str, result: Result) -> None:
        words = "failed" if result.is_known else "errored and resulted in unknown state"
        self._on_failure(f"{kind.capitalize()} probe {words}: {result.output}")

    def _is_settled(self, kind: str, result: Result) -> bool:
        """Report what a threshold says; say whether there is nothing more to find out by this probe."""
        self._on_result(kind, result.is_well)
        if kind == "startup" and result.is_well:
            self._is_started.set()
        return kind == "startup" or (kind == "liveness" and not result.is_well)


def _threshold(probe: Object, result: Result) -> int:
    if result.is_well:
        return int(probe.get("successThreshold") or 1)
    return int(probe.get("failureThreshold") or 3)
