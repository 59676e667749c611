"""A pod that has its node: one node was ruled out, two have scores, and an event tells of it."""

from kubetutor.widgets.scheduling.answer import ask
from kubetutor.widgets.scheduling.snapshot import snapshot_of
from kubetutor.widgets.scheduling.view import Scheduling, frame_of
from tests.widgets.scheduling import lab

VIEW = Scheduling


def frame():
    pod = lab.pod(on="lab-worker")
    answer = ask(lab.Teller(lab.decision()), pod)
    told = lab.event("web", "Scheduled", "Successfully assigned shop/web to lab-worker")
    return frame_of(snapshot_of(lab.objects(pod, events=[told]), "shop", pod, answer))
