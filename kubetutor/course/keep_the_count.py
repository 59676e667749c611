"""An exercise of lesson `alternatives`: storage that outlives a pod, as a named volume of Compose outlives a container.

What counts is the number at which the newest pod has begun: it prints it first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import (
    Object,
    condition,
    controller_of,
    is_being_deleted,
    is_pod_ready,
    labels_of,
    name_of,
    uid_of,
)  # fmt: skip
from kubetutor.course.rollout_rules import is_there
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence

NAME, CLAIM = "counter", "lesson-counter"
MANIFEST = "manifests/11-alternatives/counter.yaml"
CLAIM_MANIFEST = "manifests/11-alternatives/claim.yaml"
BEGINS = re.compile(r"^begins at (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CountFacts:
    """What the exercise is judged by."""

    exists: bool = False
    storage: str = ""  # what kind of volume the pod template has
    same_pod: bool = False
    waits: str = ""  # why a pod does not start
    began_at: int | None = None  # the number at which the newest pod has begun


def observe(evidence: Evidence) -> CountFacts:
    """Read the Deployment, why a pod waits, and the first line of the newest pod."""
    api, namespace = evidence.cluster.api, evidence.namespace
    deployment = api.find("deployments.apps", NAME, namespace=namespace)
    if deployment is None:
        return CountFacts()
    there = api.list("pods", namespace=namespace, label_selector=f"app={NAME}")
    pods = [pod for pod in there if not is_being_deleted(pod)]
    running = [pod for pod in pods if is_pod_ready(pod)]
    return CountFacts(
        exists=True,
        storage=storage_of(deployment["spec"]["template"]["spec"]),
        same_pod=bool(pods) and all(uid_of(pod) in evidence.pods_at_start for pod in pods),
        waits=next((why for pod in pods if (why := why_it_waits(pod))), ""),
        began_at=began_at(api, namespace, running),
    )


def storage_of(spec: dict[str, Any]) -> str:
    """Answer what the pods keep their data in: `emptyDir`, `persistentVolumeClaim`, or nothing."""
    kinds = {kind for volume in spec.get("volumes") or () for kind in volume if kind != "name"}
    return "persistentVolumeClaim" if "persistentVolumeClaim" in kinds else ", ".join(sorted(kinds))


def why_it_waits(pod: Object) -> str:
    """Say why a pod has no node. Others that wait are on their way."""
    scheduled = condition(pod, "PodScheduled")
    if scheduled is None or scheduled.get("status") != "False":
        return ""
    return str(scheduled.get("message") or scheduled.get("reason") or "it has no node")


def began_at(api: Any, namespace: str, pods: list[Object]) -> int | None:
    owned = [pod for pod in pods if controller_of(pod) is not None and labels_of(pod).get("app") == NAME]
    if not owned:
        return None
    newest = max(owned, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
    found = BEGINS.search(api.logs(name_of(newest), namespace=namespace))
    return int(found[1]) if found else None


UNTOUCHED = Rule[CountFacts](
    expected="A pod that goes on where the one before has stopped.",
    holds=lambda facts: not (facts.exists and facts.same_pod and facts.storage == "emptyDir"),
    seen=lambda _facts: "The first pod still runs, and counts in a folder of its own.",
    look_at="the volumes in the pod template",
    hint=Hint(
        "begin",
        look="Look at the volumes in the pod template of the Deployment.",
        missing="The folder belongs to the pod. Kubernetes can ask for storage that belongs to nobody's life but its own: a claim.",
        nearly="Make the claim of this lesson's file, and let the volume in the pod template name it.",
    ),
)

RULES: tuple[Rule[CountFacts], ...] = (
    is_there(
        NAME,
        Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment has been deleted. Nobody starts a new pod.",
            nearly="Run the start() cell again. To replace the pod, delete the pod alone.",
        ),
    ),
    Rule[CountFacts](
        expected="Every pod finds a node, and the storage that it asks for.",
        holds=lambda facts: not facts.waits,
        seen=lambda facts: f"A pod waits: {facts.waits}",
        look_at="the events of the pod that waits, and the claim",
        may_mend=lambda _facts: True,
        hint=Hint(
            "waits",
            look="Describe the pod that waits, then the claim that it names.",
            missing="The pod asks for a claim that is not there, or the claim for storage that nobody here provides.",
            nearly="A claim without a storage class gets the cluster's default one. The claim in this lesson's file has none. "
            "A class of a claim cannot be changed: delete the claim, and make it anew.",
        ),
    ),
    Rule[CountFacts](
        expected="The data is in a claim, not in a folder of the pod or of one node.",
        holds=lambda facts: facts.storage == "persistentVolumeClaim",
        seen=lambda facts: f"The volume of the pod template is: {facts.storage or 'none'}.",
        look_at="the volumes in the pod template",
        hint=Hint(
            "own-folder",
            look="Look at the volumes in the pod template again.",
            missing="What is in an emptyDir, or in the container itself, goes with the pod. A hostPath stays, but on that node alone.",
            nearly="Put persistentVolumeClaim in the place of that volume, with the claim's name.",
        ),
    ),
    Rule[CountFacts](
        expected="The newest pod begins above 0.",
        holds=lambda facts: bool(facts.began_at),
        seen=lambda facts: (
            f"The newest pod has begun at {facts.began_at}." if facts.began_at is not None else "No pod has begun to count yet."
        ),
        look_at="the first line of the newest pod's log, and where the volume is mounted",
        may_mend=lambda _facts: True,
        hint=Hint(
            "from-zero",
            look="Read the first line that the newest pod has printed.",
            missing="The first pod with the claim finds it empty: what the pod before had in its own folder did not come along. "
            "Whether the count is kept shows at the next pod. And it counts in /data, nowhere else.",
            nearly="See that the claim is mounted at /data. Then replace the pod once more, and check again.",
        ),
    ),
)  # fmt: skip


def passed(facts: CountFacts) -> str:
    return f"The newest pod has begun at {facts.began_at}: it went on where the one before it had stopped."


def volume(source: str) -> Command:
    """Give the pod template's volume another source."""
    body = f'[{{"op":"replace","path":"/spec/template/spec/volumes/0","value":{{"name":"data",{source}}}}}]'
    return ("patch", "deployment", NAME, "--type=json", "--patch", body)


FROM_CLAIM = volume(f'"persistentVolumeClaim":{{"claimName":"{CLAIM}"}}')
MERGED: Command = (
    "patch", "deployment", NAME, "--patch",
    f'{{"spec":{{"template":{{"spec":{{"volumes":[{{"name":"data","emptyDir":null,"persistentVolumeClaim":{{"claimName":"{CLAIM}"}}}}]}}}}}}}}',
)  # fmt: skip
ELSEWHERE: Command = (
    "patch", "deployment", NAME, "--type=json", "--patch",
    '[{"op":"replace","path":"/spec/template/spec/containers/0/command/2","value":"echo begins at 0; sleep 3600"}]',
)  # fmt: skip
MAKE_CLAIM: Command = ("apply", "-f", CLAIM_MANIFEST)
STATUS: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")
REPLACE: Command = ("delete", "pod", f"--selector=app={NAME}")
AGAIN = (STATUS, REPLACE, STATUS)
NO_SUCH_CLASS = f"""apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {CLAIM}}}
spec:
  storageClassName: fast
  accessModes: [ReadWriteOnce]
  resources: {{requests: {{storage: 64Mi}}}}
"""
LARGER = NO_SUCH_CLASS.replace("  storageClassName: fast\n", "").replace("64Mi", "1Gi")

KEEP_THE_COUNT = Exercise(
    slug="keep-the-count",
    task=f"Let {NAME} keep its count when its pod is replaced, with a claim called {CLAIM}. Then replace the pod.",
    setup=(
        ("delete", "deployment", NAME, "--ignore-not-found", "--wait", "--timeout=60s"),
        ("delete", "pod", f"--selector=app={NAME}", "--ignore-not-found", "--wait", "--timeout=60s"),
        ("delete", "persistentvolumeclaim", CLAIM, "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", MANIFEST),
        STATUS,
    ),
    observe=observe,
    measured=("began_at",),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("a claim, and the pod replaced", (MAKE_CLAIM, MERGED, *AGAIN)),
    other_right=(
        Attempt("a JSON patch, before the claim is there", (FROM_CLAIM, MAKE_CLAIM, *AGAIN)),
        Attempt("a larger claim", (("apply", "-f", "larger.yaml"), MERGED, *AGAIN), files={"larger.yaml": LARGER}),
        Attempt(
            "scaled to none and back",
            (MAKE_CLAIM, MERGED, STATUS, ("scale", f"deployment/{NAME}", "--replicas=0"),
             ("wait", "--for=delete", "pod", f"--selector=app={NAME}", "--timeout=60s"),
             ("scale", f"deployment/{NAME}", "--replicas=1"), STATUS),
        ),
    ),
    typical_wrong=(
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("the pod is replaced, and nothing changed", (REPLACE, STATUS), hint="own-folder"),
        Attempt("a claim that nobody uses", (MAKE_CLAIM, REPLACE, STATUS), hint="own-folder"),
        Attempt("a folder of the node", (volume('"hostPath":{"path":"/tmp/lesson-counter","type":"DirectoryOrCreate"}'), *AGAIN), hint="own-folder"),
        Attempt("no such claim", (FROM_CLAIM,), hint="waits"),
        Attempt("no such class", (("apply", "-f", "fast.yaml"), FROM_CLAIM), hint="waits", files={"fast.yaml": NO_SUCH_CLASS}),
        Attempt("the pod is not replaced again", (MAKE_CLAIM, MERGED, STATUS), hint="from-zero"),
        Attempt("it counts somewhere else", (MAKE_CLAIM, MERGED, ELSEWHERE, *AGAIN), hint="from-zero"),
    ),
    minutes=4.0,
)  # fmt: skip
