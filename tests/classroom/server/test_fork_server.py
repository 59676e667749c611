"""What the fork server loads for everybody, seen in a process of its own: it changes modules of that process for good."""

import subprocess
import sys

ASKS = """
import sys
from kubetutor.classroom.server import fork_server
fork_server.load()
import IPython.core.shellapp, ipykernel.ipkernel
print(set(IPython.core.shellapp.sys.modules) == set(sys.modules))
import colorsys
print("colorsys" in IPython.core.shellapp.sys.modules, set(IPython.core.shellapp.sys.modules) == set(sys.modules))
print(ipykernel.ipkernel.sys.modules == {}, ipykernel.ipkernel.sys.path is sys.path)
from kubetutor.embedded.apiserver.schema import Schema
print(Schema.load(None).type_of("", "v1", "Pod") is not None)
"""


def test_kernels_know_all_modules_by_name_though_they_look_at_none():
    done = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 6
