"""Every version that the node image is made of. Change one, and only what depends on it is made again."""

from __future__ import annotations

from tests.kind.gomodules import Module

# The Go release of Kubernetes' own series: built with a newer series, its API server publishes a broken OpenAPI document.
GO = "go1.26.8"

KUBERNETES = Module(
    "k8s.io/kubernetes",
    "v1.36.2",
    tuple(
        f"cmd/{command}"
        for command in (
            "kubeadm", "kubelet", "kubectl",
            "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
        )
    ),
)  # fmt: skip
ETCD = Module("go.etcd.io/etcd/server/v3", "v3.6.8", ("",))  # kubeadm 1.36 passes flags of 3.6
COREDNS = Module("github.com/coredns/coredns", "v1.14.2", ("",))
LOCAL_PATH_PROVISIONER = Module("github.com/rancher/local-path-provisioner", "v0.0.30", ("",))
METRICS_SERVER = Module("sigs.k8s.io/metrics-server", "v0.9.0", ("cmd/metrics-server",))
CONTAINERD = Module(
    "github.com/containerd/containerd/v2",
    "v2.3.4",
    ("cmd/containerd", "cmd/containerd-shim-runc-v2", "cmd/ctr"),
    tags=("no_aufs", "no_zfs", "no_btrfs", "no_devmapper"),  # no node uses these snapshotters
)
CRICTL = Module("sigs.k8s.io/cri-tools", "v1.36.0", ("cmd/crictl",))
CNI_PLUGINS = Module(
    "github.com/containernetworking/plugins",
    "v1.9.1",
    ("plugins/ipam/host-local", "plugins/main/loopback", "plugins/main/ptp", "plugins/meta/portmap"),
)
KIND = Module("sigs.k8s.io/kind", "v0.33.0", ("",))

# The longest first: the others are built beside it.
MODULES = (
    KUBERNETES, KIND, ETCD, CONTAINERD, CRICTL, CNI_PLUGINS, METRICS_SERVER, COREDNS, LOCAL_PATH_PROVISIONER,
)  # fmt: skip

# systemd 256 and newer refuse cgroup v1 as a container's init; bookworm has 252.
DEBIAN = "bookworm"
NODE_PACKAGES = (
    "systemd", "runc", "libseccomp2",  # what runs services and containers
    "conntrack", "iptables", "nftables", "iproute2", "ethtool", "kmod", "mount", "util-linux",  # what Kubernetes calls
    "bash", "ca-certificates", "curl", "e2fsprogs", "jq", "procps",  # what kind and its scripts call
)  # fmt: skip

# Images that tests and the sample applications name, and what of Debian stands in for them here.
PYTHON, BUSYBOX = "python:3.13-slim", "busybox:1.36"
STAND_IN_PACKAGES = ("python3", "busybox")
