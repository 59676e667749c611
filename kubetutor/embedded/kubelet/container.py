"""One container of one pod, from its image to its last run.

1. Have the image: known, or report what failed and try again, later each time.
2. Make environment and folder, start the process, run the postStart hook, begin to probe.
3. Wait for its end, report it.
4. By the restart policy: over, or start again, at once the first time, then after a wait that doubles.

Models: pkg/kubelet/kuberuntime (SyncPod, startContainer, doBackOff) and pkg/kubelet/images.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.kubelet import memory
from kubetutor.embedded.kubelet.backoff import Backoff, duration
from kubetutor.embedded.kubelet.environment import ConfigError
from kubetutor.embedded.kubelet.execution import run_command
from kubetutor.embedded.kubelet.hooks import run_hook
from kubetutor.embedded.kubelet.image_pull import ImagePull
from kubetutor.embedded.kubelet.launch import prepare
from kubetutor.embedded.kubelet.logs import ContainerLog, last_words, remove_log
from kubetutor.embedded.kubelet.pod_status import ContainerState, Termination, is_sidecar
from kubetutor.embedded.kubelet.probes import Prober, Target
from kubetutor.embedded.kubelet.runtime import Exit, ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.images import Image
    from kubetutor.embedded.kubelet.launch import Launch
    from kubetutor.embedded.kubelet.node_context import NodeContext
    from kubetutor.embedded.kubelet.runtime import Process, Sink
    from kubetutor.embedded.kubelet.sessions import ProcessSession

SETTLED = 0.05  # seconds after which a container that says nothing counts as running
EPOCH = "1970-01-01T00:00:00Z"
START_FAILED = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: {error}"
)
CREATE_FAILED = "failed to create containerd container: {error}"


class Container:
    """Runs one container of a pod. `pod` answers the newest manifest, `group` is its field; `publish` tells the API server."""

    def __init__(
        self,
        node: NodeContext,
        pod: Callable[[], Object],
        spec: Object,
        *,
        group: str,
        publish: Callable[[], None],
    ) -> None:
        self.node, self._pod, self.spec, self._publish = node, pod, spec, publish
        self._group, self.is_init = group, group == "initContainers"
        self.is_sidecar = self.is_init and is_sidecar(spec)
        self.name: str = spec["name"]
        self.state = ContainerState()
        self.process: Process | None = None
        self.launch: Launch | None = None
        self.log: ContainerLog | None = None
        self.has_started = asyncio.Event()
        self._has_spoken = asyncio.Event()
        self.taps: set[Sink] = set()
        self.sessions: set[ProcessSession] = set()
        self._killing: asyncio.Task[None] | None = None  # held, so that it is not collected while it works
        self.is_stopping = self._quiet_end = self._over_memory = False
        self._has_new_image = asyncio.Event()
        timings = node.timings
        self._backoff = Backoff(
            node.clock, timings.crash_backoff_start, timings.crash_backoff_max, reset=timings.backoff_reset
        )

    # -- what is told ---------------------------------------------------------------------------------------

    def change(self, **changes: Any) -> None:
        """Note a change of state and tell the API server."""
        self.state = replace(self.state, **changes)
        self._publish()

    def event(self, level: str, reason: str, message: str) -> None:
        record = self.node.events.normal if level == "Normal" else self.node.events.warning
        record(self._pod(), reason, message, field_path=f"spec.{self._group}{{{self.name}}}")

    def wait_for(self, reason: str, message: str) -> None:
        """Be waiting, for this reason; a run that has ended becomes the last one."""
        ended = self.state.terminated
        self.change(waiting=reason, message=message, terminated=None, last=ended or self.state.last)

    def update(self, spec: Object) -> None:
        """Take over a changed spec. Only the image can be another one: a run of the old one ends."""
        old, self.spec = self.spec, spec
        if old["image"] == spec["image"] or self.is_stopping:
            return
        self._has_new_image.set()
        if self.process is not None:
            self._end_old_image()

    def _end_old_image(self) -> None:
        self.event("Normal", "Killing", f"Container {self.name} definition changed, will be restarted")
        self._end_to_restart(self._pod()["spec"].get("terminationGracePeriodSeconds", 30))

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond a change of the image."""
        changed = asyncio.create_task(self._has_new_image.wait())
        sleeping = asyncio.create_task(self.node.clock.sleep(seconds))
        try:
            await asyncio.wait({changed, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._has_new_image.clear()
            changed.cancel()
            sleeping.cancel()

    # -- life -----------------------------------------------------------------------------------------------

    async def run(self) -> Exit:
        """Run until it is over for good; answer how it ended. What had ended before the node came back may be over."""
        before = self.state.terminated
        if before is not None and not self.is_init and not self._is_restarted_after(Exit(before.code)):
            return Exit(before.code)
        while True:
            self._has_new_image.clear()
            image = await ImagePull(self).ensure()
            ended = await self._run_once(image)
            if self.is_stopping or not (self._has_new_image.is_set() or self._is_restarted_after(ended)):
                return ended
            if not self._has_new_image.is_set():
                await self._wait_before_restart()

    def _is_restarted_after(self, ended: Exit) -> bool:
        policy = self._pod()["spec"].get("restartPolicy", "Always")
        if self._group == "ephemeralContainers":
            return False
        is_done = ended.code == 0 and (policy == "OnFailure" or self.is_init)
        return self.is_sidecar or not (policy == "Never" or is_done)

    async def _run_once(self, image: Image) -> Exit:
        container_id = secrets.token_hex(32)
        launch, self.log = await self._prepared(image, container_id)
        self.event("Normal", "Created", "Container created")
        full_id = f"kubetutor://{container_id}"
        self._has_spoken.clear()
        try:
            process = await self.node.runtime.start_process(launch.program, self._take_output)
        except ProgramError as error:
            return self._note_start_failure(full_id, image, str(error))
        self.process, self.launch = process, launch
        self.event("Normal", "Started", "Container started")
        if self._has_new_image.is_set():  # since the old one was found
            self._end_old_image()
        try:
            return await self._while_running(process, full_id, image)
        finally:
            if process.exit is None:  # nobody waits for it any more
                process.kill()
            self.process = None
            self.taps.clear()
            self.log.close()
            for session in tuple(self.sessions):  # what runs beside the main process ends with it
                session.process.kill()

    async def _prepared(self, image: Image, container_id: str) -> tuple[Launch, ContainerLog]:
        """Answer the program and its log. As long as something is missing, also room for them, say so and look again."""
        can_mount = await self.node.runtime.can_mount()
        while True:
            try:
                launch = prepare(self.node, self._pod(), self.spec, image, can_mount=can_mount)
                path = self.node.log_path(self._pod(), self.name, container_id)
                return launch, ContainerLog(path, self.node.clock)
            except ConfigError as error:
                reason, message = "CreateContainerConfigError", str(error)
            except OSError as error:
                reason, message = "CreateContainerError", CREATE_FAILED.format(error=error.strerror)
            self.event("Warning", "Failed", f"Error: {message}")
            self.wait_for(reason, message)
            await self.node.clock.sleep(self.node.timings.image_backoff_start)

    async def _while_running(self, process: Process, container_id: str, image: Image) -> Exit:
        started_at = self._now()
        self._forget_old_log()
        target = Target(self.spec, self._pod()["status"]["podIP"], self.execute)
        await self._after_start(process, target)
        await self._settle()
        self._note_start(container_id, started_at, image)
        prober = Prober(
            target,
            self.node.clock,
            on_result=self._on_probe_result,
            on_failure=self._on_probe_failure,
            first_readiness=self.node.timings.readiness_initial,
        )
        prober.start()
        watch = asyncio.create_task(self._watch_memory(process))
        try:
            ended = await process.wait()
        finally:
            prober.stop()
            watch.cancel()
        self._note_end(ended, container_id, started_at)
        return ended

    async def _settle(self) -> None:
        """Wait for its first word, or a moment. Upstream hears of a start a moment later, too.

        A server says that it listens; so a pod that has no readiness probe and is told ready does answer.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLED):
                await self._has_spoken.wait()

    async def _after_start(self, process: Process, target: Target) -> None:
        handler = (self.spec.get("lifecycle") or {}).get("postStart")
        if not handler:
            return
        hook, ended = asyncio.create_task(run_hook(handler, target)), asyncio.create_task(process.wait())
        await asyncio.wait({hook, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not hook.done():
            hook.cancel()
        elif hook.result() is not None:
            self.event("Warning", "FailedPostStartHook", "PostStartHook failed")
            process.kill()

    async def _watch_memory(self, process: Process) -> None:
        limit = memory.limit_of(self.spec)
        if limit is not None:
            await memory.until_over(limit, process.pid, self.node.clock)
            self._over_memory = True
            process.kill()

    # -- what is noted --------------------------------------------------------------------------------------

    def _note_start(self, container_id: str, started_at: str, image: Image) -> None:
        before = self.state.terminated or self.state.last
        started, serves = not self.spec.get("startupProbe"), self.is_sidecar or self._group == "containers"
        if started:
            self.has_started.set()
        self.change(
            running_since=started_at,
            terminated=None,
            last=before,
            restarts=self.state.restarts + (1 if before else 0),
            started=started,
            ready=started and not self.spec.get("readinessProbe") and serves,
            container_id=container_id,
            image=image.reference,
            image_id=image.id,
        )

    def _note_end(self, ended: Exit, container_id: str, started_at: str) -> None:
        reason = "OOMKilled" if self._over_memory else "Completed" if ended.code == 0 else "Error"
        self._over_memory = False
        self.state = replace(
            self.state,
            running_since=None,
            terminated=Termination(
                ended.code, reason, container_id, started_at, self._now(), self._message_of(ended)
            ),
            ready=self.is_init and not self.is_sidecar and ended.code == 0,
            started=False,
        )
        # Killed to be restarted, or because the pod ends: that is what will be told.
        is_told_later, self._quiet_end = self._quiet_end or self.is_stopping, False
        if not is_told_later:
            self._publish()

    def _message_of(self, ended: Exit) -> str:
        """Answer what the program left in its terminationMessagePath, else, if it is to be, the end of its log."""
        left = self.launch.last_words(len(self._pod()["spec"]["containers"])) if self.launch else ""
        wants_log = self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        if left or not wants_log or ended.code == 0 or self.log is None:
            return left
        return last_words(self.log.path)

    def _note_start_failure(self, container_id: str, image: Image, error: str) -> Exit:
        """Say as upstream that the program could not be started: exit code 128, reason StartError."""
        if self.log is not None:
            self.log.close()
        message = START_FAILED.format(error=error)
        self.event("Warning", "Failed", f"Error: {message}")
        before = self.state.terminated or self.state.last
        self.change(
            terminated=Termination(128, "StartError", container_id, EPOCH, self._now(), message),
            last=before,
            restarts=self.state.restarts + (1 if before else 0),
            container_id=container_id,
            image=image.reference,
            image_id=image.id,
        )
        return Exit(128)

    def _forget_old_log(self) -> None:
        """Two runs have a log: this one and the one before."""
        if self.state.terminated and self.state.last:
            remove_log(self.node.log_path(self._pod(), self.name, self.state.last.container_id))

    def _now(self) -> str:
        return timestamp(self.node.clock.now())

    def _take_output(self, stream: int, data: bytes) -> None:
        self._has_spoken.set()
        if self.log is not None:
            self.log.take(stream, data)
        for tap in tuple(self.taps):
            tap(stream, data)

    # -- restarts -------------------------------------------------------------------------------------------

    async def _wait_before_restart(self) -> None:
        seconds = self._backoff.seconds
        if seconds and not self._backoff.has_been_well():
            pod = self._pod()
            where = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
            self.event(
                "Warning", "BackOff", f"Back-off restarting failed container {self.name} in pod {where}"
            )
            message = f"back-off {duration(seconds)} restarting failed container={self.name} pod={where}"
            self.wait_for("CrashLoopBackOff", message)
            await self.pause(seconds)
        self._backoff.step()

    def _on_probe_failure(self, message: str) -> None:
        self.event("Warning", "Unhealthy", message)

    def _on_probe_result(self, kind: str, is_well: bool) -> None:
        if self.process is None or self.is_stopping:
            return
        if kind == "readiness":
            if is_well != self.state.ready:
                self.change(ready=is_well)
        elif kind == "startup" and is_well:
            self.has_started.set()
            self.change(started=True, ready=not self.spec.get("readinessProbe"))
        elif not is_well:
            self.event("Normal", "Killing", f"Container {self.name} failed {kind} probe, will be restarted")
            own = self.spec[f"{kind}Probe"].get("terminationGracePeriodSeconds")
            whole = self._pod()["spec"].get("terminationGracePeriodSeconds", 30)
            self._end_to_restart(whole if own is None else own)

    def _end_to_restart(self, grace: float) -> None:
        """End this run within so many seconds; the next one tells of it."""
        deadline = self.node.clock.monotonic() + float(grace)
        self._quiet_end = True
        self._killing = asyncio.create_task(self.end_process(lambda: deadline - self.node.clock.monotonic()))

    # -- end ------------------------------------------------------------------------------------------------

    async def stop(self, grace: Callable[[], float]) -> None:
        """End it for good: preStop hook, SIGTERM, and SIGKILL when `grace` answers no more seconds."""
        self.is_stopping = True
        if self.process is None:
            return
        hook = (self.spec.get("lifecycle") or {}).get("preStop")
        if hook:
            target = Target(self.spec, self._pod()["status"]["podIP"], self.execute)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(grace(), 0)):
                    if await run_hook(hook, target) is not None:
                        self.event("Warning", "FailedPreStopHook", "PreStopHook failed")
        await self.end_process(grace)

    async def end_process(self, grace: Callable[[], float]) -> None:
        """SIGTERM; SIGKILL to the group once `grace` answers 0 seconds: it may shrink faster than time passes."""
        process = self.process
        if process is None or process.exit is not None:
            return
        process.signal(signal.SIGTERM)
        ended = asyncio.create_task(process.wait())
        try:
            while not ended.done() and (left := grace()) > 0:
                await asyncio.wait({ended}, timeout=min(left, 1.0))
            if not ended.done():
                process.kill()
            await ended
        finally:
            ended.cancel()

    def kill(self) -> None:
        """End it now; nobody is told."""
        self.is_stopping = True
        if self.process is not None:
            self.process.kill()

    async def execute(self, command: Sequence[str], seconds: float) -> tuple[int, str]:
        """Run a command in this container to its end. Satisfies `Execute`."""
        if self.process is None or self.launch is None:
            return 1, "container is not running"
        program = self.launch.exec_program(command, main_pid=self.process.pid, stdin=False, tty=False)
        return await run_command(self.node.runtime, program, seconds)
