"""What a learner does on a machine without a network: install a bundle, start a cluster, use it, end it.

It runs in an empty network namespace, by a Python that has nothing but the standard library: `run` sees to both.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.request

SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h
PYTHON = sys._base_executable


def possible():
    """Say why there can be no empty network namespace here; empty when there can."""
    if shutil.which("unshare") is None:
        return "the command `unshare` is not here (util-linux)"
    done = subprocess.run(["unshare", "-r", "-n", "true"], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def run(bundle, home, *parts, seconds):
    """Run this file in an empty network namespace; answer what was said."""
    environ = {"PATH": os.defpath, "HOME": str(home.parent), "KUBETUTOR_HOME": str(home), "LANG": "C.UTF-8"}
    argv = ["unshare", "-r", "-n", PYTHON, "-S", __file__, str(bundle), str(home), *parts]
    done = subprocess.run(
        argv, env=environ, cwd=home.parent, text=True, timeout=seconds, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def step(*argv):
    began = time.monotonic()
    print("$", *argv, flush=True)
    subprocess.run(argv, check=True)
    print(f"({time.monotonic() - began:.1f} s)", flush=True)


def set_up_loopback():
    """Let there be 127.0.0.1, and see that there is nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    with contextlib.closing(socket.socket()) as trial:
        trial.settimeout(2)
        code = trial.connect_ex(("192.0.2.1", 443))  # an address for documentation: RFC 5737
    print(f"outside: {os.strerror(code)}", flush=True)
    assert code


def use_jupyterlab(kubetutor):
    """Start the lessons, ask for the page, and end it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    words = ["lab", "--no-browser", "--allow-root", "--port", str(port), "--IdentityProvider.token="]
    process = subprocess.Popen([kubetutor, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        page = eventually(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/lab", timeout=10).read())
        print(f"JupyterLab answers: {b'jupyter-config-data' in page}", flush=True)
    finally:
        process.terminate()
        process.wait()


def eventually(ask, seconds=60):
    """Ask until there is an answer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def main(bundle, home, *parts):
    set_up_loopback()
    step(PYTHON, bundle)
    kubetutor = f"{home}/environment/bin/kubetutor"
    step(kubetutor, "--version")
    if "--install-only" in parts:
        return
    try:
        step(kubetutor, "up", "--backend", "embedded")
        step(kubetutor, "kubectl", "--", "get", "nodes")
        if "lab" in parts:
            use_jupyterlab(kubetutor)
            step(kubetutor, "doctor")
        for lesson in (part for part in parts if part.endswith(".ipynb")):
            step(kubetutor, "run", f"{home}/lessons/{lesson}")
    finally:
        step(kubetutor, "down", "--all")


if __name__ == "__main__":
    main(*sys.argv[1:])
