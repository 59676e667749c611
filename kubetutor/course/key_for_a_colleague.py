"""An exercise of lesson `managed`: a key that can bring out a new version, and can do nothing else.

What the key may do is asked with the key itself. Then `check()` brings version 2.0 out with it, and customers say whether it worked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of
from kubetutor.course import narrow_key
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.own_kubeconfig import OWN_KUBECONFIG, lesson_kubeconfig

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Cluster, Command, Evidence

NAME, SERVICE, ACCOUNT, ROLE = "web-app", "web-service", "colleague", "new-versions"
NAMESPACE = "lesson-managed"
MANIFEST = "manifests/12-managed/app.yaml"
NEW = "2.0"
NEEDED = (("get", f"deployments.apps/{NAME}"), ("patch", f"deployments.apps/{NAME}"), ("list", "pods"))
TOO_MUCH = (
    ("delete", f"deployments.apps/{NAME}"), ("delete", "pods"), ("create", "pods:exec"), ("list", "secrets"),
    ("create", "rolebindings.rbac.authorization.k8s.io"),
)  # fmt: skip
ELSEWHERE = (("list", "pods", "kube-system"), ("list", "nodes", ""), ("create", "namespaces", ""))
NEWEST = 25  # requests
SILENCE_ALLOWED = 2.0  # seconds without a single answer: a new version may cost one on a busy machine


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the exercise is judged by."""

    exists: bool = True  # the application's Deployment
    is_let_in: bool = True
    allowed: tuple[str, ...] = ()  # of what is needed
    missing: tuple[str, ...] = ()
    too_much: tuple[str, ...] = ()
    is_used: bool = False  # the check has brought the new version out with the key
    newest: tuple[str, ...] = ()  # versions of the newest answers
    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def observe(evidence: Evidence) -> KeyFacts:
    """Ask with the key what it may do, and read what the customers met."""
    tally = evidence.tally
    here = [(verb, what, evidence.namespace) for verb, what in (*NEEDED, *TOO_MUCH)]
    refused = narrow_key.refused(lesson_kubeconfig(evidence.cluster), (*here, *ELSEWHERE))
    allowed = {each for each in (*here, *ELSEWHERE) if refused is not None and each not in refused}
    needed = {in_words(verb, what): (verb, what, evidence.namespace) in allowed for verb, what in NEEDED}
    deployments = evidence.cluster.api.list("deployments.apps", namespace=evidence.namespace)
    return KeyFacts(
        exists=NAME in map(name_of, deployments),
        is_let_in=refused is not None,
        allowed=tuple(words for words, yes in needed.items() if yes),
        missing=tuple(words for words, yes in needed.items() if not yes),
        too_much=(
            *(in_words(verb, what) for verb, what in TOO_MUCH if (verb, what, evidence.namespace) in allowed),
            *(
                f"{in_words(verb, what)} elsewhere"
                for verb, what, where in ELSEWHERE
                if (verb, what, where) in allowed
            ),
        ),
        is_used=evidence.is_broken,
        newest=tally.newest_versions(NEWEST),
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
    )


def in_words(verb: str, what: str) -> str:
    """Answer `create pods/exec` for `pods:exec`."""
    resource, _, name = what.partition("/")
    plain = resource.partition(".")[0].replace(":", "/")
    return f"{verb} {plain} {name}".rstrip()


def scene(cluster: Cluster, namespace: str) -> None:
    """Begin with an account that may do nothing, and with its key."""
    narrow_key.unbind(cluster, namespace, ACCOUNT)
    here = ("--namespace", namespace)
    cluster.kubectl(*here, "delete", f"role/{ROLE}", f"rolebinding/{ROLE}", "--ignore-not-found")
    cluster.kubectl(*here, "delete", "serviceaccount", ACCOUNT, "--ignore-not-found", "--wait")
    cluster.kubectl(*here, "create", "serviceaccount", ACCOUNT)
    narrow_key.make_key(cluster, namespace, ACCOUNT)


def bring_out(_evidence: Evidence) -> tuple[Command, ...]:
    """Use the key: what the colleague would type."""
    return ((OWN_KUBECONFIG, "set", "image", f"deployment/{NAME}", f"web=my-app:{NEW}"),)


UNTOUCHED = Rule[KeyFacts](
    expected="A key that opens something.",
    holds=lambda facts: bool(
        facts.allowed or facts.too_much or not facts.is_let_in or facts.silence > SILENCE_ALLOWED
    ),
    seen=lambda _facts: "The cluster knows the key, and lets it do nothing.",
    look_at="the roles and the role bindings of this namespace",
    hint=Hint(
        "begin",
        look="Ask with the key what it may do. Then list the roles and role bindings of this namespace.",
        missing="Whoever logs in is known, and may do nothing until a role says what and a binding says who.",
        nearly="A role for pods and Deployments, and a binding of it for the service account colleague.",
    ),
)

RULES = (
    Rule[KeyFacts](
        expected="The cluster lets the key in.",
        holds=lambda facts: facts.is_let_in,
        seen=lambda _facts: "The cluster does not know whose key this is: it answers 401, Unauthorized.",
        look_at="the service accounts of this namespace, and their ages",
        hint=Hint(
            "locked-out",
            look="List the service accounts, and look how old each is.",
            missing="A key belongs to one account and dies with it. A new account of the same name is another one.",
            nearly="Run the start() cell again: it makes the account and its key. Then leave the account as it is.",
        ),
    ),
    Rule[KeyFacts](
        expected=f"Customers are answered: never more than {SILENCE_ALLOWED:g} s without an answer.",
        holds=lambda facts: facts.exists and facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"For {facts.silence:.1f} s nobody answered, and {facts.lost} of {facts.sent} requests were lost."
            if facts.exists else f"The Deployment {NAME} is gone."
        ),
        look_at=f"the pods of {NAME}, and the Service {SERVICE}",
        hint=Hint(
            "silent",
            look="Go through your commands. Which of them changed the application?",
            missing="The task is about rights. The application runs, and has to go on.",
            nearly="Run the start() cell again. Make a role and a binding, and leave the Deployment and the Service alone.",
        ),
    ),
    Rule[KeyFacts](
        expected="The key cannot delete, read Secrets, execute or give rights here, and opens nothing elsewhere.",
        holds=lambda facts: not facts.too_much,
        seen=lambda facts: f"It may also: {', '.join(facts.too_much)}.",
        look_at="the role that is bound, and whether it is bound for this namespace or for all",
        hint=Hint(
            "too-much",
            look="Look at what is bound to the colleague, here and for the whole cluster.",
            missing="A ready-made role such as edit can delete, and read Secrets. A binding for the cluster holds in every namespace.",
            nearly="Take that binding away. Make a role of your own that names the verbs, and bind it in this namespace only.",
        ),
    ),
    Rule[KeyFacts](
        expected=f"The key may list pods, and get and patch the Deployment {NAME}.",
        holds=lambda facts: not facts.missing,
        seen=lambda facts: f"It may not: {', '.join(facts.missing)}.",
        look_at="the verbs and the kinds in the role, and the account in the binding",
        hint=Hint(
            "too-little",
            look="Ask with the key for each of the things that the task names.",
            missing="To set an image is to get a Deployment and to patch it. Each kind and each verb must be in the role.",
            nearly="The role needs list for pods, and get and patch for deployments. The binding must name this role and the colleague.",
        ),
    ),
    Rule[KeyFacts](
        expected=f"The check has brought version {NEW} out with the key, and all new answers are of it.",
        holds=lambda facts: not facts.is_used or facts.newest == (NEW,),
        seen=lambda facts: f"The new answers are of version {', '.join(facts.newest) or 'unknown'}.",
        look_at=f"the rollout of {NAME}",
        may_mend=lambda _facts: True,
        hint=Hint(
            "not-out",
            look="Look at how far the rollout of the Deployment is.",
            missing="The key has changed the image, and the Deployment does not act on it.",
            nearly="Somebody has paused the Deployment. Let it go on.",
        ),
    ),
)  # fmt: skip


def passed(facts: KeyFacts) -> str:
    return (
        f"The key has brought version {NEW} out, and can do nothing else that was tried. {facts.lost} of {facts.sent:,} requests "
        f"were lost; the longest time without an answer was {facts.silence:.2f} s."
    )


def role(deployments: str = "get,list,watch,patch", name: str = ROLE) -> Command:
    return ("create", "role", name, f"--verb={deployments}", "--resource=deployments.apps,pods")


def bind(*what: str, account: str = ACCOUNT) -> Command:
    return (
        "create",
        "rolebinding",
        ROLE,
        *(what or (f"--role={ROLE}",)),
        f"--serviceaccount={NAMESPACE}:{account}",
    )


NARROW = f"""apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {ROLE}}}
rules:
  - {{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}}
  - {{apiGroups: [apps], resources: [deployments], resourceNames: [{NAME}], verbs: [get, patch, update]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {ROLE}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {ROLE}}}
subjects: [{{kind: ServiceAccount, name: {ACCOUNT}, namespace: {NAMESPACE}}}]
"""
EVERYWHERE: Command = (
    "create",
    "clusterrolebinding",
    f"{NAMESPACE}-{ACCOUNT}",
    "--clusterrole=view",
    f"--serviceaccount={NAMESPACE}:{ACCOUNT}",
)
VIEW: Command = (
    "create",
    "rolebinding",
    "looks",
    "--clusterrole=view",
    f"--serviceaccount={NAMESPACE}:{ACCOUNT}",
)
STATUS: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")

A_KEY = Exercise(
    slug="a-key-for-a-colleague",
    task=f"Let {ACCOUNT} list the pods here, and get and patch {NAME}. Deleting, Secrets, exec and all other places stay closed.",
    service=SERVICE,
    calm_at_start=True,
    scene=scene,
    setup=(
        ("delete", "deployment", NAME, "trial", "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=60s"),
        ("apply", "-f", MANIFEST),
        STATUS,
    ),
    trouble=bring_out,
    observe=observe,
    measured=("newest", "silence"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("a role of one's own, bound here", (role(), bind())),
    other_right=(
        Attempt("for this one Deployment, in a file", (("apply", "-f", "narrow.yaml"),), files={"narrow.yaml": NARROW}),
        Attempt("the binding first", (bind(), role())),
        Attempt("the ready-made role view, and one to patch", (VIEW, role("get,patch"), bind())),
    ),
    typical_wrong=(
        Attempt("a role that nobody has", (role(),), hint="begin"),
        Attempt("for another account", (role(), bind(account="default")), hint="begin"),
        Attempt("the ready-made role edit", (bind("--clusterrole=edit"),), hint="too-much"),
        Attempt("the whole cluster", (role(), bind(), EVERYWHERE), hint="too-much"),
        Attempt("everything for Deployments and pods", (role("*"), bind()), hint="too-much"),
        Attempt("only to look", (role("get,list,watch"), bind()), hint="too-little"),
        Attempt("the ready-made role view", (VIEW,), hint="too-little"),
        Attempt("the account is made anew", (role(), bind(), ("delete", "serviceaccount", ACCOUNT), ("create", "serviceaccount", ACCOUNT)), hint="locked-out"),
        Attempt("the application is deleted", (("delete", "deployment", NAME), role(), bind()), hint="silent"),
        Attempt("the rollout is paused", (("rollout", "pause", f"deployment/{NAME}"), role(), bind()), hint="not-out"),
    ),
    minutes=4.0,
)  # fmt: skip
