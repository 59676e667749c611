"""Command lines of the corpus that may answer differently on `embedded`, and why.

Such a line must differ: once embedded answers as the record does, the test asks to take it off.
"""

from __future__ import annotations

NO_ENUMS = "the package that describes the types leaves out which values a field may have"
GO_STRUCT = "upstream shows the change as text of Go's own structs, with fields that no API has"
TIMINGS = "waits are shorter in a classroom; `timings.py` says by how much"
FEWER_KINDS = "service ranges are not objects there: IPAddress and ServiceCIDR are not served"
ONE_AUTOSCALING = "after a refusal kubectl tries autoscaling/v1, which is not served, and says so instead"

DIFFERENCES: dict[tuple[str, str], str] = {
    ("11-kinds", "kubectl api-resources --api-group=networking.k8s.io --verbs=list -o name"): FEWER_KINDS,
    ("11-kinds", "kubectl explain deployment.spec.strategy"): NO_ENUMS,
    ("11-kinds", "kubectl explain pod.spec.containers.livenessProbe --recursive"): NO_ENUMS,
    ("11-kinds", "kubectl explain services.spec.type"): NO_ENUMS,
    (
        "20-pods",
        """kubectl patch pod cart -p '{"spec":{"containers":[{"name":"cart","ports":[{"containerPort":3001}]}]}}'""",
    ): GO_STRUCT,
    ("20-pods", """kubectl patch pod cart -p '{"spec":{"nodeName":"elsewhere"}}'"""): GO_STRUCT,
    ("20-pods", "kubectl replace -f cart.yaml"): GO_STRUCT,
    (
        "30-deployments",
        "kubectl autoscale deployment web-app --min=1 --max=5 --cpu=50%  # again",
    ): ONE_AUTOSCALING,
    (
        "70-nodes",
        "kubectl get leases -n kube-node-lease $WORKER -o jsonpath='{.spec.leaseDurationSeconds}{\"\\n\"}'",
    ): TIMINGS,
}
