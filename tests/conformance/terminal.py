"""A kubectl in a terminal, as a person has it."""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from fcntl import ioctl


class Terminal:
    """A kubectl in a terminal of 40 lines by 100 columns."""

    def __init__(self, kubectl, *arguments):
        self.master, slave = pty.openpty()
        self.resize(40, 100)
        self.process = subprocess.Popen(
            kubectl.argv(*arguments),
            env=kubectl.environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def resize(self, lines, columns):
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, wanted, within=30.0):
        """Read until there is a match of a pattern; answer the match."""
        text, end = "", time.monotonic() + within
        while not (found := re.search(wanted, text)):
            is_more = select.select([self.master], [], [], max(end - time.monotonic(), 0))[0]
            assert is_more, f"no {wanted!r} within {within} s: {text!r}"
            text += os.read(self.master, 65536).decode()
        return found

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
