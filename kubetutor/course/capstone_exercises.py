"""The first two days of the shop: it opens, and it changes while customers buy."""

from __future__ import annotations

from kubetutor.cluster import share
from kubetutor.course.capstone_rules import (
    FRONTS,
    KEPT_UP,
    READY,
    REMOVE,
    WAITS,
    all_there,
    bring,
    exposed,
    failing,
    few,
    made,
    missing,
    names,
    scale,
    unfinished,
    wrong_image,
)  # fmt: skip
from kubetutor.course.capstone_shop import (
    MANIFEST,
    NAMES,
    NEW,
    OLD,
    ShopFacts,
    grade,
    observe,
    observe_answers,
    record,
)
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

OPEN = Exercise(
    slug="open",
    task="Open the shop: front, stock, cart and pay, two Ready pods of my-app:1.0 each, each answering on port 80 of a service of its name.",
    setup=(REMOVE,),
    observe=observe_answers,
    measured=("silent", "strangers"),
    untouched=Rule[ShopFacts](
        expected="At least one of the four Deployments.",
        holds=lambda facts: len(missing(facts)) < len(NAMES),
        seen=lambda _facts: "There is none of the four Deployments.",
        look_at="the Deployments of this namespace",
        hint=Hint(
            "begin",
            look="Look into the folder of this lesson's manifests, or at how you made a Deployment in earlier lessons.",
            missing="Nothing has been made yet.",
            nearly="Begin with the Deployment front: the image my-app:1.0, two replicas. The others are like it.",
        ),
    ),
    rules=(
        all_there("deploy"),
        Rule[ShopFacts](
            expected="Four services of the same names.",
            holds=lambda facts: all(part.has_service for part in facts.parts),
            seen=lambda facts: (
                f"Without a service: {names([part.name for part in facts.parts if not part.has_service])}."
            ),
            look_at="the services of this namespace",
            hint=Hint(
                "expose",
                look="List the services of this namespace.",
                missing="Pods are there, but they have no address that stays. Each Deployment needs a service.",
                nearly="A Deployment can be exposed: port 80 outside, the port of the application inside, which is 3000.",
            ),
        ),
        Rule[ShopFacts](
            expected="Two Ready pods each.",
            holds=lambda facts: not few(facts),
            seen=lambda facts: f"Fewer than two Ready pods: {names(few(facts))}.",
            look_at="the number of replicas, and the state of the pods",
            may_mend=lambda facts: all(part.replicas >= 2 for part in facts.parts),
            hint=Hint(
                "few",
                look="Compare how many pods each Deployment wants and how many are Ready.",
                missing="One pod is none when it is lost. The task asks for two of each.",
                nearly="Scale those that have fewer than two, and wait until they are Ready.",
            ),
        ),
        Rule[ShopFacts](
            expected="Each service answers.",
            holds=lambda facts: not facts.silent,
            seen=lambda facts: f"No answer, or not always: {names(list(facts.silent))}.",
            look_at="the endpoints of the service, and their port",
            may_mend=lambda _facts: True,
            hint=Hint(
                "silent",
                look="Look at the endpoints of the silent service: which addresses, which port?",
                missing="The service sends requests to a port where nobody listens, or to no pod at all.",
                nearly="The application listens on 3000. So the service's target port must be 3000, and its selector the pods' label.",
            ),
        ),
        Rule[ShopFacts](
            expected="Each service is answered by its own pods.",
            holds=lambda facts: not facts.strangers,
            seen=lambda facts: f"Answered by pods of another part: {names(list(facts.strangers))}.",
            look_at="the selector of the service",
            hint=Hint(
                "strangers",
                look="Ask the service some times, and read the names of the pods that answer.",
                missing="The selector of that service is the label of another part's pods.",
                nearly="Remove that service, and make it again from the Deployment whose name it has.",
            ),
        ),
    ),
    passed=lambda facts: (
        f"The shop is open: {sum(part.ready for part in facts.parts)} Ready pods, and each of the four services is answered "
        "by its own."
    ),
    solution=Attempt("create and expose", (*made(2), *exposed(), *WAITS)),
    other_right=(
        Attempt("the manifest", (("apply", "-f", MANIFEST), *WAITS)),
        Attempt("one each, then scaled", (*made(1), *exposed(), scale(2), *WAITS)),
        Attempt("three of each would do as well", (*made(3), *exposed(), *WAITS)),
    ),
    typical_wrong=(
        Attempt("only one part", (made(2)[0], exposed("front")[0]), hint="deploy"),
        Attempt("no services", made(2), hint="expose"),
        Attempt("one pod each", (*made(1), *exposed()), hint="few"),
        Attempt("the port of the service for both", (*made(2), *exposed(target="80"), *WAITS), hint="silent"),
        Attempt(
            "a service of another's pods",
            (
                *made(2), *exposed("front", "stock", "cart"),
                ("expose", "deployment", "front", "--name=pay", "--port=80", "--target-port=3000"), *WAITS,
            ),
            hint="strangers",
        ),
    ),
)  # fmt: skip


def changed_manifest() -> str:
    """Write the shop as the task wants it, as a learner does who changes the file: front comes first there."""
    text = (share.folder("lessons") / MANIFEST).read_text(encoding="utf-8")
    return text.replace(OLD, NEW).replace("replicas: 2", f"replicas: {FRONTS}", 1)


CHANGE = Exercise(
    slug="change",
    task=f"Bring version 2.0 to all four parts and {FRONTS} replicas to front, while customers buy.",
    also=NAMES,
    setup=(REMOVE, ("apply", "-f", MANIFEST), READY),
    observe=observe,
    measured=("silence", "lost", "sent"),
    untouched=Rule[ShopFacts](
        expected="A change on its way.",
        holds=lambda facts: any(
            part.image != OLD or part.replicas != 2 or part.is_new or not part.exists for part in facts.parts
        ),
        seen=lambda _facts: "All four Deployments are as they were at the start.",
        look_at="the images and the numbers of replicas",
        hint=Hint(
            "begin",
            look="Look at the images of the four Deployments, and at the number of replicas of front.",
            missing="Nothing asks for another version yet, nor for more pods.",
            nearly="Two kinds of change: the image in the template of each, and the number of front. You know a command for each.",
        ),
    ),
    rules=(
        all_there("gone"),
        Rule[ShopFacts](
            expected="Every new pod can start.",
            holds=lambda facts: not failing(facts),
            seen=lambda facts: f"Pods that cannot run: {names(failing(facts))}.",
            look_at="the newest pods, and their events",
            hint=Hint(
                "stuck",
                look="Read the state of the newest pods of that part.",
                missing="That image cannot run, so the rollout stands still. Kubernetes does not go back by itself.",
                nearly="Ask for the version of the task in that Deployment. You need not go back first.",
            ),
        ),
        KEPT_UP,
        Rule[ShopFacts](
            expected=f"All four ask for {NEW}.",
            holds=lambda facts: not wrong_image(facts),
            seen=lambda facts: f"These ask for another image: {names(wrong_image(facts))}.",
            look_at="the image in each pod template",
            may_mend=lambda facts: any(part.unlike for part in facts.parts),  # it may turn out not to run
            hint=Hint(
                "version",
                look="Compare the images of the four Deployments.",
                missing="At least one part does not ask for version 2.0.",
                nearly="Set the image of each of the four. The container is called my-app in all of them.",
            ),
        ),
        Rule[ShopFacts](
            expected=f"front asks for {FRONTS} replicas.",
            holds=lambda facts: facts.parts[0].replicas == FRONTS,
            seen=lambda facts: f"front asks for {number_of(facts.parts[0].replicas, 'replica')}.",
            look_at="the number of replicas of front",
            hint=Hint(
                "size",
                look="Look at the number of replicas of front.",
                missing=f"The task asks for {FRONTS} of front. A manifest that is applied again sets its own number.",
                nearly=f"Scale front to {FRONTS}. The other three may stay as they are.",
            ),
        ),
        Rule[ShopFacts](
            expected="All rollouts are complete.",
            holds=lambda facts: not unfinished(facts),
            seen=lambda facts: f"Not complete: {names(unfinished(facts))}.",
            look_at="the status of the rollouts",
            may_mend=lambda _facts: True,
            hint=Hint(
                "under-way",
                look="Look at the rollout status of each part.",
                missing="You asked for the right thing, and it is not done: pods of two versions are there, or a rollout is paused.",
                nearly="Wait until each rollout is complete. When one is paused, resume it. Then check again.",
            ),
        ),
    ),
    passed=lambda facts: f"Grade {grade(facts)}. {record(facts)}, while all four parts were replaced.",
    solution=Attempt("scale, then one part after the other", (scale(FRONTS, "front"), *bring(NEW), *WAITS)),
    other_right=(
        Attempt("all four at once", (("set", "image", "deployment", *NAMES, f"my-app={NEW}"), scale(FRONTS, "front"), *WAITS)),
        Attempt("the last part first", (*bring(NEW, *reversed(NAMES)), scale(FRONTS, "front"), *WAITS)),
        Attempt("the file, changed", (("apply", "-f", "new.yaml"), *WAITS), files={"new.yaml": changed_manifest()}),
        Attempt("by way of a version that does not exist", (*bring("my-app:9.9", "pay"), *bring(NEW), scale(FRONTS, "front"), *WAITS)),
    ),
    typical_wrong=(
        Attempt("a part is deleted", (("delete", "deployment", "pay", "--wait"),), hint="gone"),
        Attempt("a version that crashes", bring("my-app:broken", "cart"), hint="stuck"),
        Attempt(
            "to nothing and back",
            (
                scale(0, "stock"), ("wait", "--for=delete", "pod", "--selector=app=stock", "--timeout=60s"),
                *bring(NEW), scale(FRONTS, "front"), *WAITS[:1], scale(2, "stock"), *WAITS,
            ),
            hint="lost",
        ),
        Attempt("one part forgotten", (*bring(NEW, "front", "stock", "cart"), scale(FRONTS, "front"), *WAITS), hint="version"),
        Attempt("the number forgotten", (*bring(NEW), *WAITS), hint="size"),
        Attempt(
            "paused half way",
            (("rollout", "pause", "deployment/cart"), *bring(NEW), scale(FRONTS, "front")),
            hint="under-way",
        ),
    ),
)  # fmt: skip
