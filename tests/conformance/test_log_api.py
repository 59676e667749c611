"""The log of a container as the API hands it out: which part of it, in which form, and what is refused."""

import re

import pytest

from . import bodies
from .conftest import eventually, in_new_namespace
from .manifests import NOWHERE
from .raw import Api

LINES = [f"line {number}" for number in range(1, 6)]
WHOLE = "".join(f"{line}\n" for line in LINES)
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z "


def phase(api, name, wanted):
    return eventually(lambda: api.read(f"pods/{name}")["status"]["phase"] == wanted)


@pytest.fixture(scope="module")
def shop(cluster):
    """The API server as seen from a namespace with a pod `shop` that has printed five lines and ended."""
    with in_new_namespace(Api(str(cluster.kubeconfig))) as api:
        script = "for number in 1 2 3 4 5; do echo line $number; done"
        api.made("pods", bodies.pod("shop", "sh", "-c", script, restartPolicy="Never"))
        pair = bodies.pod("pair", restartPolicy="Never")
        pair["spec"]["containers"] = [
            {"name": name, "image": "busybox:1.36", "command": ["echo", name]} for name in ("one", "two")
        ]
        api.made("pods", pair)
        for name in ("shop", "pair"):
            phase(api, name, "Succeeded")
        yield api


def log_of(api, name="shop", **options):
    answer = api("GET", f"pods/{name}/log", **options)
    assert answer.code == 200, answer.body
    return answer.body.decode()


def test_a_log_is_plain_text_whatever_is_asked_for(shop):
    answer = shop("GET", "pods/shop/log", headers={"Accept": "application/json"})
    assert (answer.headers["Content-Type"], answer.body.decode()) == ("text/plain", WHOLE)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"tailLines": 2}, "line 4\nline 5\n"),
        ({"tailLines": 0}, ""),
        ({"tailLines": 100}, WHOLE),
        ({"limitBytes": 10}, "line 1\nlin"),
        ({"limitBytes": 1000}, WHOLE),
        ({"tailLines": 2, "limitBytes": 9}, "line 4\nli"),
        ({"sinceSeconds": 3600}, WHOLE),
        ({"sinceTime": "2020-01-01T00:00:00Z"}, WHOLE),
        ({"sinceTime": "2099-01-01T00:00:00Z"}, ""),
        ({"follow": "true"}, WHOLE),
        ({"container": "main"}, WHOLE),
        ({"shelf": "top"}, WHOLE),
    ],
)
def test_a_part_of_a_log_can_be_asked_for(shop, options, shown):
    assert log_of(shop, **options) == shown


@pytest.mark.parametrize("value", ["true", "1", "maybe"])
def test_each_line_can_begin_with_its_time(shop, value):
    lines = log_of(shop, timestamps=value).splitlines()
    assert [re.sub(f"^{STAMP}", "", line) for line in lines] == LINES
    assert all(re.match(STAMP, line) for line in lines)


def test_lines_since_a_time_of_a_line_begin_with_that_second(shop):
    first = log_of(shop, timestamps="true").split()[0]
    assert log_of(shop, sinceTime=first) == WHOLE


@pytest.mark.parametrize(
    ("options", "causes"),
    [
        ({"tailLines": -1}, {"tailLines": "Invalid value: -1: must be greater than or equal to 0"}),
        ({"limitBytes": 0}, {"limitBytes": "Invalid value: 0: must be greater than 0"}),
        ({"sinceSeconds": 0}, {"sinceSeconds": "Invalid value: 0: must be greater than 0"}),
        ({"sinceSeconds": -5}, {"sinceSeconds": "Invalid value: -5: must be greater than 0"}),
        (
            {"sinceTime": "2020-01-01T00:00:00Z", "sinceSeconds": 5},
            {"[]": "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"},
        ),
        ({"stream": "Stdout"}, {"stream": "Forbidden: may not be specified"}),
        ({"stream": "All"}, {"stream": "Forbidden: may not be specified"}),
        (
            {"tailLines": -1, "limitBytes": 0},
            {
                "tailLines": "Invalid value: -1: must be greater than or equal to 0",
                "limitBytes": "Invalid value: 0: must be greater than 0",
            },
        ),
    ],
)
def test_a_part_that_cannot_be_is_invalid(shop, options, causes):
    answer = shop("GET", "pods/shop/log", **options)
    assert (answer.code, answer.object["reason"]) == (422, "Invalid")
    details = answer.object["details"]
    assert (details["name"], details["kind"]) == ("shop", "PodLogOptions")
    assert {cause["field"]: cause["message"] for cause in details["causes"]} == causes
    found = [f"{field}: {message}" for field, message in causes.items()]
    text = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
    assert answer.message == f'PodLogOptions "shop" is invalid: {text}'


@pytest.mark.parametrize(
    ("path", "options", "refusal"),
    [
        (
            "pods/shop/log",
            {"tailLines": "few"},
            (400, "BadRequest", 'strconv.ParseInt: parsing "few": invalid syntax'),
        ),
        (
            "pods/shop/log",
            {"sinceTime": "yesterday"},
            (
                400,
                "BadRequest",
                'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
            ),
        ),
        (
            "pods/shop/log",
            {"container": "till"},
            (400, "BadRequest", "container till is not valid for pod shop"),
        ),
        (
            "pods/shop/log",
            {"previous": "true"},
            (400, "BadRequest", 'previous terminated container "main" in pod "shop" not found'),
        ),
        (
            "pods/pair/log",
            {},
            (400, "BadRequest", "a container name must be specified for pod pair, choose one of: [one two]"),
        ),
        ("pods/none/log", {}, (404, "NotFound", 'pods "none" not found')),
    ],
)
def test_what_cannot_be_shown_is_told(shop, path, options, refusal):
    assert shop("GET", path, **options).refusal == refusal


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_log_can_only_be_read(shop, method):
    assert shop(method, "pods/shop/log").code == 405


def test_a_container_of_several_is_shown_by_name(shop):
    assert log_of(shop, "pair", container="two") == "two\n"


def test_a_pod_without_a_node_has_nothing_to_show(api):
    api.made("pods", bodies.pod("lost", nodeSelector=NOWHERE))
    answer = api("GET", "pods/lost/log")
    assert (answer.code, answer.body) == (204, b"")


def test_a_container_that_waits_for_its_image_has_no_log(api):
    pod = bodies.pod("shop", image="my-app:9.9")
    pod["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    api.made("pods", pod)
    message = 'container "main" in pod "shop" is waiting to start: ErrImageNeverPull'

    def refused():
        assert api("GET", "pods/shop/log").refusal == (400, "BadRequest", message)
        return True

    eventually(refused)
    previous = 'previous terminated container "main" in pod "shop" not found'
    assert api("GET", "pods/shop/log", previous="true").refusal == (400, "BadRequest", previous)


def test_the_log_of_the_run_before_is_kept(api):
    api.made("pods", bodies.pod("shop", image="my-app:1.0"))
    phase(api, "shop", "Running")
    eventually(lambda: api("GET", "pods/shop:3000/proxy/crash").code == 200)

    def restarted():
        statuses = api.read("pods/shop")["status"].get("containerStatuses")
        assert statuses
        assert statuses[0]["restartCount"]
        return statuses[0]["state"].get("running")

    eventually(restarted)
    assert "crashing as asked\n" in log_of(api, previous="true")
    assert "crashing as asked\n" not in log_of(api)


def test_a_log_is_followed_line_by_line(api):
    api.made("pods", bodies.pod("clock", "sh", "-c", "while true; do echo tick; sleep 1; done"))
    phase(api, "clock", "Running")
    with api.opened("GET", "pods/clock/log", follow="true", tailLines=1) as answer:
        assert answer.status == 200
        assert answer.read(15) == b"tick\n" * 3
