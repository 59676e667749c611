"""What the embedded cluster does differently from Kubernetes, and why it has to stay so.

Each test here passes on real Kubernetes and must fail on the embedded cluster: one that passes there is reported,
so that a difference that is gone leaves this table.
"""

from __future__ import annotations

DIFFERENCES: dict[str, str] = {
    # "test_file.py::test_name": reason
}
