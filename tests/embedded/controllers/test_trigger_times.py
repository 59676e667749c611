"""When what an endpoint shows began to change."""

from kubetutor.embedded.controllers.trigger_times import ANNOTATION, TriggerTimes, annotated
from tests.embedded import manifests

CREATED, READY, LATER = "2026-01-01T10:00:00Z", "2026-01-01T10:00:05Z", "2026-01-01T10:00:09Z"


def service():
    body = manifests.service()
    return {**body, "metadata": {**body["metadata"], "uid": "of-service", "creationTimestamp": CREATED}}


def pod(name, since):
    body = manifests.pod(name)
    status = {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}]}
    return {**body, "metadata": {**body["metadata"], "uid": name}, "status": status}


def test_a_new_service_counts_from_its_creation():
    assert TriggerTimes().take(service(), [pod("cart", READY)]) == CREATED


def test_later_only_new_times_count_and_the_earliest_of_them():
    times = TriggerTimes()
    times.take(service(), [])
    assert times.take(service(), [pod("cart", LATER), pod("till", READY)]) == READY
    assert times.take(service(), [pod("cart", LATER), pod("till", READY)]) is None
    assert times.take(service(), [pod("cart", LATER), pod("till", LATER)]) == LATER


def test_a_service_of_the_same_name_begins_anew():
    times = TriggerTimes()
    times.take(service(), [])
    times.forget("default/web-service")
    assert times.take(service(), []) == CREATED


def test_the_annotation_is_set_and_taken_away_and_others_stay():
    body = {"metadata": {"name": "web", "annotations": {"note": "hello"}}}
    stamped = annotated(body, READY)
    assert stamped["metadata"]["annotations"] == {"note": "hello", ANNOTATION: READY}
    assert annotated(stamped, None) == body
    assert annotated({"metadata": {"name": "web"}}, None) == {"metadata": {"name": "web"}}
