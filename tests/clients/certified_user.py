"""A kubeconfig whose user has a certificate, as the administrator of kind has and as the suite of kr8s expects.

The embedded cluster's own kubeconfig has a token instead. The certificate is asked for and approved the usual way.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kubetutor.api.wait import until

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.cluster.cluster import Cluster

USER = "kubernetes-admin"  # as the administrator of kind is called
REQUESTS = "certificatesigningrequests.certificates.k8s.io"


def write_kubeconfig(cluster: Cluster, path: Path) -> None:
    """Make an administrator with a certificate, and write the kubeconfig of this user."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = signed(cluster, key)
    cluster.kubectl("create", "clusterrolebinding", USER, "--clusterrole=cluster-admin", f"--user={USER}")
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_pem = key.private_bytes(pem, form, serialization.NoEncryption())
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {
        "client-certificate-data": certificate,
        "client-key-data": base64.b64encode(key_pem).decode(),
    }
    path.write_text(yaml.safe_dump(config))


def signed(cluster: Cluster, key: ec.EllipticCurvePrivateKey) -> str:
    """Ask for a certificate of the user, approve it, and answer it in base64."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, USER)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()
    spec = {"request": pem, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}
    cluster.api.create(REQUESTS, {"metadata": {"name": USER}, "spec": spec})
    cluster.kubectl("certificate", "approve", USER)
    read = until(
        lambda: cluster.api.get(REQUESTS, USER).get("status", {}).get("certificate"), what="the certificate of kr8s", timeout=30
    )  # fmt: skip
    return str(read)
