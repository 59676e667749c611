"""The drills of lesson `kubectl` that change a running application: grow it, and mend it. Both count Ready pods all the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_ready, labels_of, name_of
from kubetutor.course.deployments import image_of
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence

NAME, STEM = "web", "manifests/10-kubectl"
OLD, NEW, BROKEN = "my-app:1.0", "my-app:2.0", "my-app:broken"
BEFORE, MORE = 3, 5
NOTE = "shop/cause"
ORDERS, ORDERS_FILE = "orders", f"{STEM}/orders.yaml"


@dataclass(frozen=True, slots=True)
class WebFacts:
    """What the drills are judged by."""

    exists: bool = False
    image: str = ""
    replicas: int = 0
    generation: int = 0  # grows with each change of what is asked for
    note: str = ""
    ready: int = 0  # Ready pods with the image that is asked for
    pods: int = 0
    others: int = 0  # Deployments beside this one
    fewest_ready: int = 0


def observe(evidence: Evidence) -> WebFacts:
    """Read the Deployment and its pods."""
    api, namespace = evidence.cluster.api, evidence.namespace
    web = api.find("deployments.apps", NAME, namespace=namespace)
    if web is None:
        return WebFacts(fewest_ready=evidence.fewest_ready)
    deployments = api.list("deployments.apps", namespace=namespace)
    there = [pod for pod in api.list("pods", namespace=namespace) if labels_of(pod).get("app") == NAME]
    pods = [pod for pod in there if not is_being_deleted(pod) and not is_load(pod)]
    image = image_of(web["spec"]["template"])
    return WebFacts(
        exists=True,
        image=image,
        replicas=int(web["spec"].get("replicas", 1)),
        generation=int(web["metadata"].get("generation", 0)),
        note=str((web["metadata"].get("annotations") or {}).get(NOTE, "")),
        ready=sum(is_pod_ready(pod) and image_of(pod) == image for pod in pods),
        pods=len(pods),
        others=sum(name_of(each) != NAME for each in deployments),
        fewest_ready=evidence.fewest_ready,
    )


def untouched(generation: int, others: int, *, missing: str, nearly: str) -> Rule[WebFacts]:
    """Answer the rule for a Deployment as the setup leaves it: of this generation, with so many others beside it."""
    return Rule[WebFacts](
        expected=f"A change of the Deployment {NAME}.",
        holds=lambda facts: (
            not (
                facts.exists
                and facts.generation == generation
                and facts.others == others
                and not facts.note
                and facts.fewest_ready >= BEFORE
            )
        ),
        seen=lambda facts: (
            f"The Deployment still asks for {facts.replicas} pods of {facts.image}, as at the start."
        ),
        look_at="the Deployment: its number of replicas, and the image in its pod template",
        hint=Hint("begin", "List the Deployments with their images.", missing, nearly),
    )


THERE = Rule[WebFacts](
    expected=f"A Deployment {NAME}.",
    holds=lambda facts: facts.exists,
    seen=lambda _facts: f"There is no Deployment {NAME}.",
    look_at="the Deployments of this namespace",
    hint=Hint(
        "gone",
        look="List the Deployments of this namespace.",
        missing="The Deployment is deleted, and its pods with it.",
        nearly="Run the start() cell again, and change the Deployment without deleting it.",
    ),
)
ALWAYS = Rule[WebFacts](
    expected=f"At every moment at least {BEFORE} Ready pods.",
    holds=lambda facts: facts.fewest_ready >= BEFORE,
    seen=lambda facts: f"Ready at the worst moment: {number_of(facts.fewest_ready, 'pod')}.",
    look_at="the number of Ready pods over time",
    hint=Hint(
        "outage",
        look="Look at which of your commands took pods away.",
        missing="Pods that served were taken away before others were Ready.",
        nearly="Run the start() cell again. Change the template and the number, and leave the pods themselves alone.",
    ),
)


def version(image: str) -> Rule[WebFacts]:
    return Rule[WebFacts](
        expected=f"The Deployment asks for {image}.",
        holds=lambda facts: facts.image == image,
        seen=lambda facts: f"The Deployment asks for {facts.image}.",
        look_at="the image in the Deployment's pod template",
        hint=Hint(
            "version",
            look="List the Deployments with their images.",
            missing="The pod template asks for another version than the task.",
            nearly=f"The image must be {image}; the container is called web.",
        ),
    )


def complete(replicas: int) -> tuple[Rule[WebFacts], Rule[WebFacts]]:
    number = Rule[WebFacts](
        expected=f"The Deployment asks for {replicas} replicas.",
        holds=lambda facts: facts.replicas == replicas,
        seen=lambda facts: f"The Deployment asks for {number_of(facts.replicas, 'replica')}.",
        look_at="the number of replicas",
        hint=Hint(
            "replicas",
            look="Look at the number of replicas that the Deployment asks for.",
            missing=f"The task says {replicas}.",
            nearly=f"Scale the Deployment to {replicas}.",
        ),
    )
    ready = Rule[WebFacts](
        expected=f"{replicas} Ready pods of that version, and no other pod.",
        holds=lambda facts: facts.ready == facts.pods == replicas,
        seen=lambda facts: f"{facts.ready} of {facts.pods} pods are Ready and have that version.",
        look_at="the rollout's status",
        may_mend=lambda _facts: True,
        hint=Hint(
            "under-way",
            look="Look at the rollout's status.",
            missing="What you ask for is right, and not all pods are there: the rollout is under way, or it is paused.",
            nearly="Wait until the rollout is complete. When it is paused, resume it.",
        ),
    )
    return number, ready


def set_image(image: str) -> Command:
    return ("set", "image", f"deployment/{NAME}", f"web={image}")


def scale(replicas: int) -> Command:
    return ("scale", f"deployment/{NAME}", f"--replicas={replicas}")


def patch(body: str) -> Command:
    return ("patch", "deployment", NAME, "--patch", body)


def annotate(text: str) -> Command:
    return ("annotate", f"deployment/{NAME}", f"{NOTE}={text}")


def undo(*arguments: str) -> Command:
    return ("rollout", "undo", f"deployment/{NAME}", *arguments)


WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")
PAUSE: Command = ("rollout", "pause", f"deployment/{NAME}")
DELETE: Command = ("delete", "deployment", NAME, "--wait")
BACK: tuple[Command, ...] = (undo("--to-revision=1"), WAIT)
TIDY: Command = ("delete", "deployment", ORDERS)
CONTAINERS = '"containers":[{"name":"web","image":"my-app:2.0"}]'
BOTH = f'{{"spec":{{"replicas":{MORE},"template":{{"spec":{{{CONTAINERS}}}}}}}}}'
FILE = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {NAME}}}
spec:
  replicas: {MORE}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
        - name: web
          image: {NEW}
          ports: [{{containerPort: 3000}}]
          readinessProbe: {{periodSeconds: 1, httpGet: {{path: /healthz, port: 3000}}}}
"""
ANEW: tuple[Command, ...] = (
    ("delete", "deployment", "--all", "--wait", "--timeout=60s"),
    ("wait", "--for=delete", "pod", "--selector=app", "--timeout=60s"),
    ("apply", "-f", f"{STEM}/app.yaml"),
    WAIT,
)

GROW = Exercise(
    slug="grow",
    task=f"Bring version 2.0 of {NAME}, with {MORE} replicas in place of {BEFORE}, and never fewer than {BEFORE} Ready pods.",
    setup=ANEW,
    observe=observe,
    measured=("fewest_ready",),
    untouched=untouched(
        1, 0, missing="Nothing asks for another version or for more pods yet.",
        nearly=f"Set the image of the Deployment, and scale it to {MORE}.",
    ),
    rules=(THERE, ALWAYS, version(NEW), *complete(MORE)),
    passed=lambda facts: f"{facts.ready} Ready pods of version 2.0; never fewer than {facts.fewest_ready} were Ready.",
    solution=Attempt("set the image, then scale", (set_image(NEW), scale(MORE), WAIT)),
    other_right=(
        Attempt("scale first", (scale(MORE), WAIT, set_image(NEW), WAIT)),
        Attempt("both in one patch", (patch(BOTH), WAIT)),
        Attempt("both in a file", (("apply", "-f", "web.yaml"), WAIT), files={"web.yaml": FILE}),
        Attempt("by way of 3.0", (set_image("my-app:3.0"), set_image(NEW), scale(MORE), WAIT)),
    ),
    typical_wrong=(
        Attempt("the Deployment is deleted", (DELETE,), hint="gone"),
        Attempt("to zero first", (scale(0), ("wait", "--for=delete", "pod", "--selector=app=web", "--timeout=60s"), set_image(NEW), scale(MORE), WAIT), hint="outage"),
        Attempt("deleted and made anew", (DELETE, ("apply", "-f", "web.yaml"), WAIT), hint="outage", files={"web.yaml": FILE}),
        Attempt("scaled only", (scale(MORE), WAIT), hint="version"),
        Attempt("the image only", (set_image(NEW), WAIT), hint="replicas"),
        Attempt("paused half way", (PAUSE, set_image(NEW), scale(MORE)), hint="under-way"),
    ),
    minutes=2.0,
    timed=True,
)  # fmt: skip

TIDIED = Rule[WebFacts](
    expected=f"No Deployment beside {NAME}.",
    holds=lambda facts: facts.others == 0,
    seen=lambda facts: f"Beside {NAME} there is more: {number_of(facts.others, 'Deployment')}.",
    look_at="the Deployments of this namespace",
    hint=Hint(
        "leftover",
        look="List the Deployments of this namespace.",
        missing="What somebody tried out is still there. Its pods come back as long as their Deployment exists.",
        nearly=f"Delete the Deployment that is called {ORDERS}, and only that one.",
    ),
)
NOTED = Rule[WebFacts](
    expected=f"The Deployment says what happened, in the annotation {NOTE}.",
    holds=lambda facts: bool(facts.note),
    seen=lambda _facts: f"The Deployment has no annotation {NOTE}.",
    look_at="the annotations of the Deployment",
    hint=Hint(
        "note",
        look="Look at the annotations of the Deployment.",
        missing="The next person cannot see what happened.",
        nearly=f"Annotate the Deployment itself, after going back: an undo brings the notes of its revision. The key is {NOTE}; the words are yours.",
    ),
)

MEND = Exercise(
    slug="mend",
    task=f"Take {NAME} back to version 1.0, delete what somebody tried out beside it, and write into the annotation {NOTE} of {NAME} what happened.",
    setup=(*ANEW, set_image(NEW), WAIT, set_image(BROKEN), ("apply", "-f", ORDERS_FILE)),
    observe=observe,
    measured=("fewest_ready",),
    untouched=untouched(
        3, 1, missing="The rollout is stuck, and nobody takes it back.",
        nearly="Read the history, and go back to the revision that had 1.0. Then delete the other Deployment, and annotate this one.",
    ),
    rules=(THERE, ALWAYS, version(OLD), *complete(BEFORE), TIDIED, NOTED),
    passed=lambda facts: (
        f"{facts.ready} Ready pods of version 1.0; never fewer than {facts.fewest_ready} were Ready. The note says: {facts.note}."
    ),
    solution=Attempt("back to the first revision, tidy up, say so", (
        ("rollout", "history", f"deployment/{NAME}"), *BACK, TIDY, annotate("the new version did not start"),
    )),
    other_right=(
        Attempt("the note first, then the image", (annotate("broken"), TIDY, set_image(OLD), WAIT)),
        Attempt("step by step", (set_image(NEW), WAIT, set_image(OLD), WAIT, TIDY, annotate("went back"))),
        Attempt("apply and delete the files", (("apply", "-f", f"{STEM}/app.yaml"), WAIT, ("delete", "-f", ORDERS_FILE), annotate("went back"))),
        Attempt("patch the note", (*BACK, TIDY, patch(f'{{"metadata":{{"annotations":{{"{NOTE}":"broken"}}}}}}'))),
    ),
    typical_wrong=(
        Attempt("the Deployment is deleted", (DELETE,), hint="gone"),
        Attempt("all pods are deleted", (("delete", "pods", "--selector=app=web"),), hint="outage"),
        Attempt("restarted", (("rollout", "restart", f"deployment/{NAME}"),), hint="version"),
        Attempt("back by one", (undo(), WAIT, TIDY, annotate("back")), hint="version"),
        Attempt("back by one, twice", (undo(), WAIT, undo(), TIDY, annotate("back")), hint="version"),
        Attempt("more replicas", (*BACK, scale(MORE), WAIT, TIDY, annotate("back")), hint="replicas"),
        Attempt("paused half way", (PAUSE, set_image(OLD), TIDY, annotate("back")), hint="under-way"),
        Attempt("the other one stays", (*BACK, annotate("back")), hint="leftover"),
        Attempt("the other one's pod is deleted", (*BACK, ("delete", "pods", "--selector=app=orders"), annotate("back")), hint="leftover"),
        Attempt("the other one is scaled to none", (*BACK, ("scale", f"deployment/{ORDERS}", "--replicas=0"), annotate("back")), hint="leftover"),
        Attempt("no note", (*BACK, TIDY), hint="note"),
        Attempt("the note before undo, which brings the old notes", (annotate("broken"), *BACK, TIDY), hint="note"),
        Attempt("the note on the pods", (*BACK, TIDY, ("annotate", "pods", "--selector=app=web", f"{NOTE}=broken")), hint="note"),
    ),
    minutes=3.0,
    timed=True,
)  # fmt: skip
