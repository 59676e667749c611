"""Signs the tokens of service accounts, and reads what was signed here.

The key is made when the first token is asked for, and kept beside the certificates, for its owner only.
A token that was read once is remembered: a program sends the same one with each request.

Models: pkg/serviceaccount/jwt.go.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.embedded.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from kubetutor.api.objects import Object

ISSUER = "https://kubernetes.default.svc.cluster.local"
KEY_BITS, EXPONENT = 2048, 65537
REMEMBERED = 1024  # tokens


class TokenError(Exception):
    """This is no token of ours, or one that holds no longer. Its text says why: none if it looks like nothing of ours."""


class TokenIssuer:
    """Signs and reads JSON web tokens (RS256). Without a path the key lives as long as the process."""

    def __init__(self, key_path: Path | None = None) -> None:
        self._path = key_path
        self._read: dict[str, Object] = {}

    def sign(self, claims: Object) -> str:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # few starts need it
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415  # as above

        signed = f"{_encoded({'alg': 'RS256', 'kid': self.key_id})}.{_encoded(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def read(self, token: str) -> Object:
        """Answer what a token of ours says. Whether that still holds is not looked at. Raises TokenError."""
        known = self._read.get(token)
        if known is None:
            known = self._verified(token)
            if len(self._read) >= REMEMBERED:
                self._read.clear()
            self._read[token] = known
        return known

    def _verified(self, token: str) -> Object:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # few starts need it
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # as above
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415  # as above

        try:
            header, claims, signature = token.split(".")
            if _decoded(header).get("alg") != "RS256":
                raise TokenError
            said = _decoded(claims)
            self._key.public_key().verify(
                _bytes(signature), f"{header}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (ValueError, UnicodeError) as error:
            raise TokenError from error
        except InvalidSignature as error:
            raise TokenError("go-jose/go-jose: error in cryptographic primitive") from error
        return said

    @cached_property
    def key_id(self) -> str:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # few starts need it

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = self._key.public_key().public_bytes(serialization.Encoding.DER, form)
        return _base64(hashlib.sha256(public).digest())

    def public_keys(self) -> Object:
        """Answer the JSON web key set with which anybody can check our tokens."""
        numbers = self._key.public_key().public_numbers()
        key = {"use": "sig", "kty": "RSA", "kid": self.key_id, "alg": "RS256"}
        return {"keys": [{**key, "n": _number(numbers.n), "e": _number(numbers.e)}]}

    @cached_property
    def _key(self) -> RSAPrivateKey:
        """Read the key, or make it. One that is damaged is made anew: its tokens hold no longer."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # few starts need it
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  # as above

        if self._path is not None and self._path.exists():
            try:
                found = serialization.load_pem_private_key(self._path.read_bytes(), None)
                if isinstance(found, rsa.RSAPrivateKey):
                    return found
            except ValueError:
                pass  # damaged: said above
        key = rsa.generate_private_key(EXPONENT, KEY_BITS)
        if self._path is not None:
            pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
            write_private(self._path, key.private_bytes(pem, form, serialization.NoEncryption()))
        return key


def _encoded(content: Any) -> str:
    return _base64(orjson.dumps(content))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(number: int) -> str:
    return _base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _bytes(text: str) -> bytes:
    """Undo `_base64`. Raises ValueError."""
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _decoded(text: str) -> Object:
    content = orjson.loads(_bytes(text))
    if not isinstance(content, dict):
        raise ValueError(text)  # noqa: TRY004  # what is wrong is the text
    return content
