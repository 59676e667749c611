"""All control loops but the scheduler: what upstream's kube-controller-manager starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.controllers.account_tokens import AccountTokensController
from kubetutor.embedded.controllers.autoscaling.horizontal import HorizontalController, PodMetrics
from kubetutor.embedded.controllers.certificate_signing import CertificateSigningController
from kubetutor.embedded.controllers.cronjob import CronJobController
from kubetutor.embedded.controllers.daemonset import DaemonSetController
from kubetutor.embedded.controllers.deployment import DeploymentController
from kubetutor.embedded.controllers.disruption_budget import DisruptionBudgetController
from kubetutor.embedded.controllers.endpointslice import EndpointSliceController
from kubetutor.embedded.controllers.garbage_collector import GarbageCollector
from kubetutor.embedded.controllers.job import JobController
from kubetutor.embedded.controllers.local_path_provisioner import LocalPathProvisioner
from kubetutor.embedded.controllers.namespace import NamespaceController
from kubetutor.embedded.controllers.node_lifecycle import NodeLifecycleController
from kubetutor.embedded.controllers.persistent_volume import PersistentVolumeController
from kubetutor.embedded.controllers.pod_garbage_collector import PodGarbageCollector
from kubetutor.embedded.controllers.replicaset import ReplicaSetController, ReplicationController
from kubetutor.embedded.controllers.resourcequota import ResourceQuotaController
from kubetutor.embedded.controllers.role_aggregation import RoleAggregationController
from kubetutor.embedded.controllers.serviceaccount import ServiceAccountController
from kubetutor.embedded.controllers.statefulset import StatefulSetController
from kubetutor.embedded.controllers.storage_protection import StorageProtectionController
from kubetutor.embedded.controllers.taint_eviction import TaintEvictionController
from kubetutor.embedded.controllers.ttl_after_finished import TTLAfterFinishedController

if TYPE_CHECKING:
    from kubetutor.embedded.client_authority import ClientAuthority
    from kubetutor.embedded.controllers.account_tokens import Sign
    from kubetutor.embedded.controllers.base import Context, Controller


@dataclass(frozen=True, slots=True)
class Keys:
    """What controllers sign with. `ca_certificate` is the PEM text that pods verify the API server with."""

    ca_certificate: str
    sign_token: Sign
    clients: ClientAuthority


def all_controllers(context: Context, keys: Keys, metrics: PodMetrics) -> list[Controller]:
    """Answer one of each."""
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
        ServiceAccountController(context, keys.ca_certificate),
        NodeLifecycleController(context),
        TaintEvictionController(context),
        PodGarbageCollector(context),
        ResourceQuotaController(context),
        DisruptionBudgetController(context),
        HorizontalController(context, metrics),
        PersistentVolumeController(context),
        LocalPathProvisioner(context),
        StorageProtectionController(context),
        RoleAggregationController(context),
        AccountTokensController(context, keys.ca_certificate, keys.sign_token),
        CertificateSigningController(context, keys.clients),
    ]
