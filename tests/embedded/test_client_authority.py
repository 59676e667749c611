"""The authority that signs for users: what it signs, what it keeps, and what it does when that is damaged."""

import datetime as dt
import ssl
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kubetutor.embedded.client_authority import ClientAuthority

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def signed(authority, usages=("client auth",), lifetime=DAY):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    made = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    return x509.load_pem_x509_certificate(authority.sign(pem, usages, lifetime, NOW))


def its_own(folder):
    return x509.load_pem_x509_certificate((folder / "client-ca.crt").read_bytes())


def test_a_certificate_is_signed_for_who_asked_and_for_as_long(tmp_path):
    certificate = signed(ClientAuthority(tmp_path), ("client auth", "digital signature"))
    certificate.verify_directly_issued_by(its_own(tmp_path))
    assert certificate.subject.rfc4514_string() == "CN=jane"
    assert certificate.not_valid_before_utc == NOW - dt.timedelta(minutes=5)
    assert certificate.not_valid_after_utc == NOW + DAY
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature


def test_a_certificate_without_usages_of_its_key_says_nothing_of_them(tmp_path):
    certificate = signed(ClientAuthority(tmp_path))
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.KeyUsage)


def test_nothing_is_signed_for_more_than_a_year(tmp_path):
    certificate = signed(ClientAuthority(tmp_path), lifetime=1000 * DAY)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == 365 * DAY


def test_the_authority_is_kept_for_its_owner_alone(tmp_path):
    signed(ClientAuthority(tmp_path))
    first = its_own(tmp_path)
    assert stat.S_IMODE((tmp_path / "client-ca.key").stat().st_mode) == 0o600
    signed(ClientAuthority(tmp_path)).verify_directly_issued_by(first)


@pytest.mark.parametrize("name", ["client-ca.key", "client-ca.crt"])
def test_a_damaged_authority_is_made_anew(tmp_path, name):
    signed(ClientAuthority(tmp_path))
    (tmp_path / name).write_bytes(b"nonsense")
    authority = ClientAuthority(tmp_path)
    authority.be_trusted_by(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    signed(authority).verify_directly_issued_by(its_own(tmp_path))


def test_a_server_asks_for_certificates_from_the_first_that_is_signed(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = ClientAuthority(tmp_path)
    authority.be_trusted_by(context)
    assert context.verify_mode is ssl.CERT_NONE
    signed(authority)
    assert context.verify_mode is ssl.CERT_OPTIONAL
    again = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ClientAuthority(tmp_path).be_trusted_by(again)
    assert again.verify_mode is ssl.CERT_OPTIONAL
