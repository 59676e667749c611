"""To the instructor's receiver: HTTPS, to exactly the machine whose certificate the join code names.

The certificate is looked at before anything is said. No proxy is asked: a receiver is in the same network.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

from kubetutor.errors import ClassroomError
from kubetutor.exercises.report import join_code
from kubetutor.exercises.report.membership import Membership

if TYPE_CHECKING:
    from kubetutor.exercises.report.report import Report

PORT = 8890
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 8.0
JOIN, REPORT = "/join", "/report"
LARGEST_ANSWER = 4096


def join(address: str, code: str, name: str, before: Membership | None = None) -> Membership:
    """Join the class at `host:port`. Who was there before keeps the seat. Raise ClassroomError where that cannot be."""
    secret, mark = join_code.read(code)
    address = whole(address)
    certificate = _certificate_at(address)
    if not hmac.compare_digest(join_code.mark_of(certificate), mark):
        raise ClassroomError(
            f"The machine at {address} is not the one that this code belongs to, so nothing was sent to it. "
            "Compare address and code with what the instructor shows, and tell the instructor if they are right."
        )
    pin = hashlib.sha256(certificate).hexdigest()
    token = before.token if before is not None and before.pin == pin else ""
    member = Membership(name, address=address, pin=pin, token=token)
    answer = _ask(member, "POST", JOIN, json.dumps({"code": secret, "name": name}))
    return Membership(answer["name"], address=address, pin=pin, token=answer["token"])


def deliver(member: Membership, report: Report) -> None:
    """Send a report. Done means: the receiver has it on its disk. Raise ClassroomError otherwise."""
    _ask(member, "PUT", REPORT, report.as_json())


def withdraw(member: Membership) -> None:
    """Have the receiver forget this learner."""
    _ask(member, "DELETE", REPORT)


def whole(address: str) -> str:
    """Answer `host:port` of what was typed."""
    host, colon, port = address.rpartition(":")
    host, port = (host, port) if colon else (address, str(PORT))
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ClassroomError(f"{address!r} is no address: it is like 192.168.1.5:{PORT}.")
    return f"{host}:{port}"


def _certificate_at(address: str) -> bytes:
    """Answer the certificate, as DER, that is shown at this address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = (
        False,
        ssl.CERT_NONE,
    )  # compared with the code, before anything is said
    host, port = _parts(address)
    try:
        with (
            socket.create_connection((host, port), timeout=CONNECT_SECONDS) as plain,
            context.wrap_socket(plain) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise ClassroomError(_silent(address, error)) from error


def _ask(member: Membership, method: str, path: str, body: str = "") -> Any:
    """Send one request on a connection of its own, and answer the JSON that comes back, or None."""
    import urllib3  # noqa: PLC0415  # only who joined a class needs it

    if not re.fullmatch(r"[0-9a-f]{64}", member.pin):  # without one urllib3 would take any certificate
        raise ClassroomError("The class that was joined is not kept whole on this machine. Join again.")
    host, port = _parts(member.address)
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if member.token:
        headers["Authorization"] = f"Bearer {member.token}"
    with urllib3.HTTPSConnectionPool(
        host, port, cert_reqs="CERT_NONE", assert_hostname=False, assert_fingerprint=member.pin,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS), retries=False, maxsize=1,
    ) as pool:  # fmt: skip
        try:
            response = pool.request(method, path, body=body.encode(), headers=headers, preload_content=False)
            answered = response.read(LARGEST_ANSWER)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClassroomError(_silent(member.address, error)) from error
    return _read(response.status, answered)


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _read(status: int, answered: bytes) -> Any:
    if status == 204:
        return None
    try:
        document = json.loads(answered)
        if status == 200:
            return {"name": str(document["name"]), "token": str(document["token"])}
        raise ClassroomError(str(document["error"])[:300])
    except (ValueError, LookupError, TypeError) as error:
        raise ClassroomError(f"The receiver answered {status} in a way that is not understood.") from error


def _silent(address: str, error: Exception) -> str:
    return (
        f"The receiver at {address} does not answer ({type(error).__name__}). "
        "Is the class open, the address right, and this machine in the same network?"
    )
