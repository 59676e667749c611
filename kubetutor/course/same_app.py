"""An exercise of lesson `alternatives`: bring the service `web` of a Compose file to Kubernetes, so that its visitor is answered.

What counts is what the visitor hears: its log has a line for each request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import Object, is_being_deleted, is_load, is_pod_ready, labels_of, name_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence

WEB, VISITOR, IMAGE, VERSION, COPIES, PORT = "web", "visitor", "my-app:2.0", "2.0", 3, 3000
ASK = "http://web:3000/?json"
HEARD = 30  # of the newest lines of the visitor's log
VISITOR_MANIFEST = "manifests/11-alternatives/visitor.yaml"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the visitor's newest requests met."""

    sent: int = 0
    lost: int = 0
    versions: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SameAppFacts:
    """What the exercise is judged by."""

    ready: int = 0  # pods beside the visitor's
    has_service: bool = False
    behind: int = 0  # Ready pods that the Service sends to
    ports: tuple[str, ...] = ()
    asks: str = ASK
    sent: int = 0
    lost: int = 0
    versions: tuple[str, ...] = ()
    answered_by: int = 0


def hear(log: str) -> Heard:
    """Read the newest lines of the visitor's log."""
    lines = [
        line.split() for line in log.splitlines()[-HEARD:] if line.startswith(("answered ", "no answer"))
    ]
    answers = [words for words in lines if words[0] == "answered" and len(words) == 3]
    return Heard(
        sent=len(lines),
        lost=len(lines) - len(answers),
        versions=tuple(sorted({words[1] for words in answers})),
        pods=tuple(sorted({words[2] for words in answers})),
    )


def heard_in(api: object, namespace: str) -> Heard:
    """Read what the newest visitor has heard; nothing where there is none, or none that has begun."""
    pods = api.list("pods", namespace=namespace)  # type: ignore[attr-defined]  # the client's type is slow to import
    visitors = [pod for pod in pods if is_visitor(pod) and is_pod_ready(pod) and not is_being_deleted(pod)]
    if not visitors:
        return Heard()
    newest = max(visitors, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
    return hear(api.logs(name_of(newest), namespace=namespace, tail_lines=HEARD))  # type: ignore[attr-defined]  # as above


def is_visitor(pod: Object) -> bool:
    return labels_of(pod).get("app") == VISITOR


def observe(evidence: Evidence) -> SameAppFacts:
    """Read the pods, the Service, what is behind it, and what the visitor hears."""
    api, namespace = evidence.cluster.api, evidence.namespace
    pods = [pod for pod in api.list("pods", namespace=namespace) if not is_visitor(pod) and not is_load(pod)]
    service = api.find("services", WEB, namespace=namespace)
    settings = api.find("configmaps", VISITOR, namespace=namespace)
    slices = api.list(
        "endpointslices.discovery.k8s.io",
        namespace=namespace,
        label_selector=f"kubernetes.io/service-name={WEB}",
    )
    heard = heard_in(api, namespace)
    return SameAppFacts(
        ready=sum(is_pod_ready(pod) and not is_being_deleted(pod) for pod in pods),
        has_service=service is not None,
        behind=len(_ready_behind(slices)),
        ports=tuple(_in_words(port) for port in (service or {"spec": {}})["spec"].get("ports") or ()),
        asks=str(((settings or {}).get("data") or {}).get("ASK", "")),
        sent=heard.sent,
        lost=heard.lost,
        versions=heard.versions,
        answered_by=len(heard.pods),
    )


def _ready_behind(slices: list[Object]) -> set[str]:
    endpoints = [endpoint for each in slices for endpoint in each.get("endpoints") or ()]
    return {
        address
        for endpoint in endpoints
        if (endpoint.get("conditions") or {}).get("ready") is not False
        for address in endpoint["addresses"]
    }


def _in_words(port: Object) -> str:
    return f"{port['port']} to {port.get('targetPort', port['port'])}"


UNTOUCHED = Rule[SameAppFacts](
    expected="The service web of the Compose file, as objects of Kubernetes.",
    holds=lambda facts: facts.ready > 0 or facts.has_service or facts.asks != ASK,
    seen=lambda _facts: "There is the visitor and nobody whom it could ask.",
    look_at="the Compose file, beside the manifest that began this lesson",
    hint=Hint(
        "begin",
        look="Read what the Compose file says of web: its image, its ports.",
        missing="Two objects are needed: one that keeps pods of this image running, and one that gives them a name.",
        nearly="The manifest of this lesson's beginning has both. Copy it, and think about one number in it.",
    ),
)

RULES = (
    Rule[SameAppFacts](
        expected=f"The visitor asks {ASK}, as in the Compose file.",
        holds=lambda facts: facts.asks == ASK,
        seen=lambda facts: f"The visitor's setting is now: {facts.asks or 'gone'}.",
        look_at="the setting ASK in the ConfigMap of the visitor",
        hint=Hint(
            "visitor",
            look="Look at the ConfigMap of the visitor.",
            missing="You have changed whom the visitor asks. In a real move there are many such callers.",
            nearly="Run the start() cell again, leave the visitor as it is, and let the Service fit what it asks.",
        ),
    ),
    Rule[SameAppFacts](
        expected="Pods of the application that are Ready.",
        holds=lambda facts: facts.ready > 0,
        seen=lambda _facts: "No pod beside the visitor's is Ready.",
        look_at="the pods of this namespace, and the events of one that does not start",
        may_mend=lambda _facts: True,
        hint=Hint(
            "no-pods",
            look="List the pods. Is there one beside the visitor's, and is it Ready?",
            missing="A Service starts nothing: it only leads to pods that run. A Deployment starts them.",
            nearly=f"Make a Deployment whose pods run {IMAGE}. When it is there, read the events of its newest pod.",
        ),
    ),
    Rule[SameAppFacts](
        expected="A Service called web.",
        holds=lambda facts: facts.has_service,
        seen=lambda _facts: "There is no Service called web in this namespace.",
        look_at="the Services of this namespace, and the name in what the visitor asks",
        hint=Hint(
            "name",
            look="Compare the name in the visitor's setting with the names of the Services.",
            missing="In Compose each service's name leads to its containers. Here only a Service has such a name.",
            nearly="Call the Service web.",
        ),
    ),
    Rule[SameAppFacts](
        expected="The Service has Ready pods behind it.",
        holds=lambda facts: facts.behind > 0,
        seen=lambda _facts: "Nobody is behind the Service web.",
        look_at="the Service's selector, the labels of the pods, and the EndpointSlice",
        may_mend=lambda _facts: True,
        hint=Hint(
            "nobody-behind",
            look="Look at the EndpointSlice of the Service.",
            missing="The Service looks for pods by labels, and no Ready pod has the labels of its selector.",
            nearly="Let the selector of the Service say what the labels in the pod template say.",
        ),
    ),
    Rule[SameAppFacts](
        expected=f"Each of the visitor's newest {HEARD} requests is answered.",
        holds=lambda facts: facts.sent > 0 and facts.lost == 0,
        seen=lambda facts: (
            f"{facts.lost} of the visitor's newest {facts.sent} requests got no answer. "
            f"The Service leads from port {', '.join(facts.ports) or 'none'}."
        ),
        look_at="the visitor's log, and the ports of the Service",
        may_mend=lambda _facts: True,
        hint=Hint(
            "port",
            look="Compare the port that the visitor asks with the ports of the Service, then those with the port of the container.",
            missing="The port of the machine in the Compose file is for people outside. Services of one Compose file reach "
            "each other at the port of the container.",
            nearly=f"The Service needs the port {PORT}, and has to lead to the port {PORT} of the pods.",
        ),
    ),
    Rule[SameAppFacts](
        expected=f"All answers come from version {VERSION}.",
        holds=lambda facts: facts.versions == (VERSION,),
        seen=lambda facts: f"The answers came from version {', '.join(facts.versions)}.",
        look_at="the image in the pod template",
        may_mend=lambda facts: VERSION in facts.versions,
        hint=Hint(
            "version",
            look="Compare the image in the pod template with the one in the Compose file.",
            missing="The visitor is answered, but by another version than the Compose file asks for.",
            nearly=f"Let the pod template ask for {IMAGE}.",
        ),
    ),
    Rule[SameAppFacts](
        expected=f"{COPIES} pods answer, or more.",
        holds=lambda facts: facts.answered_by >= COPIES,
        seen=lambda facts: f"The newest {facts.sent} answers came from {facts.answered_by} pod(s).",
        look_at="the number of replicas",
        may_mend=lambda facts: facts.behind >= COPIES,
        hint=Hint(
            "copies",
            look="Count the pods behind the Service.",
            missing="The Compose file starts one container. Here the task asks for three pods.",
            nearly=f"Ask the Deployment for {COPIES} replicas.",
        ),
    ),
)  # fmt: skip


def passed(facts: SameAppFacts) -> str:
    return (
        f"The visitor's newest {facts.sent} requests were all answered, by {facts.answered_by} pods of version {VERSION}. "
        "The visitor did not have to change."
    )


def manifest(
    *, image: str = IMAGE, replicas: int = COPIES, name: str = WEB, app: str = WEB,
    port: int = PORT, target: int | str = PORT,
) -> str:  # fmt: skip
    """Write what a learner may write."""
    deployment = f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
        - name: web
          image: {image}
          ports: [{{name: http, containerPort: 3000}}]
          readinessProbe: {{periodSeconds: 1, httpGet: {{path: /healthz, port: 3000}}}}
---
"""
    service = f"""apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {app}}}
  ports: [{{port: {port}, targetPort: {target}}}]
"""
    return deployment + service


FILE = "shop.yaml"
APPLY: tuple[Command, ...] = (("apply", "-f", FILE),)
READY: Command = ("rollout", "status", "deployment/web", "--timeout=60s")


def attempt(name: str, text: str, *, hint: str = "", then: tuple[Command, ...] = ()) -> Attempt:
    return Attempt(name, (*APPLY, *then), hint=hint, files={FILE: text})


CREATE: Command = ("create", "deployment", "web", f"--image={IMAGE}", f"--replicas={COPIES}")
EXPOSE: Command = ("expose", "deployment", "web", f"--port={PORT}")
OTHER_ASK: Command = ("patch", "configmap", VISITOR, "--patch", '{"data":{"ASK":"http://web:8080/?json"}}')

SAME_APP = Exercise(
    slug="same-app",
    task=f"Bring web of the Compose file here as {COPIES} pods, so that the visitor, unchanged, gets all its answers.",
    setup=(
        ("delete", "deployments,statefulsets,daemonsets,pods", "--all", "--wait", "--timeout=60s"),
        ("delete", "service", WEB, "--ignore-not-found"),
        ("apply", "-f", VISITOR_MANIFEST),
        ("rollout", "status", f"deployment/{VISITOR}", "--timeout=60s"),
    ),
    observe=observe,
    measured=("lost", "versions", "answered_by"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=attempt("the manifest with the container's port", manifest(), then=(READY,)),
    other_right=(
        Attempt("commands alone", (CREATE, EXPOSE, READY)),
        attempt("the target by its name, four pods", manifest(replicas=4, target="http"), then=(READY,)),
        Attempt(
            "commands, scaled afterwards",
            (CREATE[:-1], ("scale", "deployment/web", "--replicas=3"), (*EXPOSE, "--target-port=3000"), READY),
        ),
        attempt(
            "a wrong port first, mended afterwards",
            manifest(port=80),
            then=(READY, ("patch", "service", WEB, "--type=json", "--patch", '[{"op":"replace","path":"/spec/ports/0/port","value":3000}]')),
        ),
    ),
    typical_wrong=(
        Attempt("a Service alone", (("create", "service", "clusterip", WEB, "--tcp=3000"),), hint="no-pods"),
        attempt("an image that does not exist", manifest(image="my-app:9.9"), hint="no-pods"),
        Attempt("no Service", (CREATE, READY), hint="name"),
        attempt("the Service has another name", manifest(name="web-service"), hint="name", then=(READY,)),
        attempt("a selector that fits no pod", manifest(app="shop"), hint="nobody-behind", then=(READY,)),
        attempt("the machine's port of the Compose file", manifest(port=8080), hint="port", then=(READY,)),
        attempt("port 80, as in the manifest before", manifest(port=80), hint="port", then=(READY,)),
        attempt("a target where nobody listens", manifest(target=8080), hint="port", then=(READY,)),
        attempt("the image of the visitor", manifest(image="my-app:1.0"), hint="version", then=(READY,)),
        attempt("one pod, as Compose has", manifest(replicas=1), hint="copies", then=(READY,)),
        attempt("the visitor is changed instead", manifest(port=8080), hint="visitor", then=(OTHER_ASK,)),
    ),
    minutes=4.0,
    patience=30.0,  # seconds: three for the visitor's newest requests, once the pods have started on a busy machine
)  # fmt: skip
