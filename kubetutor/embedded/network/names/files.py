"""What a pod is told of names: its /etc/resolv.conf, /etc/hosts and /etc/hostname, as text. Pure.

Where the name server is not on port 53, the hosts file holds the names of all services too, and is kept up to date.

Models: pkg/kubelet/network/dns/dns.go, pkg/kubelet/kubelet_pods.go (managedHostsFileContent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import labels_of, name_of, namespace_of
from kubetutor.embedded.network.endpoints import SERVICE_NAME
from kubetutor.embedded.network.names.zone import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object

RESOLV_CONF, HOSTS, HOSTNAME = "/etc/resolv.conf", "/etc/hosts", "/etc/hostname"
FIRST_HOSTS = (
    "# Kubernetes-managed hosts file.\n"
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n"
)
HOST_NETWORK = "# Kubernetes-managed hosts file (host network).\n"
SERVICES = "\n# Services of the cluster: its name server could not have port 53.\n"
CLUSTER_OPTIONS = {"ndots": "5"}
LONGEST_HOSTNAME = 63


@dataclass(frozen=True, slots=True)
class Resolving:
    """How names are looked up: what stands in a resolv.conf."""

    servers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        lines = [f"search {' '.join(self.searches)}"] if self.searches else []
        lines += [f"nameserver {server}" for server in self.servers]
        if self.options:
            written = (f"{name}:{value}" if value else name for name, value in self.options)
            lines.append(f"options {' '.join(written)}")
        return "".join(f"{line}\n" for line in lines)


def read_resolving(text: str) -> Resolving:
    """Read a resolv.conf."""
    servers: list[str] = []
    searches: tuple[str, ...] = ()
    options: dict[str, str] = {}
    for line in text.splitlines():
        word, *rest = line.split() or [""]
        if word == "nameserver" and rest:
            servers.append(rest[0])
        elif word == "search":
            searches = tuple(each.removesuffix(".") for each in rest if each != ".")
        elif word == "options":
            options |= {name: value for name, _, value in (each.partition(":") for each in rest)}
    return Resolving(tuple(servers), searches, tuple(options.items()))


def resolvers_of(resolv_conf: Path) -> tuple[str, ...]:
    """Answer the machine's own name servers; none if it has no such file."""
    try:
        return read_resolving(resolv_conf.read_text(encoding="utf-8", errors="replace")).servers
    except FileNotFoundError:
        return ()


def pod_resolving(pod: Object, machine: Resolving, name_server: str) -> Resolving:
    """Answer how a pod resolves names, by its dnsPolicy and dnsConfig. `name_server` is the cluster's, "" if it has none."""
    spec = pod["spec"]
    policy, on_host = spec.get("dnsPolicy", "ClusterFirst"), bool(spec.get("hostNetwork"))
    is_cluster = policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not on_host)
    found = Resolving() if policy == "None" else machine
    if is_cluster and name_server:
        own = (f"{namespace_of(pod)}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN)
        searches = tuple(dict.fromkeys((*own, *machine.searches)))
        found = Resolving((name_server,), searches, tuple(CLUSTER_OPTIONS.items()))
    return _with(found, spec.get("dnsConfig") or {})


def _with(found: Resolving, config: Object) -> Resolving:
    options = dict(found.options)
    options |= {entry["name"]: entry.get("value") or "" for entry in config.get("options") or ()}
    return Resolving(
        tuple(dict.fromkeys((*found.servers, *(config.get("nameservers") or ())))),
        tuple(dict.fromkeys((*found.searches, *(config.get("searches") or ())))),
        tuple(options.items()),
    )


def hostname_of(pod: Object) -> str:
    """Answer the pod's name for itself."""
    hostname: str = pod["spec"].get("hostname") or name_of(pod)
    return hostname[:LONGEST_HOSTNAME].rstrip("-.")


def hosts_text(pod: Object, machine_hosts: str, more: str = "") -> str:
    """Answer the pod's hosts file: itself, its hostAliases, and `more`."""
    aliases = "".join(
        "\t".join((alias["ip"], *(alias.get("hostnames") or ()))) + "\n"
        for alias in pod["spec"].get("hostAliases") or ()
    )
    if aliases:
        aliases = f"\n# Entries added by HostAliases.\n{aliases}"
    if pod["spec"].get("hostNetwork"):
        return f"{HOST_NETWORK}{machine_hosts}{aliases}{more}"
    hostname, subdomain = hostname_of(pod), pod["spec"].get("subdomain")
    names = (
        [f"{hostname}.{subdomain}.{namespace_of(pod)}.svc.{DOMAIN}", hostname] if subdomain else [hostname]
    )
    return f"{FIRST_HOSTS}{pod['status']['podIP']}\t" + "\t".join(names) + f"\n{aliases}{more}"


def service_lines(
    namespace: str, services: Iterable[Object], slices_by_service: Mapping[str, Sequence[Object]]
) -> str:
    """Answer lines of a hosts file with the addresses of all services, short names for those of the namespace."""
    lines = []
    for service in sorted(services, key=lambda one: (namespace_of(one) or "", name_of(one))):
        own = namespace_of(service) == namespace
        at = f"{name_of(service)}.{namespace_of(service)}"
        address = service["spec"].get("clusterIP")
        if address == "None":
            for hostname, each in _endpoints(
                slices_by_service.get(f"{namespace_of(service)}/{name_of(service)}", ())
            ):
                names = _names(at, name_of(service), own=own)
                if hostname:
                    names += _names(f"{hostname}.{at}", f"{hostname}.{name_of(service)}", own=own)
                lines.append("\t".join((each, *names)))
        elif address:
            lines.append("\t".join((address, *_names(at, name_of(service), own=own))))
    return SERVICES + "".join(f"{line}\n" for line in lines)


def _names(at: str, short: str, *, own: bool) -> list[str]:
    return [f"{at}.svc.{DOMAIN}", f"{at}.svc", at, *((short,) if own else ())]


def _endpoints(slices: Iterable[Object]) -> list[tuple[str, str]]:
    return [
        (endpoint.get("hostname") or "", address)
        for one in slices
        for endpoint in one.get("endpoints") or ()
        if (endpoint.get("conditions") or {}).get("ready") is not False
        for address in endpoint.get("addresses") or ()
    ]


def group_by_service(slices: Iterable[Object]) -> dict[str, list[Object]]:
    """Map `namespace/name` of services to their slices."""
    groups: dict[str, list[Object]] = {}
    for one in slices:
        if name := labels_of(one).get(SERVICE_NAME):
            groups.setdefault(f"{namespace_of(one)}/{name}", []).append(one)
    return groups
