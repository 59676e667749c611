"""A shop with a Deployment, its pods on two workers, and a service."""

import pytest

from kubetutor.widgets.live.feed import Objects

SERVICE = {
    "metadata": {"name": "web-service", "uid": "s1"},
    "spec": {"clusterIP": "10.96.0.7", "selector": {"app": "web"}, "ports": [{"port": 80}]},
}


@pytest.fixture
def busy(shop):
    shop.deployment().pod("web-app-h1-aaaaa", "lab-worker").pod("web-app-h1-bbbbb", "lab-worker2")
    shop.pod("web-app-h1-ccccc", "lab-worker2")
    return shop


@pytest.fixture
def objects_of():
    """Answer the objects of a shop, with the labels and the service that the Deployment needs."""

    def answered(shop, *services):
        for deployment in shop.deployments:
            deployment["spec"]["template"]["metadata"] = {"labels": {"app": "web"}}
        objects = shop.objects()
        by_kind = {**objects.by_kind, "services": services or (SERVICE,)}
        return Objects(by_kind, objects.troubles, loaded=True)

    return answered


@pytest.fixture
def scene(busy, objects_of):
    from kubetutor.widgets.break_things.snapshot import scene_of

    return scene_of(objects_of(busy), "shop")
