"""The kinds of resources, as data: a kind costs a line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource. `resource` is the name that our own clients use: `deployments.apps`."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    deprecation: str = ""  # what upstream warns of with each answer

    @property
    def resource(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified_kind(self) -> str:
        """Answer `Deployment.apps`, as refusals write it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def list_kind(self) -> str:
        return f"{self.kind}List"

    @property
    def is_measured(self) -> bool:
        """Say whether it is served by the metrics server, which stores nothing and publishes no schema."""
        return self.group == METRICS


STATUS = ("status",)
SCALE = ("scale", "status")
CLUSTER = False
METRICS = "metrics.k8s.io"
MEASURED = ("get", "list")
VIRTUAL = ("create",)

KINDS: tuple[Kind, ...] = (
    Kind("", "v1", "Binding", "bindings", verbs=VIRTUAL),
    Kind("", "v1", "ComponentStatus", "componentstatuses", CLUSTER, ("cs",), verbs=("get", "list"),
         deprecation="v1 ComponentStatus is deprecated in v1.19+"),
    Kind("", "v1", "ConfigMap", "configmaps", short_names=("cm",)),
    Kind("", "v1", "Endpoints", "endpoints", short_names=("ep",),
         deprecation="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
    Kind("", "v1", "Event", "events", short_names=("ev",)),
    Kind("", "v1", "LimitRange", "limitranges", short_names=("limits",)),
    Kind("", "v1", "Namespace", "namespaces", CLUSTER, ("ns",), subresources=("finalize", "status"),
         verbs=tuple(verb for verb in ALL_VERBS if verb != "deletecollection")),
    Kind("", "v1", "Node", "nodes", CLUSTER, ("no",), subresources=("proxy", "status")),
    Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True, ("pvc",), subresources=STATUS),
    Kind("", "v1", "PersistentVolume", "persistentvolumes", CLUSTER, ("pv",), subresources=STATUS),
    Kind("", "v1", "Pod", "pods", True, ("po",), ("all",),
         ("attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy",
          "resize", "status")),
    Kind("", "v1", "PodTemplate", "podtemplates"),
    Kind("", "v1", "ReplicationController", "replicationcontrollers", True, ("rc",), ("all",), SCALE),
    Kind("", "v1", "ResourceQuota", "resourcequotas", True, ("quota",), subresources=STATUS),
    Kind("", "v1", "Secret", "secrets"),
    Kind("", "v1", "ServiceAccount", "serviceaccounts", True, ("sa",), subresources=("token",)),
    Kind("", "v1", "Service", "services", True, ("svc",), ("all",), ("proxy", "status")),
    Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", CLUSTER,
         ("crd", "crds"), ("api-extensions",), STATUS),
    Kind("apiregistration.k8s.io", "v1", "APIService", "apiservices", CLUSTER, categories=("api-extensions",),
         subresources=STATUS),
    Kind("apps", "v1", "ControllerRevision", "controllerrevisions"),
    Kind("apps", "v1", "DaemonSet", "daemonsets", True, ("ds",), ("all",), STATUS),
    Kind("apps", "v1", "Deployment", "deployments", True, ("deploy",), ("all",), SCALE),
    Kind("apps", "v1", "ReplicaSet", "replicasets", True, ("rs",), ("all",), SCALE),
    Kind("apps", "v1", "StatefulSet", "statefulsets", True, ("sts",), ("all",), SCALE),
    Kind("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", CLUSTER, verbs=VIRTUAL),
    Kind("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", CLUSTER, verbs=VIRTUAL),
    Kind("authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", verbs=VIRTUAL),
    Kind("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", CLUSTER, verbs=VIRTUAL),
    Kind("authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", CLUSTER, verbs=VIRTUAL),
    Kind("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", CLUSTER, verbs=VIRTUAL),
    Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True, ("hpa",), ("all",), STATUS),
    Kind("batch", "v1", "CronJob", "cronjobs", True, ("cj",), ("all",), STATUS),
    Kind("batch", "v1", "Job", "jobs", True, (), ("all",), STATUS),
    Kind("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", CLUSTER, ("csr",),
         subresources=("approval", "status")),
    Kind("coordination.k8s.io", "v1", "Lease", "leases"),
    Kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    Kind("events.k8s.io", "v1", "Event", "events", short_names=("ev",)),
    Kind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", CLUSTER),
    Kind("networking.k8s.io", "v1", "Ingress", "ingresses", True, ("ing",), subresources=STATUS),
    Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", True, ("netpol",)),
    Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", True, ("pdb",), subresources=STATUS),
    Kind("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", CLUSTER),
    Kind("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", CLUSTER),
    Kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
    Kind("rbac.authorization.k8s.io", "v1", "Role", "roles"),
    Kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", CLUSTER, ("pc",)),
    Kind("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities"),
    Kind("storage.k8s.io", "v1", "StorageClass", "storageclasses", CLUSTER, ("sc",)),
    Kind(METRICS, "v1beta1", "NodeMetrics", "nodes", CLUSTER, verbs=MEASURED),
    Kind(METRICS, "v1beta1", "PodMetrics", "pods", verbs=MEASURED),
)  # fmt: skip


@cache
def kinds_by_resource() -> dict[str, Kind]:
    """Map `deployments.apps` to its kind."""
    return {kind.resource: kind for kind in KINDS}


@cache
def kinds_by_api_version_and_kind() -> dict[tuple[str, str], Kind]:
    """Map `("apps/v1", "Deployment")`, as owner references have it, to its kind."""
    return {(kind.api_version, kind.kind): kind for kind in KINDS}
