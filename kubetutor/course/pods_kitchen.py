"""The exercise `two-in-one`: two containers of one pod share a volume, and one shows what the other writes.

Measured are the orders: how many of them the second container has in its log, and how far it is behind the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, uid_of
from kubetutor.course.pod_reading import statuses_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Command, Evidence

NAME, COOK, CLERK = "kitchen", "cook", "clerk"
MANIFEST = "manifests/03-pods/kitchen.yaml"
ENOUGH, BEHIND = 5, 4  # orders
FILE = "my-kitchen.yaml"


@dataclass(frozen=True, slots=True)
class KitchenFacts:
    """What the exercise is judged by."""

    exists: bool = False
    is_first: bool = False  # nothing but the pod that the start made
    containers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # other pods of the exercise
    clerk_ends: str = ""  # how the clerk's program ended, or why it cannot start
    clerk_runs: bool = False
    shares: bool = False  # cook and clerk mount the same volume
    written: int = 0
    shown: int = 0
    newest_shown: int = 0


def observe(evidence: Evidence) -> KitchenFacts:
    api, namespace = evidence.cluster.api, evidence.namespace
    others = tuple(
        name_of(pod)
        for pod in api.list("pods", namespace=namespace)
        if uid_of(pod) not in evidence.pods_at_start and name_of(pod) != NAME
    )
    pod = evidence.cluster.api.find("pods", NAME, namespace=namespace)
    if pod is None:
        return KitchenFacts(others=others)
    written, shown = (orders_of(evidence, pod, container) for container in (COOK, CLERK))
    return KitchenFacts(
        exists=True,
        is_first=uid_of(pod) in evidence.pods_at_start and not others,
        containers=tuple(container["name"] for container in pod["spec"]["containers"]),
        others=others,
        clerk_ends=end_of(pod, CLERK),
        clerk_runs=is_running(pod, CLERK),
        shares=bool(volumes_of(pod, COOK) & volumes_of(pod, CLERK)),
        written=max(written, default=0),
        shown=len(set(shown)),
        newest_shown=max(shown, default=0),
    )


def orders_of(evidence: Evidence, pod: Object, container: str) -> list[int]:
    """Read the numbers of the orders in a container's log, as long as it runs."""
    if not is_running(pod, container):
        return []
    log = evidence.cluster.kubectl("--namespace", evidence.namespace, "logs", NAME, "-c", container)
    return [int(number) for number in re.findall(r"^order (\d+)$", log, re.MULTILINE)]


def is_running(pod: Object, container: str) -> bool:
    return "running" in statuses_of(pod).get(container, {}).get("state", {})


def end_of(pod: Object, container: str) -> str:
    """Say how a container's program has ended, or why it cannot start; empty if it runs its first time, or is being made."""
    status = statuses_of(pod).get(container, {})
    state = status.get("state", {})
    ended = state.get("terminated") or status.get("lastState", {}).get("terminated")
    if ended:
        return f"{ended.get('reason', 'ended')}, exit code {ended['exitCode']}"
    reason = str(state.get("waiting", {}).get("reason", ""))
    return "" if reason in {"ContainerCreating", "PodInitializing"} else reason


def volumes_of(pod: Object, container: str) -> set[str]:
    found: Object = next((each for each in pod["spec"]["containers"] if each["name"] == container), {})
    accounts = "/var/run/secrets"  # mounted into every container, by the cluster
    return {
        mount["name"]
        for mount in found.get("volumeMounts") or ()
        if not mount["mountPath"].startswith(accounts)
    }


UNTOUCHED = Rule[KitchenFacts](
    expected=f"A second container {CLERK} in the pod {NAME}.",
    holds=lambda facts: not (facts.exists and facts.is_first),
    seen=lambda facts: (
        f"The pod is still the one of the start, with the container {', '.join(facts.containers)}."
    ),
    look_at="the containers in the pod's spec",
    hint=Hint(
        "begin",
        look="Read the manifest of the pod. Which containers does it list, and which volume?",
        missing="A pod's containers are a list. A second one shares the pod's volumes once it mounts them.",
        nearly="Containers cannot be added to a pod that lives. Delete it, and apply a manifest with a longer list.",
    ),
)

RULES = (
    Rule[KitchenFacts](
        expected=f"A pod {NAME}.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: f"There is no pod {NAME} in this namespace.",
        look_at="the pods of this namespace",
        hint=Hint(
            "gone",
            look="List the pods of this namespace.",
            missing="The pod has been deleted, and nobody makes it again.",
            nearly=f"Apply your own manifest. The pod in it must be called {NAME}.",
        ),
    ),
    Rule[KitchenFacts](
        expected=f"The pod has two containers, {COOK} and {CLERK}.",
        holds=lambda facts: {COOK, CLERK} <= set(facts.containers),
        seen=lambda facts: (
            f"The pod {NAME} has: {', '.join(facts.containers)}. Other new pods: {', '.join(facts.others) or 'none'}."
        ),
        look_at="the names of the containers in the pod's spec",
        hint=Hint(
            "no-clerk",
            look="Compare the names of the pod's containers with those of the task.",
            missing="One of the two containers is not in this pod. Another pod has volumes of its own.",
            nearly=f"List both containers below spec.containers of one manifest, and call them {COOK} and {CLERK}.",
        ),
    ),
    Rule[KitchenFacts](
        expected=f"The container {CLERK} runs on.",
        holds=lambda facts: not facts.clerk_ends,
        seen=lambda facts: f"The container {CLERK}: {facts.clerk_ends}.",
        look_at=f"the state and the last state of the container {CLERK}",
        hint=Hint(
            "ends",
            look=f"Look at the state of the container {CLERK} in the pod's description.",
            missing="Its program cannot start, or ends. A program that has read a file to its end is done.",
            nearly="The program must wait for what is still to come. The command tail can follow a file that grows.",
        ),
    ),
    Rule[KitchenFacts](
        expected="Both containers mount the same volume.",
        holds=lambda facts: facts.shares,
        seen=lambda _facts: f"{COOK} and {CLERK} have no volume in common.",
        look_at="the mounts of both containers in the pod's description",
        hint=Hint(
            "not-shared",
            look="Look at the mounts of both containers in the pod's description.",
            missing="A container has files of its own. It sees a volume only if it mounts it.",
            nearly="Give the second container the same volumeMounts as the first one, with the same volume name.",
        ),
    ),
    Rule[KitchenFacts](
        expected=f"The log of {CLERK} shows the orders.",
        holds=lambda facts: facts.shown > 0,
        seen=lambda facts: f"{facts.written} orders are written, and the log of {CLERK} shows none.",
        look_at=f"the log of the container {CLERK}",
        may_mend=lambda facts: not facts.clerk_runs or facts.written < ENOUGH,
        hint=Hint(
            "silent",
            look=f"Read the log of the container {CLERK}.",
            missing="It runs and has the volume, but prints no order. A log is what a program writes to its output.",
            nearly="Let it print the lines of the file list in the volume, from the first line on.",
        ),
    ),
    Rule[KitchenFacts](
        expected=f"It shows at least {ENOUGH} orders, and is never more than {BEHIND} behind.",
        holds=lambda facts: facts.shown >= ENOUGH and facts.written - facts.newest_shown <= BEHIND,
        seen=lambda facts: (
            f"{facts.written} orders are written; {CLERK} shows {facts.shown}, the newest is number {facts.newest_shown}."
        ),
        look_at="the newest line in the logs of both containers",
        may_mend=lambda facts: facts.written - facts.newest_shown <= BEHIND,
        hint=Hint(
            "behind",
            look="Compare the newest lines in the logs of both containers, twice.",
            missing="It has shown some orders and then stopped. The cook goes on writing.",
            nearly="The program must go on reading while the file grows. The command tail can follow a file.",
        ),
    ),
)


def passed(facts: KitchenFacts) -> str:
    return (
        f"{facts.written} orders are written, and the log of {CLERK} shows {facts.shown} of them; the newest is number "
        f"{facts.newest_shown}."
    )


TOP = """\
apiVersion: v1
kind: Pod
metadata:
  name: kitchen
  labels:
    lesson: pods
spec:
  terminationGracePeriodSeconds: 1
  volumes:
    - name: orders
      emptyDir: {}
"""
COOKS = """\
  containers:
    - name: cook
      image: busybox:1.36
      volumeMounts:
        - name: orders
          mountPath: /orders
      command:
        - sh
        - -c
        - |
          number=0
          while true; do
            number=$((number + 1))
            echo "order $number" | tee -a $KUBETUTOR_VOLUMES/orders/list
            sleep 1
          done
"""
MOUNTED = "      volumeMounts: [{name: orders, mountPath: /orders}]\n"
FOLLOW = "exec tail -n +1 -F $KUBETUTOR_VOLUMES/orders/list"
DELETE: Command = ("delete", "pod", NAME, "--wait", "--timeout=60s")


def clerk(script: str, *, name: str = CLERK, mounts: str = MOUNTED) -> str:
    return f'    - name: {name}\n      image: busybox:1.36\n      command: ["sh", "-c", "{script}"]\n{mounts}'


def attempt(name: str, second: str, *, hint: str = "", volumes: str = "") -> Attempt:
    """Answer an attempt that makes the pod anew with this second container, and `volumes` beside the one that is there."""
    return Attempt(
        name, (DELETE, ("apply", "-f", FILE)), hint=hint, files={FILE: TOP + volumes + COOKS + second}
    )


LOOP = "while true; do cat $KUBETUTOR_VOLUMES/orders/list; sleep 1; done"
ELSEWHERE = "      volumeMounts: [{name: desk, mountPath: /orders}]\n"
TWO_IN_ONE = Exercise(
    slug="two-in-one",
    task=f"Add a second container {CLERK} to the pod {NAME} that shows each order in its log, as long as the cook writes.",
    setup=(
        ("delete", "pods", NAME, "desk", "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", MANIFEST),
        ("wait", "--for=condition=Ready", f"pod/{NAME}", "--timeout=60s"),
    ),
    observe=observe,
    measured=("shown", "newest_shown", "written"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=attempt("a second container that follows the file", clerk(FOLLOW)),
    other_right=(
        attempt("the whole file again and again", clerk(LOOP)),
        attempt("mounted for reading only", clerk(FOLLOW, mounts=MOUNTED.replace("}]", ", readOnly: true}]"))),
        Attempt("replaced by force", (("replace", "--force", "-f", FILE),), files={FILE: TOP + COOKS + clerk(FOLLOW)}),
    ),
    typical_wrong=(
        Attempt("deleted only", (DELETE,), hint="gone"),
        attempt("another name", clerk(FOLLOW, name="helper"), hint="no-clerk"),
        Attempt("a second pod", (("run", "desk", "--image=busybox:1.36", "--", "sleep", "1000"),), hint="no-clerk"),
        attempt("read once", clerk("cat $KUBETUTOR_VOLUMES/orders/list"), hint="ends"),
        attempt("a volume of its own", clerk(FOLLOW, mounts=ELSEWHERE), hint="not-shared",
                volumes="    - name: desk\n      emptyDir: {}\n"),
        attempt("nothing printed", clerk("sleep 1000"), hint="silent"),
        attempt("shown once, then asleep", clerk("sleep 2; cat $KUBETUTOR_VOLUMES/orders/list; exec sleep 1000"), hint="behind"),
    ),
)  # fmt: skip
