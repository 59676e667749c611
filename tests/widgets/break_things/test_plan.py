"""What each button would do: commands, reasons why not, ways back."""

import pytest

from kubetutor.widgets.break_things.plan import Powers, broken_image, plans_of, wounds_of
from kubetutor.widgets.break_things.snapshot import Choice, choice_of, scene_of

ANY = Powers()


def plans(scene, powers=ANY, wished=None):
    made = plans_of(scene, choice_of(scene, wished or Choice()), powers)
    return {plan.step.name: plan for plan in made}


def test_each_button_names_its_command(scene):
    made = plans(scene)
    assert made["crash"].step.command == (
        "kubectl get --raw /api/v1/namespaces/shop/pods/web-app-h1-aaaaa:3000/proxy/crash"
    )
    assert made["delete"].step.command == "kubectl -n shop delete pod web-app-h1-aaaaa --wait=false"
    assert made["stop"].step.command == "kubetutor node stop lab-worker2"
    assert made["ship"].step.command == "kubectl -n shop set image deployment/web-app web=my-app:broken"
    assert made["flood"].step.command.startswith("kubectl -n shop run flood --image=my-app:1.0")
    assert "http://10.96.0.7:80" in made["flood"].step.command
    assert all(not plan.step.why_not for plan in made.values())


def test_the_namespace_default_need_not_be_named(busy, objects_of):
    made = plans(scene_of(objects_of(busy), "default"))
    assert made["delete"].step.command == "kubectl delete pod web-app-h1-aaaaa --wait=false"


def test_the_fullest_worker_is_chosen_and_never_the_control_plane(scene):
    assert choice_of(scene, Choice()).node == "lab-worker2"
    assert choice_of(scene, Choice(node="lab-control-plane")).node == "lab-worker2"
    assert choice_of(scene, Choice(node="lab-worker")).node == "lab-worker"


def test_a_ready_pod_of_the_deployment_is_chosen_first(busy, objects_of):
    busy.pod("aaa-report", "lab-worker", set_name=None).pod("web-app-h1-aaa", "lab-worker", ready=False)
    scene = scene_of(objects_of(busy), "shop")
    assert choice_of(scene, Choice()).pod == "web-app-h1-aaaaa"
    assert choice_of(scene, Choice(pod="aaa-report")).pod == "aaa-report"
    assert choice_of(scene, Choice(pod="gone")).pod == "web-app-h1-aaaaa"


def test_what_the_cluster_cannot_do_says_why(scene):
    made = plans(scene, Powers(no_nodes="Its nodes are machines that others use."))
    assert made["stop"].step.why_not == "Its nodes are machines that others use."


def test_another_image_cannot_be_told_to_crash(shop, objects_of):
    shop.pod("proxy", "lab-worker", image="nginx:1.27", set_name=None)
    made = plans(scene_of(objects_of(shop), "shop"))
    assert (
        made["crash"].step.why_not
        == "Only the sample application my-app can be told to crash; proxy runs nginx:1.27."
    )
    assert made["delete"].watch == "Nobody owns this pod, so nobody makes a new one: it is gone for good."


def test_an_empty_namespace_has_nothing_to_break_but_nodes(shop, objects_of):
    made = plans(scene_of(objects_of(shop), "shop"))
    assert [name for name, plan in made.items() if not plan.step.why_not] == ["stop"]
    assert made["flood"].step.why_not == "There is no Deployment to flood."


def test_without_a_service_there_is_nothing_to_flood(busy, objects_of):
    other = {"metadata": {"name": "other"}, "spec": {"selector": {"app": "queue"}}}
    made = plans(scene_of(objects_of(busy, other), "shop"))
    assert made["flood"].step.why_not == "No service leads to the pods of web-app: there is nothing to flood."


def test_a_cluster_of_one_machine_keeps_it(busy, objects_of):
    busy.nodes = busy.nodes[:1]
    made = plans(scene_of(objects_of(busy), "shop"))
    assert "without its control plane" in made["stop"].step.why_not


def test_a_node_that_is_down_can_be_started_again_also_when_another_is_chosen(busy, objects_of):
    busy.nodes[1]["status"]["conditions"][0]["status"] = "Unknown"
    scene = scene_of(objects_of(busy), "shop")
    made = plans(scene)
    assert made["stop"].step.command == "kubetutor node stop lab-worker2"
    assert made["stop"].back.command == "kubetutor node start lab-worker"
    assert plans(scene, wished=Choice(node="lab-worker"))["stop"].step.why_not == (
        "lab-worker is stopped already."
    )
    assert wounds_of(scene, ANY) == ("lab-worker is NotReady",)


def test_a_node_that_was_stopped_just_now_counts_before_the_cluster_notices(scene):
    powers = Powers(stopped=frozenset({"lab-worker"}))
    assert plans(scene, powers)["stop"].back.command == "kubetutor node start lab-worker"
    assert wounds_of(scene, powers) == ("lab-worker is stopped",)


def test_a_broken_version_can_be_undone_and_not_shipped_twice(shop, objects_of):
    shop.deployment(image="my-app:broken")
    made = plans(scene_of(objects_of(shop), "shop"))
    assert made["ship"].step.why_not == "web-app runs my-app:broken already."
    assert made["ship"].back.command == "kubectl -n shop rollout undo deployment/web-app"
    assert not made["ship"].back.why_not


def test_nothing_to_undo_says_so(scene):
    assert plans(scene)["ship"].back.why_not == "web-app runs my-app:1.0: there is nothing to undo."


def test_a_flood_that_runs_can_be_stopped(busy, objects_of):
    busy.pod("flood", "lab-worker", set_name=None)
    busy.pods[-1]["metadata"]["labels"] = {"kubetutor.io/role": "load"}
    scene = scene_of(objects_of(busy), "shop")
    made = plans(scene)
    assert made["flood"].step.why_not == "The flood runs already."
    assert made["flood"].back.command == "kubectl -n shop delete pod flood --wait=false"
    assert wounds_of(scene, ANY) == ("the flood runs",)
    assert "flood" not in [pod.name for pod in scene.pods]


@pytest.mark.parametrize(
    ("image", "broken"),
    [
        ("my-app", "my-app:broken"),
        ("registry:5000/shop/my-app:1.0", "registry:5000/shop/my-app:broken"),
        ("my-app@sha256:0123", "my-app:broken"),
    ],
)
def test_the_broken_version_is_a_tag_of_the_same_image(image, broken):
    assert broken_image(image) == broken
