"""TEMP"""

import random


class Admission:
    def __init__(self, reader, addresses, *, not_ready_toleration):
        self.r = reader
        self.a = addresses

    def create(self, kind, obj):
        if kind.resource == "pods":
            obj["spec"].setdefault("serviceAccountName", "default")
            obj["spec"].setdefault("priority", 0)
            obj["spec"].setdefault("tolerations", []).extend(
                [
                    {
                        "key": "node.kubernetes.io/not-ready",
                        "operator": "Exists",
                        "effect": "NoExecute",
                        "tolerationSeconds": 5,
                    },
                    {
                        "key": "node.kubernetes.io/unreachable",
                        "operator": "Exists",
                        "effect": "NoExecute",
                        "tolerationSeconds": 5,
                    },
                ]
            )
        if kind.resource == "services":
            s = obj["spec"]
            if not s.get("clusterIP"):
                used = {x["spec"].get("clusterIP") for x in self.r.list("services", None)}
                while True:
                    ip = str(self.a.n[random.randrange(256, 16000)])
                    if ip not in used:
                        break
                s["clusterIP"] = ip
            s["clusterIPs"] = [s["clusterIP"]]
            if s["type"] in ("NodePort", "LoadBalancer"):
                for p in s["ports"]:
                    p.setdefault("nodePort", random.randrange(30000, 32768))
        return []

    def update(self, kind, new, old):
        return []

    def delete(self, kind, obj):
        pass
