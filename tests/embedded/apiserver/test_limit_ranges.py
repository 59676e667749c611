"""What LimitRanges give to a pod and what they refuse, without a cluster."""

import pytest

from kubetutor.embedded.apiserver.limit_ranges import limit_complaint, set_defaults


def limit_range(kind="Container", **limit):
    return {"spec": {"limits": [{"type": kind, **limit}]}}


def pod(*resources):
    containers = [{"name": f"c{number}", "resources": asked} for number, asked in enumerate(resources)]
    return {"metadata": {"name": "shop"}, "spec": {"containers": containers}}


def test_defaults_fill_in_what_is_missing_and_say_so():
    shop = pod({"limits": {"cpu": "1"}}, {})
    set_defaults(
        shop, [limit_range(default={"cpu": "200m"}, defaultRequest={"cpu": "100m", "memory": "1Mi"})]
    )
    first, second = (container["resources"] for container in shop["spec"]["containers"])
    assert first == {"limits": {"cpu": "1"}, "requests": {"cpu": "100m", "memory": "1Mi"}}
    assert second == {"limits": {"cpu": "200m"}, "requests": {"cpu": "100m", "memory": "1Mi"}}
    assert shop["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu, memory request for container c0; cpu, memory request for container c1; "
        "cpu limit for container c1"
    )


def test_without_defaults_nothing_is_said():
    shop = pod({})
    set_defaults(shop, [limit_range(max={"cpu": "1"})])
    assert "annotations" not in shop["metadata"]


@pytest.mark.parametrize(
    ("limit", "asked", "complaint"),
    [
        ({"max": {"cpu": "1"}}, {}, "maximum cpu usage per Container is 1.  No limit is specified"),
        (
            {"max": {"cpu": "1"}},
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
            "maximum cpu usage per Container is 1, but request is 2",
        ),
        ({"min": {"cpu": "1"}}, {}, "minimum cpu usage per Container is 1.  No request is specified"),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"limits": {"cpu": "3"}},
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
        ),
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "1"}}, None),
    ],
)
def test_each_bound_is_held(limit, asked, complaint):
    assert limit_complaint(pod(asked)["spec"], [limit_range(**limit)]) == complaint


def test_a_limit_of_pods_holds_for_the_sum():
    two = pod({"limits": {"memory": "40Mi"}}, {"limits": {"memory": "40Mi"}})
    complaint = limit_complaint(two["spec"], [limit_range("Pod", max={"memory": "64Mi"})])
    assert complaint == "maximum memory usage per Pod is 64Mi, but limit is 80Mi"


def test_several_complaints_are_listed():
    ranges = [limit_range(max={"cpu": "1", "memory": "1Mi"})]
    complaint = limit_complaint(pod({"limits": {"cpu": "2", "memory": "2Mi"}})["spec"], ranges)
    assert complaint == (
        "[maximum cpu usage per Container is 1, but limit is 2, "
        "maximum memory usage per Container is 1Mi, but limit is 2Mi]"
    )
