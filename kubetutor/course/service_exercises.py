"""The exercises of the lesson `services`: mend a service that nobody answers for, and lead one to other pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.course.service_facts import SERVICE, ServiceFacts, observe_for
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command

NAME = "web-app"
SELECTOR = {"app": "web"}
PORT, TARGET = 8080, 3000
FAIR = 0.15  # of the answers: with a third each, 100 requests leave a pod below it less than once in 10,000 times
ENOUGH = 100  # answers
SILENCE_ALLOWED = 0.5  # seconds
NO_ANSWER = "no answer"
BLUE, GREEN = "web-blue", "web-green"
FOLDER = "manifests/05-services"


def begin(expected: str, hint: Hint) -> Rule[ServiceFacts]:
    return Rule(
        expected=expected,
        holds=lambda facts: not facts.unchanged,
        seen=lambda _facts: "The service and its pods are as they were at the start.",
        look_at="the service: its selector, its ports and its endpoints",
        hint=hint,
    )


GONE = Rule[ServiceFacts](
    expected=f"A service {SERVICE}.",
    holds=lambda facts: facts.exists,
    seen=lambda facts: f"There is no service {SERVICE}. {facts.lost} of {facts.sent} requests were lost.",
    look_at="the services of this namespace",
    hint=Hint(
        "gone",
        look="List the services of this namespace.",
        missing="The service has been deleted, and its address with it. Whoever knew the address has nobody to ask.",
        nearly="Run the start() cell again. Then change the service, and do not delete it.",
    ),
)
MOVED = Rule[ServiceFacts](
    expected="The same address as at the start: it is what customers know.",
    holds=lambda facts: facts.address_kept,
    seen=lambda facts: (
        f"The service has another address now. {facts.lost} of {facts.sent} requests were lost."
    ),
    look_at="the service's cluster IP and its port, and the requests that still go to the old ones",
    hint=Hint(
        "moved",
        look="Compare the service's cluster IP and port with those at the start.",
        missing="A service that is deleted and made anew gets a new address. Its name leads there, but whoever holds the old address is lost.",
        nearly="Run the start() cell again, and change the service that is there. The port that customers ask stays 8080.",
    ),
)

MEND_RULES = (
    GONE,
    MOVED,
    Rule[ServiceFacts](
        expected=f"The pods behind the service are those that the Deployment {NAME} looks after.",
        holds=lambda facts: facts.strays == 0,
        seen=lambda facts: f"{facts.strays} pods behind the service have nobody who looks after them.",
        look_at="the labels of the pods, and which pods are new",
        hint=Hint(
            "strays",
            look="List the pods with their labels. Count them.",
            missing="You changed the labels of pods. Their ReplicaSet no longer counts them, made new ones, and nobody replaces the old.",
            nearly="Run the start() cell again. Leave the pods as they are: it is the service that looks for a wrong label.",
        ),
    ),
    Rule[ServiceFacts](
        expected="The service finds pods.",
        holds=lambda facts: bool(facts.endpoints),
        seen=lambda facts: f"The service has no endpoints. {facts.lost} of {facts.sent} requests were lost.",
        look_at="the service's selector, beside the labels of the pods",
        may_mend=lambda _facts: True,
        hint=Hint(
            "no-endpoints",
            look="Look at the service's endpoints. Then lay its selector beside the labels of the pods.",
            missing="No Ready pod has the label that the service looks for.",
            nearly="The pods have the label app with the value web. The service's selector must say the same.",
        ),
    ),
    Rule[ServiceFacts](
        expected="The newest requests are all answered.",
        holds=lambda facts: bool(facts.newest) and NO_ANSWER not in facts.newest,
        seen=lambda facts: (
            f"The service has {len(facts.endpoints)} endpoints, and the newest requests get no answer."
        ),
        look_at="the service's target port, beside the port on which the application listens",
        may_mend=lambda _facts: True,
        hint=Hint(
            "wrong-port",
            look="Read the port in the endpoints. Then read in a pod's log on which port the application listens.",
            missing="The service finds the pods, and knocks at a port where nobody listens.",
            nearly="The target port must be 3000. The service's own port stays 8080. Change the file, and apply it again.",
        ),
    ),
    Rule[ServiceFacts](
        expected=f"Three pods share the work: each gives at least {FAIR:.0%} of the answers.",
        holds=lambda facts: facts.answering == 3 and facts.answers >= ENOUGH and facts.smallest_share >= FAIR,
        seen=lambda facts: (
            f"{facts.answering} pods gave {facts.answers} answers; the smallest share is {facts.smallest_share:.0%}."
        ),
        look_at="the pods behind the service, and how many there are",
        may_mend=lambda _facts: True,
        hint=Hint(
            "three",
            look="Count the endpoints of the service, and the pods of the Deployment.",
            missing="There are not three pods that share the requests. The Deployment asks for another number, or the selector takes only some.",
            nearly="Let the Deployment have three replicas, and let the service look for the label app alone. Then wait some seconds.",
        ),
    ),
)

SWITCH_RULES = (
    GONE,
    MOVED,
    Rule[ServiceFacts](
        expected="At every moment somebody is behind the service.",
        holds=lambda facts: bool(facts.endpoints),
        seen=lambda facts: f"The service has no endpoints. {facts.lost} of {facts.sent} requests were lost.",
        look_at="the service's selector, and the pods that have all of its labels",
        hint=Hint(
            "nobody",
            look="List the pods with their labels, and compare them with the selector.",
            missing="No Ready pod has all the labels that the selector names: a value is wrong, or those pods have been taken away.",
            nearly="Run the start() cell again. Change one value of the selector, from blue to green, while all pods stay.",
        ),
    ),
    Rule[ServiceFacts](
        expected=f"Never more than {SILENCE_ALLOWED:g} s without an answer.",
        holds=lambda facts: facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"For {facts.silence:.1f} s nobody answered, and {facts.lost} of {facts.sent} requests were lost."
        ),
        look_at="what the service led to between your first command and your last",
        hint=Hint(
            "silence",
            look="Go through your commands. After which of them did the service have no endpoints?",
            missing="In between the service led to nobody. Both versions were there, so one change would have done.",
            nearly="Run the start() cell again, and change the selector once, from the blue pods to the green ones.",
        ),
    ),
    Rule[ServiceFacts](
        expected=f"Only pods of {GREEN} are behind the service, and all new answers are version 2.0.",
        holds=lambda facts: facts.not_green == 0 and facts.newest == ("2.0",),
        seen=lambda facts: (
            f"{facts.not_green} of {len(facts.endpoints)} endpoints are no green pods; the newest answers are version "
            f"{', '.join(facts.newest) or 'unknown'}."
        ),
        look_at="the labels of the pods behind the service",
        may_mend=lambda _facts: True,
        hint=Hint(
            "not-green",
            look="Look at which pods are behind the service now, and at their labels.",
            missing="Blue pods still answer. The task is to leave them as they are, and to lead the service past them.",
            nearly="Let the selector name the label colour with the value green. Without that label it takes both.",
        ),
    ),
)


def mended(facts: ServiceFacts) -> str:
    return (
        f"{facts.answering} pods gave {facts.answers:,} answers, each at least {facts.smallest_share:.0%}; the newest "
        f"requests were all answered. Before that {facts.lost:,} were lost."
    )


def switched(facts: ServiceFacts) -> str:
    return (
        f"{len(facts.endpoints)} green pods answer. {facts.lost} of {facts.sent:,} requests were lost; the longest time "
        f"without an answer was {facts.silence:.2f} s."
    )


def service_file(app: str = "web", target: int | str = TARGET, extra: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {SERVICE}\nspec:\n  selector:\n    app: {app}\n{extra}"
        f"  ports:\n    - port: {PORT}\n      targetPort: {target}\n"
    )


def applied(text: str) -> Any:
    return {"commands": (("apply", "-f", "service.yaml"),), "files": {"service.yaml": text}}


def select(selector: str) -> Command:
    return ("set", "selector", "service", SERVICE, selector)


def json_patch(*operations: str) -> Command:
    return ("patch", "service", SERVICE, "--type=json", "--patch", f"[{','.join(operations)}]")


def replaced(path: str, value: str) -> str:
    return f'{{"op":"replace","path":"{path}","value":{value}}}'


TARGET_PATH = "/spec/ports/0/targetPort"
DELETE: Command = ("delete", "service", SERVICE, "--wait")
CLEAR: tuple[Command, ...] = (
    ("delete", "service", SERVICE, "--ignore-not-found", "--wait"),
    (
        "delete",
        "deployment",
        NAME,
        BLUE,
        GREEN,
        "--ignore-not-found",
        "--cascade=foreground",
        "--wait",
        "--timeout=60s",
    ),
    ("delete", "pods", "--selector=app in (web,shop)", "--ignore-not-found", "--wait", "--timeout=60s"),
)

NOBODY_ANSWERS = Exercise(
    slug="nobody-answers",
    task=f"Mend {SERVICE}: all requests are answered, by three pods that share them. Its address stays.",
    service=SERVICE,
    answers_at_start=False,
    setup=(
        *CLEAR,
        ("apply", "-f", f"{FOLDER}/mend.yaml"),
        ("rollout", "status", f"deployment/{NAME}", "--timeout=60s"),
    ),
    observe=observe_for({"app": "shop"}, PORT, has_endpoints=False),
    measured=("newest", "smallest_share", "answers"),
    untouched=begin(
        "Requests that are answered.",
        Hint(
            "begin",
            look="Ask the cluster to describe the service. Which endpoints does it have?",
            missing="The pods are well, and the service does not lead to them. Two lines of it are wrong.",
            nearly="Compare the selector with the labels of the pods, and the target port with the pods' port.",
        ),
    ),
    rules=MEND_RULES,
    passed=mended,
    solution=Attempt("the file, mended", **applied(service_file())),
    other_right=(
        Attempt("the selector by command, the port by file", (select("app=web"), ("apply", "-f", "service.yaml")),
                files={"service.yaml": service_file()}),
        Attempt("a JSON patch", (json_patch(replaced("/spec/selector/app", '"web"'), replaced(TARGET_PATH, "3000")),)),
        Attempt("the port first", (json_patch(replaced(TARGET_PATH, "3000")), select("app=web"))),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the service is deleted", (DELETE,), hint="gone"),
        Attempt("deleted and exposed anew",
                (DELETE, ("expose", "deployment", NAME, f"--name={SERVICE}", "--port=8080", "--target-port=3000")), hint="moved"),
        Attempt("the pods get the service's label", (("label", "pods", "--selector=app=web", "app=shop", "--overwrite"),), hint="strays"),
        Attempt("only the port", **applied(service_file(app="shop")), hint="no-endpoints"),
        Attempt("another typo", (select("app=web-app"),), hint="no-endpoints"),
        Attempt("only the selector", (select("app=web"),), hint="wrong-port"),
        Attempt("mended, and one pod left",
                (("scale", f"deployment/{NAME}", "--replicas=1"), ("apply", "-f", "service.yaml")), hint="three",
                files={"service.yaml": service_file()}),
    ),
)  # fmt: skip

SWITCH = Exercise(
    slug="switch",
    task=f"Lead {SERVICE} from the blue pods (1.0) to the green ones (2.0), and let nobody notice.",
    service=SERVICE,
    setup=(
        *CLEAR,
        ("apply", "-f", f"{FOLDER}/switch.yaml"),
        ("rollout", "status", f"deployment/{BLUE}", "--timeout=60s"),
        ("rollout", "status", f"deployment/{GREEN}", "--timeout=60s"),
    ),
    observe=observe_for({"app": "web", "colour": "blue"}, TARGET, has_endpoints=True),
    measured=("silence", "newest"),
    untouched=begin(
        "The service on its way to the green pods.",
        Hint(
            "begin",
            look="Look at the service's selector, and at the labels of all pods.",
            missing="The green pods are Ready and get no requests: the service looks for another colour.",
            nearly="One command sets the selector of a service. You used it in this lesson, with a typo.",
        ),
    ),
    rules=SWITCH_RULES,
    passed=switched,
    solution=Attempt("set the selector", (select("app=web,colour=green"),)),
    other_right=(
        Attempt("the colour alone", (select("colour=green"),)),
        Attempt("a patch", (("patch", "service", SERVICE, "--patch", '{"spec":{"selector":{"colour":"green"}}}'),)),
        Attempt("a file", **applied(service_file(extra="    colour: green\n"))),
        Attempt("both for a moment, then green", (select("app=web"), select("app=web,colour=green"))),
        Attempt("green, then blue is scaled down", (select("colour=green"), ("scale", f"deployment/{BLUE}", "--replicas=0"))),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the service is deleted", (DELETE,), hint="gone"),
        Attempt("deleted and exposed anew",
                (DELETE, ("expose", "deployment", GREEN, f"--name={SERVICE}", "--port=8080", "--target-port=3000")), hint="moved"),
        Attempt("a colour that nobody has", (select("app=web,colour=gren"),), hint="nobody"),
        Attempt("blue is scaled to zero first",
                (("scale", f"deployment/{BLUE}", "--replicas=0"), ("wait", "--for=delete", "pod", "--selector=colour=blue", "--timeout=60s")),
                hint="nobody"),
        Attempt("nobody for two seconds",
                (select("colour=none"), ("exec", f"deployment/{GREEN}", "--", "sleep", "2"), select("app=web,colour=green")), hint="silence"),
        Attempt("all that is called web", (select("app=web"),), hint="not-green"),
        Attempt("blue gets the new version",
                (("set", "image", f"deployment/{BLUE}", "web=my-app:2.0"), ("rollout", "status", f"deployment/{BLUE}", "--timeout=60s")),
                hint="not-green"),
    ),
)  # fmt: skip
