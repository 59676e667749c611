"""The exercise on maintenance leaves nodes as they were: it opens those that it marked, and no other."""

from types import SimpleNamespace

from kubetutor.course.maintenance import CONTROL_PLANE, MARK, open_ours, open_workers
from kubetutor.errors import ApiError


class Nodes:
    """A cluster of nodes that kubectl can label and uncordon."""

    def __init__(self, *nodes):
        self.nodes = list(nodes)
        self.api = SimpleNamespace(list=lambda _kind: self.nodes)

    def kubectl(self, verb, *args):
        node = self.find(args[0] if verb == "uncordon" else args[1])
        if verb == "uncordon":
            del node["spec"]["unschedulable"]
        elif args[2].endswith("-"):
            del node["metadata"]["labels"][args[2][:-1]]
        else:
            key, _, value = args[2].partition("=")
            node["metadata"]["labels"][key] = value

    def find(self, name):
        return next(node for node in self.nodes if node["metadata"]["name"] == name)

    def closed(self):
        return {node["metadata"]["name"] for node in self.nodes if node["spec"].get("unschedulable")}

    def marked(self):
        return {node["metadata"]["name"] for node in self.nodes if MARK in node["metadata"]["labels"]}


def node(name, *, closed=False, **labels):
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"unschedulable": True} if closed else {},
    }


def test_what_a_try_closed_is_opened_and_what_others_closed_stays_closed():
    cluster = Nodes(node("main", **{CONTROL_PLANE: ""}), node("one"), node("two", closed=True))
    open_workers(cluster, "shop")
    assert cluster.marked() == {"one"}
    cluster.find("one")["spec"]["unschedulable"] = True
    open_workers(cluster, "shop")
    assert (cluster.closed(), cluster.marked()) == ({"two"}, {"one"})
    cluster.find("one")["spec"]["unschedulable"] = True
    assert open_ours(cluster) == "opened for pods again: one"
    assert (cluster.closed(), cluster.marked()) == ({"two"}, set())
    assert open_ours(cluster) == "no node was left closed"


def test_who_may_not_see_nodes_has_closed_none():
    def refuse(_kind):
        raise ApiError(403, "Forbidden", "nodes are forbidden")

    cluster = Nodes()
    cluster.api.list = refuse
    assert "may not see nodes" in open_ours(cluster)
