"""A second user by certificate: a request, somebody who approves it, and what is signed."""

import base64
import contextlib
import datetime as dt
import uuid

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .access import GROUP, cluster_wide, hired, rule
from .conftest import eventually

CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
CLIENT = "kubernetes.io/kube-apiserver-client"


def key_and_request(user, *groups):
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.COMMON_NAME, user)]
    names += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    request = (
        x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, hashes.SHA256())
    )
    return key, base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()


@pytest.fixture
def name(api):
    """The name of a request, which goes away afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    yield name
    api("DELETE", f"{CSRS}/{name}")


def body(name, request, **spec):
    spec = {"request": request, "signerName": CLIENT, "usages": ["client auth"], **spec}
    return {"metadata": {"name": name}, "spec": spec}


def approve(api, name, kind="Approved"):
    request = api.read(f"{CSRS}/{name}")
    request["status"]["conditions"] = [{"type": kind, "status": "True", "reason": "Known", "message": "seen"}]
    return api("PUT", f"{CSRS}/{name}/approval", request)


def certificate_of(api, name):
    encoded = eventually(lambda: api.read(f"{CSRS}/{name}")["status"].get("certificate"))
    return base64.b64decode(encoded)


def test_who_has_a_signed_certificate_is_its_user(api, name, tmp_path):
    key, request = key_and_request("jane", "tills", "night-shift")
    api.made(CSRS, body(name, request, usages=["digital signature", "client auth"]))
    assert approve(api, name).code == 200
    certificate, key_file = tmp_path / "jane.crt", tmp_path / "jane.key"
    certificate.write_bytes(certificate_of(api, name))
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
    jane = api.certified(certificate, key_file)
    found = jane.made("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})["status"]["userInfo"]
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    fingerprint = read.fingerprint(hashes.SHA256()).hex()
    assert found == {
        "username": "jane",
        "groups": ["tills", "night-shift", "system:authenticated"],
        "extra": {"authentication.kubernetes.io/credential-id": [f"X509SHA256={fingerprint}"]},
    }
    assert jane("GET", "pods").message.startswith(
        'pods is forbidden: User "jane" cannot list resource "pods"'
    )
    subject = {"kind": "Group", "name": "night-shift", "apiGroup": GROUP}
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"}
    api.made("rolebindings", {"metadata": {"name": "night"}, "roleRef": reference, "subjects": [subject]})
    eventually(lambda: jane("GET", "pods").code == 200)


def self_signed(folder, user):
    """Write a certificate that no authority knows; answer its file and that of its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    paths = folder / "own.crt", folder / "own.key"
    pem, form, secret = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    paths[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    paths[1].write_bytes(key.private_bytes(pem, form, secret))
    return paths


def test_a_certificate_that_no_authority_signed_is_nobodys(api, tmp_path):
    mallory = api.certified(*self_signed(tmp_path, "kubernetes-admin"))
    try:
        answer = mallory("GET", "/healthz")
    except urllib3.exceptions.HTTPError as error:
        raise AssertionError(f"no answer at all: {error}") from error
    assert answer.code == 401


def test_a_certificate_that_no_authority_signed_opens_nothing(api, tmp_path):
    mallory = api.certified(*self_signed(tmp_path, "kubernetes-admin"))
    with contextlib.suppress(urllib3.exceptions.HTTPError):  # a server may hang up on it
        assert mallory("GET", "pods").code in {401, 403}


def test_a_certificate_is_for_its_user_for_as_long_as_was_asked(api, name):
    _, request = key_and_request("mary")
    api.made(CSRS, body(name, request, expirationSeconds=3600))
    approve(api, name)
    certificate = x509.load_pem_x509_certificate(certificate_of(api, name))
    length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert dt.timedelta(minutes=60) <= length <= dt.timedelta(minutes=66)
    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_nothing_is_signed_that_nobody_approved(api, name):
    _, request = key_and_request("mary")
    made = api.made(CSRS, body(name, request, username="root", groups=["system:masters"]))
    assert made["spec"]["username"] == "kubernetes-admin"
    assert "system:masters" not in made["spec"]["groups"]
    assert made["status"] == {}
    assert approve(api, name, "Denied").code == 200
    assert "certificate" not in api.read(f"{CSRS}/{name}")["status"]


def test_denied_cannot_become_approved_too(api, name):
    _, request = key_and_request("mary")
    api.made(CSRS, body(name, request))
    found = api.read(f"{CSRS}/{name}")
    found["status"]["conditions"] = [
        {"type": kind, "status": "True", "reason": "Known"} for kind in ("Approved", "Denied")
    ]
    answer = api("PUT", f"{CSRS}/{name}/approval", found)
    assert answer.code == 422
    assert "Approved and Denied conditions are mutually exclusive" in answer.message


def test_what_a_clients_certificate_is_not_for_fails(api, name):
    _, request = key_and_request("mary")
    api.made(CSRS, body(name, request, usages=["client auth", "server auth"]))
    approve(api, name)

    def failed():
        return [
            each for each in api.read(f"{CSRS}/{name}")["status"]["conditions"] if each["type"] == "Failed"
        ]

    (found,) = eventually(failed)
    assert found["reason"] == "SignerValidationFailure"
    assert found["message"] == "invalid usage for client certificate: server auth"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"signerName": "nonsense"}, "spec.signerName"),
        ({"usages": []}, "spec.usages"),
        ({"usages": ["magic"]}, "spec.usages[0]"),
        ({"expirationSeconds": 10}, "spec.expirationSeconds"),
        ({"request": base64.b64encode(b"please").decode()}, "spec.request"),
    ],
)
def test_what_a_request_must_say(api, name, change, cause):
    _, request = key_and_request("mary")
    answer = api("POST", CSRS, {"metadata": {"name": name}, "spec": body(name, request)["spec"] | change})
    assert answer.code == 422
    assert [each["field"] for each in answer.object["details"]["causes"]] == [cause]


def test_nobody_becomes_a_master_by_certificate(api, name):
    _, request = key_and_request("mary", "system:masters")
    answer = api("POST", CSRS, body(name, request))
    expected = (
        f'certificatesigningrequests.certificates.k8s.io "{name}" is forbidden: '
        "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"
    )
    assert answer.refusal == (403, "Forbidden", expected)


def test_kubectl_approves_and_shows_requests(kubectl, api, name):
    _, request = key_and_request("mary")
    api.made(CSRS, body(name, request, expirationSeconds=86400))
    shown = kubectl.ok("get", "csr", name).splitlines()
    assert shown[0].split() == ["NAME", "AGE", "SIGNERNAME", "REQUESTOR", "REQUESTEDDURATION", "CONDITION"]
    assert shown[1].split()[2:] == [CLIENT, "kubernetes-admin", "24h", "Pending"]
    assert kubectl.ok("certificate", "approve", name) == (
        f"certificatesigningrequest.certificates.k8s.io/{name} approved\n"
    )
    (condition,) = api.read(f"{CSRS}/{name}")["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == (
        "KubectlApprove",
        "This CSR was approved by kubectl certificate approve.",
    )
    certificate_of(api, name)
    assert kubectl.ok("get", "csr", name, "--no-headers").split()[-1] == "Approved,Issued"


def test_who_may_approve_needs_the_signer_too(api, name):
    _, request = key_and_request("mary")
    api.made(CSRS, body(name, request))
    jane = hired(api)
    rules = [rule("get", "certificatesigningrequests", "certificates.k8s.io")]
    rules += [rule("update", "certificatesigningrequests/approval", "certificates.k8s.io")]
    with cluster_wide(api, "clusterroles", {"rules": rules}) as role:
        reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role["metadata"]["name"]}
        with cluster_wide(api, "clusterrolebindings", {"roleRef": reference, "subjects": [jane.subject]}):
            eventually(lambda: jane("GET", f"{CSRS}/{name}").code == 200)
            answer = approve(jane.api, name)
    expected = (
        f'certificatesigningrequests.certificates.k8s.io "{name}" is forbidden: '
        f'user not permitted to approve requests with signerName "{CLIENT}"'
    )
    assert answer.refusal == (403, "Forbidden", expected)
