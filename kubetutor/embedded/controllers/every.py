"""All control loops but the scheduler: what upstream's kube-controller-manager starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.controllers.cronjob import CronJobController
from kubetutor.embedded.controllers.daemonset import DaemonSetController
from kubetutor.embedded.controllers.deployment import DeploymentController
from kubetutor.embedded.controllers.disruption_budget import DisruptionBudgetController
from kubetutor.embedded.controllers.endpointslice import EndpointSliceController
from kubetutor.embedded.controllers.garbage_collector import GarbageCollector
from kubetutor.embedded.controllers.job import JobController
from kubetutor.embedded.controllers.namespace import NamespaceController
from kubetutor.embedded.controllers.node_lifecycle import NodeLifecycleController
from kubetutor.embedded.controllers.pod_garbage_collector import PodGarbageCollector
from kubetutor.embedded.controllers.replicaset import ReplicaSetController, ReplicationController
from kubetutor.embedded.controllers.resourcequota import ResourceQuotaController
from kubetutor.embedded.controllers.serviceaccount import ServiceAccountController
from kubetutor.embedded.controllers.statefulset import StatefulSetController
from kubetutor.embedded.controllers.taint_eviction import TaintEvictionController
from kubetutor.embedded.controllers.ttl_after_finished import TTLAfterFinishedController

if TYPE_CHECKING:
    from kubetutor.embedded.controllers.base import Context, Controller


def all_controllers(context: Context, ca_certificate: str) -> list[Controller]:
    """Answer one of each. `ca_certificate` is the PEM text that pods verify the API server with."""
    return [
        DeploymentController(context),
        ReplicaSetController(context),
        ReplicationController(context),
        DaemonSetController(context),
        StatefulSetController(context),
        JobController(context),
        CronJobController(context),
        TTLAfterFinishedController(context),
        EndpointSliceController(context),
        NamespaceController(context),
        GarbageCollector(context),
        ServiceAccountController(context, ca_certificate),
        NodeLifecycleController(context),
        TaintEvictionController(context),
        PodGarbageCollector(context),
        ResourceQuotaController(context),
        DisruptionBudgetController(context),
    ]
