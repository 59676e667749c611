"""What the embedded cluster does differently from Kubernetes, and why it has to stay so.

Each test here passes on real Kubernetes and must fail on the embedded cluster: one that passes there is reported,
so that a difference that is gone leaves this table.
"""

from __future__ import annotations

DIFFERENCES: dict[str, str] = {
    "test_environment.py::test_the_working_folder_can_be_chosen": (
        "a pod sees the files of this machine: a folder that it names is made inside of its own"
    ),
    "test_termination.py::test_the_message_that_a_program_leaves_is_in_its_terminated_state": (
        "a pod sees the files of this machine: a path like /dev/termination-log is not its own"
    ),
}
