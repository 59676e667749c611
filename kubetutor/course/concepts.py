"""The glossary of the course: what each concept is called in prose, in manifests and in kubectl commands.

A lesson may use a concept only once a lesson has taught it: that lesson, or an earlier one. Which lesson teaches what, the
lessons say themselves (`Lesson.teaches`); `lesson` is the plan for those that are not written yet.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept. `words` are lower case, singular; `verbs` are kubectl's subcommands; `fields` are keys of manifests."""

    slug: str
    lesson: str
    words: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


START, CLUSTERS, NODES, PODS = "start-here", "clusters", "nodes", "pods"
DEPLOYMENTS, SERVICES, NAMESPACES, SCALING = "deployments", "services", "namespaces", "scaling"
ROLLOUTS, WRONG, KUBECTL = "rollouts-and-rollbacks", "when-things-go-wrong", "kubectl"
ALTERNATIVES, MANAGED = "alternatives", "managed"

CONCEPTS = (
    # What everything else is said with.
    Concept("kubectl", START, ("kubectl",), verbs=("get", "apply", "delete", "create")),
    Concept("cluster", START, ("cluster",), ("Cluster",)),  # the kind of a file for kind
    Concept("container", START, ("container",), fields=("containers",)),
    Concept("image", START, ("image",), fields=("image",)),
    Concept("node", START, ("node",), ("Node",)),
    Concept("pod", START, ("pod",), ("Pod",)),
    Concept("deployment", START, ("deployment",), ("Deployment",), fields=("replicas",)),
    Concept("service", START, ("service",), ("Service",)),
    Concept("namespace", START, ("namespace",), ("Namespace",)),
    # The cluster and the way to it.
    Concept("control plane", CLUSTERS, ("control plane", "api server"), ("ComponentStatus",), ("cluster-info", "version")),
    Concept("kubeconfig", CLUSTERS, ("kubeconfig", "context"), verbs=("config",)),
    Concept("kinds of object", CLUSTERS, ("kind",), ("APIService", "CustomResourceDefinition"), ("api-resources", "api-versions")),
    # Nodes and where pods land.
    Concept("label", NODES, ("label",), verbs=("label",), fields=("nodeSelector",)),
    Concept("taint", NODES, ("taint",), verbs=("taint",), fields=("tolerations", "taints")),
    Concept("cordon", NODES, ("cordon",), verbs=("cordon", "uncordon")),
    Concept("drain", NODES, ("drain",), verbs=("drain",)),
    Concept("lease", NODES, ("lease", "heartbeat"), ("Lease",)),
    Concept("describe", NODES, ("describe",), verbs=("describe",)),
    Concept("event", NODES, ("event",), ("Event",), ("events",)),
    Concept("resource request", NODES, ("cpu", "memory"), fields=("requests",)),
    Concept("affinity", NODES, ("affinity", "spread"), fields=("affinity", "topologySpreadConstraints")),
    Concept("daemonset", NODES, ("daemonset",), ("DaemonSet",)),
    # A pod's life.
    Concept("bare pod", PODS, ("bare pod", "kubectl run"), verbs=("run",)),
    Concept("wait", PODS, ("kubectl wait", "wait"), verbs=("wait",)),
    Concept("log", PODS, ("log",), verbs=("logs",)),
    Concept("exec", PODS, ("exec",), verbs=("exec",)),
    Concept("port-forward", PODS, ("port-forward", "port forward"), verbs=("port-forward",)),
    Concept("readiness probe", PODS, ("readiness probe",), fields=("readinessProbe",)),
    Concept("liveness probe", PODS, ("liveness probe",), fields=("livenessProbe",)),
    Concept("startup probe", PODS, ("startup probe",), fields=("startupProbe",)),
    Concept("init container", PODS, ("init container", "sidecar"), fields=("initContainers",)),
    Concept("restart policy", PODS, ("restart policy", "restartpolicy"), fields=("restartPolicy",)),
    Concept("grace period", PODS, ("grace period", "sigterm"), fields=("terminationGracePeriodSeconds",)),
    Concept("volume", PODS, ("volume",), fields=("volumes", "volumeMounts")),
    Concept("environment variable", PODS, ("environment variable", "environment"), fields=("env", "envFrom")),
    Concept("explain", PODS, ("explain",), verbs=("explain",)),
    # What keeps pods running.
    Concept("replicaset", DEPLOYMENTS, ("replicaset",), ("ReplicaSet",)),
    Concept("scale", DEPLOYMENTS, ("scale", "replica"), verbs=("scale",)),
    Concept("rollout", DEPLOYMENTS, ("rollout", "rolling update"), verbs=("rollout",)),
    Concept("set image", DEPLOYMENTS, ("image",), verbs=("set",)),
    Concept("selector", DEPLOYMENTS, ("selector",)),
    # How pods are found.
    Concept("expose", SERVICES, ("expose",), verbs=("expose",)),
    Concept("endpoints", SERVICES, ("endpoint", "endpointslice"), ("EndpointSlice", "Endpoints")),
    Concept("headless service", SERVICES, ("headless",)),
    Concept("statefulset", SERVICES, ("statefulset",), ("StatefulSet",)),
    Concept("ingress", SERVICES, ("ingress", "gateway"), ("Ingress", "IngressClass", "Gateway", "HTTPRoute")),
    Concept("network policy", SERVICES, ("network policy", "networkpolicy"), ("NetworkPolicy",)),
    # Who may have what.
    Concept("quota", NAMESPACES, ("quota",), ("ResourceQuota",)),
    Concept("limit range", NAMESPACES, ("limit range", "limitrange"), ("LimitRange",)),
    Concept("resource limit", NAMESPACES, ("limit",), fields=("limits",)),
    Concept("role", NAMESPACES, ("role",), ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"), ("auth",)),
    Concept("service account", NAMESPACES, ("service account", "serviceaccount"), ("ServiceAccount",), fields=("serviceAccountName",)),
    # As many as it takes.
    Concept("autoscaler", SCALING, ("autoscaler", "horizontalpodautoscaler"), ("HorizontalPodAutoscaler",), ("autoscale",)),
    Concept("metrics", SCALING, ("metric",), ("PodMetrics", "NodeMetrics"), ("top",)),
    # Change without loss.
    Concept("strategy", ROLLOUTS, ("strategy", "recreate", "maxsurge"), fields=("strategy", "maxSurge", "maxUnavailable")),
    Concept("revision", ROLLOUTS, ("revision", "history"), fields=("revisionHistoryLimit",)),
    Concept("progress deadline", ROLLOUTS, ("progress deadline", "progressdeadlineseconds"), fields=("progressDeadlineSeconds",)),
    Concept("minimum ready time", ROLLOUTS, ("minreadyseconds",), fields=("minReadySeconds",)),
    Concept("preStop hook", ROLLOUTS, ("prestop",), fields=("lifecycle", "preStop")),
    Concept("disruption budget", WRONG, ("disruption budget",), ("PodDisruptionBudget",)),
    Concept("priority", WRONG, ("priority",), ("PriorityClass",), fields=("priorityClassName",)),
    # The whole of kubectl.
    Concept("edit", KUBECTL, ("edit",), verbs=("edit",)),
    Concept("patch", KUBECTL, ("patch",), verbs=("patch",)),
    Concept("replace", KUBECTL, ("replace",), verbs=("replace",)),
    Concept("diff", KUBECTL, ("diff",), verbs=("diff",)),
    Concept("annotation", KUBECTL, ("annotation", "annotate"), verbs=("annotate",)),
    Concept("copy", KUBECTL, ("kubectl cp", "copy"), verbs=("cp",)),
    Concept("attach", KUBECTL, ("attach",), verbs=("attach",)),
    Concept("debug", KUBECTL, ("kubectl debug", "debug"), verbs=("debug",)),
    Concept("proxy", KUBECTL, ("kubectl proxy", "proxy"), verbs=("proxy",)),
    Concept("kustomize", KUBECTL, ("kustomize",), verbs=("kustomize",)),
    Concept("kubectl's own settings", KUBECTL, ("completion", "plugin", "kuberc"), verbs=("completion", "plugin", "kuberc", "options", "help")),
    # What other tools have a word for as well.
    Concept("configmap", ALTERNATIVES, ("configmap",), ("ConfigMap",), fields=("configMapKeyRef", "configMapRef", "configMap")),
    Concept("secret", ALTERNATIVES, ("secret",), ("Secret",), fields=("secretKeyRef", "secretRef", "secret", "imagePullSecrets")),
    Concept("job", ALTERNATIVES, ("job",), ("Job",)),
    Concept("cronjob", ALTERNATIVES, ("cronjob",), ("CronJob",)),
    Concept("claim", ALTERNATIVES, ("claim",), ("PersistentVolumeClaim", "PersistentVolume"), fields=("persistentVolumeClaim", "volumeClaimTemplates")),
    Concept("storage class", MANAGED, ("storage class", "storageclass"), ("StorageClass",), fields=("storageClassName",)),
    Concept("certificate", MANAGED, ("certificate",), ("CertificateSigningRequest",), ("certificate",)),
)  # fmt: skip


def by_slug() -> dict[str, Concept]:
    return {concept.slug: concept for concept in CONCEPTS}


def by_kind() -> dict[str, Concept]:
    return {kind: concept for concept in CONCEPTS for kind in concept.kinds}


def by_verb() -> dict[str, Concept]:
    return {verb: concept for concept in CONCEPTS for verb in concept.verbs}


def by_field() -> dict[str, Concept]:
    return {name: concept for concept in CONCEPTS for name in concept.fields}
