"""Signs certificates for users: the cluster's authority for clients. Made when the first certificate is signed.

It is not the authority of the server's own certificate, whose key nobody keeps.

Models: pkg/controller/certificates/authority and signer (the signer `kubernetes.io/kube-apiserver-client`).
"""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

from kubetutor.embedded.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

BACKDATED = dt.timedelta(minutes=5)
KEY_USAGES = ("digital signature", "key encipherment")
LONGEST = dt.timedelta(days=365)  # controller manager: --cluster-signing-duration


class ClientAuthority:
    """Keeps its key in `folder`, for its owner only, and tells the server whom to trust."""

    def __init__(self, folder: Path) -> None:
        self._certificate, self._key = folder / "client-ca.crt", folder / "client-ca.key"
        self._tell: Callable[[], None] = lambda: None

    def be_trusted_by(self, context: ssl.SSLContext) -> None:
        """Let clients show certificates of ours, from now on or from when there is the first."""

        def trust() -> None:
            context.load_verify_locations(self._certificate)
            context.verify_mode = ssl.CERT_OPTIONAL

        self._tell = trust
        if self._certificate.exists():
            try:
                trust()
            except ssl.SSLError:
                self._certificate.unlink()  # damaged: the next signing makes another

    def sign(
        self, request: bytes, usages: Sequence[str], lifetime: dt.timedelta | None, now: dt.datetime
    ) -> bytes:
        """Answer a certificate for who made the request, as PEM text. `lifetime` is a wish."""
        from cryptography import x509  # noqa: PLC0415  # slow, and few clusters need it
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # as above
        from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415  # as above

        authority, key = self._authority(now)
        wanted = x509.load_pem_x509_csr(request)
        builder = (
            x509.CertificateBuilder()
            .subject_name(wanted.subject)
            .issuer_name(authority.subject)
            .public_key(wanted.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now - BACKDATED + LONGEST, now + min(lifetime or LONGEST, LONGEST)))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
        )
        if any(usage in usages for usage in KEY_USAGES):  # one without any bit is no valid certificate
            builder = builder.add_extension(_key_usage(usages), critical=True)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _authority(self, now: dt.datetime) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
        """Read the authority, or make it. One that is damaged is made anew: its certificates hold no longer."""
        from cryptography import x509  # noqa: PLC0415  # slow, and few clusters need it
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # as above
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # as above

        from kubetutor.embedded.certificates import make_authority  # noqa: PLC0415  # as above

        try:
            kept = x509.load_pem_x509_certificate(self._certificate.read_bytes())
            key = serialization.load_pem_private_key(self._key.read_bytes(), None)
        except (FileNotFoundError, ValueError):
            pass
        else:
            if isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == kept.public_key():
                return kept, key
        authority, made = make_authority(now)
        form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        write_private(self._key, made.private_bytes(serialization.Encoding.PEM, form, secret))
        write_private(self._certificate, authority.public_bytes(serialization.Encoding.PEM))
        self._tell()
        return authority, made


def _key_usage(usages: Sequence[str]) -> x509.KeyUsage:
    from cryptography import x509  # noqa: PLC0415  # slow, and few clusters need it

    return x509.KeyUsage(
        digital_signature="digital signature" in usages,
        content_commitment=False,
        key_encipherment="key encipherment" in usages,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
