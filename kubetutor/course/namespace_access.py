"""The exercise `reporter` of the lesson `namespaces`: a service account that may do what it needs, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import name_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Cluster, Command, Evidence

ACCOUNT, NAMESPACE, OTHER = "reporter", "lesson-namespaces", "lesson-staging"
WIDE_ROLE = "lesson-namespaces-read-pods"  # of a typical wrong answer
NEEDED = (("get", "pods"), ("list", "pods"), ("get", "pods/log"))
TOO_MUCH = (
    ("delete", "pods"), ("create", "pods"), ("create", "pods/exec"), ("list", "services"), ("update", "deployments.apps"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What the API server says when it is asked."""

    exists: bool = False
    rules: int = 0  # roles and bindings in the namespace
    allowed: tuple[str, ...] = ()  # of what is needed
    too_much: tuple[str, ...] = ()  # of what is not needed


def observe(evidence: Evidence) -> AccessFacts:
    """Ask the API server what the account may do."""
    api, namespace = evidence.cluster.api, evidence.namespace
    bindings = [
        item
        for item in api.list("rolebindings.rbac.authorization.k8s.io", namespace=namespace)
        if any(subject.get("name") == ACCOUNT for subject in item.get("subjects") or ())
    ]
    return AccessFacts(
        exists=api.find("serviceaccounts", ACCOUNT, namespace=namespace) is not None,
        rules=len(bindings) + len(api.list("roles.rbac.authorization.k8s.io", namespace=namespace)),
        allowed=tuple(" ".join(each) for each in NEEDED if may(api, namespace, *each)),
        too_much=too_much(api, namespace),
    )


def too_much(api: Any, namespace: str) -> tuple[str, ...]:
    """Answer what the account may do of what the task does not name, here and in a namespace that is not its own."""
    here = [" ".join(each) for each in TOO_MUCH if may(api, namespace, *each)]
    there = [f"{' '.join(each)} in {OTHER}" for each in NEEDED if may(api, OTHER, *each)]
    return (*here, *there)


def may(api: Any, where: str, verb: str, what: str) -> bool:
    """Say whether the account may do this in a namespace, as the API server answers it."""
    resource, _, subresource = what.partition("/")
    name, _, group = resource.partition(".")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}", "system:authenticated"],
            "resourceAttributes": {
                "namespace": where, "verb": verb, "group": group, "resource": name, "subresource": subresource,
            },
        },
    }  # fmt: skip
    answer = api.create("subjectaccessreviews.authorization.k8s.io", review)
    return bool(answer["status"].get("allowed"))


def unbind_everywhere(cluster: Cluster) -> str:
    """Remove what was bound to the account for all namespaces, and answer in words what that was.

    Such a binding outlives the account's namespace: a new account of this name would have the old one's rights.
    """
    bindings = cluster.api.list("clusterrolebindings.rbac.authorization.k8s.io")
    names = [name_of(binding) for binding in bindings if is_for_account_alone(binding)]
    for name in names:
        cluster.kubectl("delete", "clusterrolebinding", name, "--ignore-not-found")
    cluster.kubectl("delete", "clusterrole", WIDE_ROLE, "--ignore-not-found")
    return f"bindings of {ACCOUNT} for all namespaces, {'removed: ' + ', '.join(names) if names else 'none'}"


def set_scene(cluster: Cluster, _namespace: str) -> None:
    unbind_everywhere(cluster)


def is_for_account_alone(binding: Object) -> bool:
    subjects = [
        (subject.get("kind"), subject.get("namespace"), subject.get("name"))
        for subject in binding.get("subjects") or ()
    ]
    return subjects == [("ServiceAccount", NAMESPACE, ACCOUNT)]


UNTOUCHED = Rule[AccessFacts](
    expected=f"Roles for the service account {ACCOUNT}.",
    holds=lambda facts: not (facts.exists and not facts.rules and not facts.allowed),
    seen=lambda _facts: f"{ACCOUNT} may do nothing here, and there is no role and no binding for it.",
    look_at="the roles and the role bindings of this namespace",
    hint=Hint(
        "begin",
        look="List the roles and the role bindings of this namespace.",
        missing="Nothing is allowed that no role allows. There is no role here yet.",
        nearly="Two objects are wanted: a role that says what, and a binding that says who. access.yaml shows both.",
    ),
)

RULES = (
    Rule[AccessFacts](
        expected=f"A service account {ACCOUNT}.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: f"There is no service account {ACCOUNT} in this namespace.",
        look_at="the service accounts of this namespace",
        hint=Hint(
            "account",
            look="List the service accounts of this namespace.",
            missing="The account is gone. What is bound to its name stays, and would hold for whoever makes it anew.",
            nearly="Run the start() cell again: it makes the account.",
        ),
    ),
    Rule[AccessFacts](
        expected="Nothing is allowed that the task does not name.",
        holds=lambda facts: not facts.too_much,
        seen=lambda facts: f"{ACCOUNT} may also: {', '.join(facts.too_much)}.",
        look_at="the rules of each role that is bound to the account",
        hint=Hint(
            "too-much",
            look="Ask for the list of all that the account may do, and read it line by line.",
            missing="The account may do more than it needs. Whoever takes its place may do it too.",
            nearly="Bind no ready-made role. Write one with two verbs for pods and their logs, and bind only that, in this namespace. Remove the wide binding.",
        ),
    ),
    Rule[AccessFacts](
        expected=f"{ACCOUNT} may get and list pods, and get their logs.",
        holds=lambda facts: len(facts.allowed) == len(NEEDED),
        seen=lambda facts: f"Of what it needs, {ACCOUNT} may: {', '.join(facts.allowed) or 'nothing'}.",
        look_at="the role's rules, and the subjects of the binding",
        may_mend=lambda _facts: True,
        hint=Hint(
            "too-little",
            look="Ask the API server, as this account, for each thing that the task names.",
            missing="Something is missing: a verb, the logs (a part of pods with a name of its own), or the binding to this very account.",
            nearly="The role needs the verbs get and list for pods and for pods/log. The binding's subject is the account reporter of this namespace.",
        ),
    ),
)


def passed(facts: AccessFacts) -> str:
    return f"The API server allows {ACCOUNT} exactly what it needs: {', '.join(facts.allowed)}; and nothing else that was asked for."


def role(verbs: str = "get,list", what: str = "pods,pods/log") -> Command:
    return ("create", "role", "read-pods", f"--verb={verbs}", f"--resource={what}")


def bind(given: str = "--role=read-pods", account: str = ACCOUNT) -> Command:
    return ("create", "rolebinding", "reporter-reads-pods", given, f"--serviceaccount={NAMESPACE}:{account}")


FILE = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reports
rules:
  - apiGroups: [""]
    resources: ["pods"]
    verbs: ["get", "list", "watch"]
  - apiGroups: [""]
    resources: ["pods/log"]
    verbs: ["get"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: reports
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reports}
subjects:
  - {kind: ServiceAccount, name: reporter}
"""
EVERYWHERE = f"""apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {WIDE_ROLE}
rules:
  - apiGroups: [""]
    resources: ["pods", "pods/log"]
    verbs: ["get", "list"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: lesson-namespaces-reporter
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {WIDE_ROLE}}}
subjects:
  - {{kind: ServiceAccount, name: {ACCOUNT}, namespace: {NAMESPACE}}}
"""
MORE: Command = ("create", "role", "read-logs", "--verb=get", "--resource=pods/log")
BIND_MORE: Command = (
    "create",
    "rolebinding",
    "logs",
    "--role=read-logs",
    f"--serviceaccount={NAMESPACE}:{ACCOUNT}",
)

ACCESS = Exercise(
    slug="reporter",
    task=f"Let the service account {ACCOUNT} get and list the pods of this namespace and get their logs, and nothing else.",
    scene=set_scene,
    setup=(
        ("delete", "roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io", "--all", "--wait"),
        ("delete", "serviceaccount", ACCOUNT, "--ignore-not-found", "--wait"),
        ("create", "serviceaccount", ACCOUNT),
    ),
    observe=observe,
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("a role and a binding", (role(), bind())),
    other_right=(
        Attempt("a file, with watch", (("apply", "-f", "access.yaml"),), files={"access.yaml": FILE}),
        Attempt("the binding first", (bind(), role())),
        Attempt("two roles", (role(what="pods"), bind(), MORE, BIND_MORE)),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the account is deleted", (role(), bind(), ("delete", "serviceaccount", ACCOUNT)), hint="account"),
        Attempt("the ready-made role edit", (bind("--clusterrole=edit"),), hint="too-much"),
        Attempt("the ready-made role view", (bind("--clusterrole=view"),), hint="too-much"),
        Attempt("for all namespaces", (("apply", "-f", "wide.yaml"),), hint="too-much", files={"wide.yaml": EVERYWHERE}),
        Attempt("everything for pods", (role(verbs="*"), bind()), hint="too-much"),
        Attempt("a role that nobody has", (role(),), hint="too-little"),
        Attempt("without the logs", (role(what="pods"), bind()), hint="too-little"),
        Attempt("for another account", (role(), bind(account="default")), hint="too-little"),
    ),
)  # fmt: skip
