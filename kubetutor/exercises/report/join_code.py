"""What the instructor reads out: a code of 16 letters and digits, in groups of four.

1. The first 6 (30 bits) are a secret: who says them may join. Guessing is slow, for the receiver bounds it, and ends with the code.
2. The last 10 (50 bits) belong to the receiver's certificate: a learner's machine talks to no other. They are made with
   scrypt, a tenth of a second each, so nobody finds another certificate with the same ones while a class lasts.
3. Letters that look alike are one: I and L are 1, O is 0. Small letters, spaces and dashes do not matter.
"""

from __future__ import annotations

import hashlib
import secrets

from kubetutor.errors import ClassroomError

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
SECRET, MARK = 6, 10  # characters
SALT = b"kubetutor class"
COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}  # 32 MiB


def new_secret() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(SECRET))


def mark_of(certificate: bytes) -> str:
    """Answer the letters of a certificate, given as DER."""
    number = int.from_bytes(hashlib.scrypt(certificate, salt=SALT, dklen=8, **COST))
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(MARK))


def written(secret: str, mark: str) -> str:
    whole = secret + mark
    return "-".join(whole[place : place + 4] for place in range(0, len(whole), 4))


def read(code: str) -> tuple[str, str]:
    """Answer the secret and the mark. Raise ClassroomError for what is no code."""
    plain = code.upper().translate(ALIKE)
    if len(plain) != SECRET + MARK or set(plain) - set(LETTERS):
        raise ClassroomError(
            f"{code!r} is no join code: it has {SECRET + MARK} letters and digits, like 7K2F-9MXD-4TRA-HW3C. "
            "Look at it again, or ask the instructor."
        )
    return plain[:SECRET], plain[SECRET:]
