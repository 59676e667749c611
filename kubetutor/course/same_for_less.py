"""An exercise of lesson `managed`: what is billed and used by nobody goes, while customers are answered all the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, labels_of
from kubetutor.course.bill_in_kind import asked, asked_by, balancers_in, in_cores, names_from
from kubetutor.course.service_facts import endpoints_of
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence

NAME, SERVICE, TRIAL, OLD = "web-app", "web-service", "trial", "web-old"
MANIFEST = "manifests/12-managed/wasteful.yaml"
BALANCERS = (TRIAL, OLD, SERVICE)  # at the start, by name
ASKED, MOST = 800, 300  # thousandths of a processor: at the start, and wanted
FEWEST = 2  # Ready pods behind the service
SILENCE_ALLOWED = 1.0  # seconds without a single answer
LOSS_ALLOWED = 0.1  # of all requests


@dataclass(frozen=True, slots=True)
class LessFacts:
    """What the exercise is judged by."""

    unchanged: bool = False
    balancers: tuple[str, ...] = ()
    asked: int = 0
    says_nothing: bool = False  # a pod of the application asks for no processor
    ready: int = 0  # pods behind the service
    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def observe(evidence: Evidence) -> LessFacts:
    """Read what would be billed in this namespace, and what the customers met."""
    api, namespace, tally = evidence.cluster.api, evidence.namespace, evidence.tally
    pods = api.list("pods", namespace=namespace)
    web = [pod for pod in pods if labels_of(pod).get("app") == "web" and not is_being_deleted(pod)]
    balancers, wanted = names_from(namespace, balancers_in(api, namespace)), asked_by(pods)
    return LessFacts(
        unchanged=set(balancers) == set(BALANCERS)
        and wanted == ASKED
        and tally.longest_silence <= SILENCE_ALLOWED,
        balancers=balancers,
        asked=wanted,
        says_nothing=any(asked(pod) == 0 for pod in web),
        ready=len(endpoints_of(api, namespace, SERVICE)),
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
    )


UNTOUCHED = Rule[LessFacts](
    expected="Less is billed than at the start.",
    holds=lambda facts: not facts.unchanged,
    seen=lambda facts: (
        f"{len(facts.balancers)} load balancers and {in_cores(facts.asked)} processors, as at the start."
    ),
    look_at="the Services with their types, and the Deployments with their numbers",
    hint=Hint(
        "begin",
        look="List the Deployments and the Services of this namespace.",
        missing="Customers come by web-service alone. Ask of each other thing: who would notice if it was gone?",
        nearly="The trial is over, and nobody asks web-old. And six pods do what two or three could do.",
    ),
)

RULES = (
    Rule[LessFacts](
        expected=f"Customers are answered: nine of ten requests, and never more than {SILENCE_ALLOWED:g} s without an answer.",
        holds=lambda facts: facts.silence <= SILENCE_ALLOWED and facts.lost <= LOSS_ALLOWED * facts.sent,
        seen=lambda facts: f"For {facts.silence:.1f} s nobody answered, and {facts.lost} of {facts.sent} requests were lost.",
        look_at=f"what {SERVICE} led to between your first command and your last",
        hint=Hint(
            "silent",
            look="Go through your commands. After which of them was nobody behind web-service, or the Service itself gone?",
            missing="What customers use was taken away for a while. To pay less for it you can make it smaller while it runs.",
            nearly="Run the start() cell again. Leave web-service and its Deployment there, and lower the number of replicas in one step.",
        ),
    ),
    Rule[LessFacts](
        expected=f"{FEWEST} pods or more behind {SERVICE}: when one fails, another answers.",
        holds=lambda facts: facts.ready >= FEWEST,
        seen=lambda facts: f"{number_of(facts.ready, 'pod')} behind {SERVICE}.",
        look_at=f"the pods of {NAME}",
        may_mend=lambda _facts: True,
        hint=Hint(
            "too-few",
            look="Count the Ready pods of the application.",
            missing="With one pod each crash, each drained node and each new version is a gap. That is saved at the wrong place.",
            nearly="Two or three replicas are enough here, and not fewer than two.",
        ),
    ),
    Rule[LessFacts](
        expected=f"{SERVICE} still has a load balancer: it is the way in for people outside.",
        holds=lambda facts: SERVICE in facts.balancers,
        seen=lambda facts: f"Load balancers: {', '.join(facts.balancers) or 'none'}.",
        look_at=f"the type of {SERVICE}",
        hint=Hint(
            "no-way-in",
            look="Look at the types of the Services.",
            missing="The one load balancer that people need is gone. Inside of the cluster all goes on, so you may not notice.",
            nearly="Let web-service be of the type LoadBalancer again. The two others can go, or become ClusterIP.",
        ),
    ),
    Rule[LessFacts](
        expected="Each pod of the application says how much it asks for.",
        holds=lambda facts: not facts.says_nothing,
        seen=lambda _facts: "A pod of the application asks for no processor at all.",
        look_at="the requests in the pod template",
        may_mend=lambda _facts: True,
        hint=Hint(
            "says-nothing",
            look="Look at the requests in the pod template.",
            missing="A pod without requests is not cheaper. The scheduler packs nodes until they are too full, and Autopilot "
            "fills in a default of its own and bills that.",
            nearly="Let the pods ask for 100m each again, and have fewer of them.",
        ),
    ),
    Rule[LessFacts](
        expected=f"No load balancer but that of {SERVICE}.",
        holds=lambda facts: facts.balancers == (SERVICE,),
        seen=lambda facts: f"Load balancers: {', '.join(facts.balancers)}.",
        look_at="the Services of the type LoadBalancer",
        hint=Hint(
            "balancers",
            look="Look at the types of the Services.",
            missing="Each Service of the type LoadBalancer is a machine or an address that is billed by the hour, asked or not.",
            nearly="Nobody asks trial and web-old from outside. Delete them, or give them the type ClusterIP.",
        ),
    ),
    Rule[LessFacts](
        expected=f"All pods together ask for {in_cores(MOST)} processors or less.",
        holds=lambda facts: facts.asked <= MOST,
        seen=lambda facts: f"All pods together ask for {in_cores(facts.asked)} processors.",
        look_at="the number of pods, and what each asks for",
        may_mend=lambda _facts: True,
        hint=Hint(
            "processors",
            look="Multiply: how many pods, and how much does each ask for?",
            missing="Nodes are bought for what pods ask for, not for what they use. Pods that nobody needs ask too.",
            nearly="Take the trial's Deployment away or to no replicas, and let web-app have two or three.",
        ),
    ),
)  # fmt: skip


def passed(facts: LessFacts) -> str:
    return (
        f"From {len(BALANCERS)} load balancers to {len(facts.balancers)}, from {in_cores(ASKED)} processors to "
        f"{in_cores(facts.asked)}. {facts.lost} of {facts.sent:,} requests were lost; the longest time without an answer was "
        f"{facts.silence:.2f} s."
    )


def kind_of(service: str, kind: str) -> Command:
    return ("patch", "service", service, "--patch", f'{{"spec":{{"type":"{kind}"}}}}')


def scale(deployment: str, replicas: int) -> Command:
    return ("scale", f"deployment/{deployment}", f"--replicas={replicas}")


WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")
CLEAR: Command = ("delete", "service", TRIAL, OLD)
NO_TRIAL: Command = ("delete", "deployment", TRIAL)
SMALLER: Command = ("set", "resources", f"deployment/{NAME}", "--requests=cpu=50m")
NOTHING: Command = (
    "patch", "deployment", NAME, "--type=json",
    "--patch", '[{"op":"remove","path":"/spec/template/spec/containers/0/resources/requests"}]',
)  # fmt: skip

SAME_FOR_LESS = Exercise(
    slug="same-for-less",
    task=f"Let less be billed: one load balancer, and {in_cores(MOST)} processors at most. Customers of {SERVICE} must not notice.",
    service=SERVICE,
    calm_at_start=True,
    setup=(
        ("delete", "deployment", NAME, TRIAL, "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=60s"),
        ("delete", "service", *BALANCERS, "--ignore-not-found"),
        ("apply", "-f", MANIFEST),
        WAIT,
        ("rollout", "status", f"deployment/{TRIAL}", "--timeout=60s"),
    ),
    observe=observe,
    measured=("silence", "lost"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("what nobody needs goes, the rest is smaller", (CLEAR, NO_TRIAL, scale(NAME, 2))),
    other_right=(
        Attempt("nothing is deleted", (kind_of(TRIAL, "ClusterIP"), kind_of(OLD, "ClusterIP"), scale(TRIAL, 0), scale(NAME, 3))),
        Attempt("six pods that ask for half", (CLEAR, NO_TRIAL, SMALLER, WAIT)),
        Attempt("in steps, with a file", (scale(NAME, 4), ("apply", "-f", "types.yaml"), NO_TRIAL, scale(NAME, 3)), files={"types.yaml": "\n".join(
            f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: ClusterIP, selector: {{app: {app}}}, ports: [{{port: 8080, targetPort: 3000}}]}}"
            for name, app in ((TRIAL, "trial"), (OLD, "web"))
        )}),
    ),
    typical_wrong=(
        Attempt("all is deleted and made anew", (("delete", "deployment", NAME, TRIAL), ("delete", "service", *BALANCERS), ("apply", "-f", MANIFEST), CLEAR, NO_TRIAL, scale(NAME, 2)), hint="silent"),
        Attempt("no pod at all", (scale(NAME, 0),), hint="silent"),
        Attempt("one pod", (CLEAR, NO_TRIAL, scale(NAME, 1)), hint="too-few"),
        Attempt("no load balancer at all", (kind_of(SERVICE, "ClusterIP"), CLEAR, NO_TRIAL, scale(NAME, 2)), hint="no-way-in"),
        Attempt("no requests", (CLEAR, NO_TRIAL, NOTHING, WAIT), hint="says-nothing"),
        Attempt("only fewer pods", (NO_TRIAL, scale(NAME, 2)), hint="balancers"),
        Attempt("only the load balancers", (CLEAR,), hint="processors"),
        Attempt("the trial's pods are forgotten", (CLEAR, scale(NAME, 2)), hint="processors"),
    ),
    minutes=4.0,
)  # fmt: skip
