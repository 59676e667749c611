"""Write what kubetutor knows of Kubernetes' protobuf form, from the Go modules that Kubernetes publishes.

    python tests/upstream/protobuf_table.py

Needs `go` and a way to its modules. It compiles the program in `protobuf/` against them and writes

* `kubetutor/embedded/apiserver/protobuf_fields.json`: for each message that our kinds reach, the numbers,
  JSON names and types of its fields, and which zero values Go's JSON leaves out;
* `tests/embedded/apiserver/protobuf/NAME.pb` and `NAME.json`: each NAME.yaml there, as Go's own encoders write it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).resolve().parent / "protobuf"
TABLE = ROOT / "kubetutor" / "embedded" / "apiserver" / "protobuf_fields.json"
GOLDEN = ROOT / "tests" / "embedded" / "apiserver" / "protobuf"
MODULES = ("k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver", "k8s.io/client-go")
VERSION = "v0.36.2"
BESIDES = (
    "v1 Binding",
    "v1 DeleteOptions",
    "v1 Status",
    "authentication.k8s.io/v1 TokenRequest",
    "autoscaling/v1 Scale",
    "policy/v1 Eviction",
)


def kinds() -> list[str]:
    """Answer `apps/v1 Deployment` for each kind that we serve, and for the bodies of subresources."""
    sys.path.insert(0, str(ROOT))
    from kubetutor.api.kinds import KINDS  # the path to the package is set just above

    return sorted({f"{kind.api_version} {kind.kind}" for kind in KINDS} | set(BESIDES))


def compact(path: Path) -> None:
    """Write the table with one message a line, so that changes can be read."""
    table = json.loads(path.read_text())
    messages = ",\n".join(f" {json.dumps(name)}: {json.dumps(m)}" for name, m in table["messages"].items())
    found = json.dumps(table["kinds"], indent=1)
    path.write_text(f'{{"kinds": {found},\n"messages": {{\n{messages}\n}}}}\n')


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in SOURCES.glob("*.go"):
            shutil.copy(source, folder)
        (folder / "kinds").write_text("\n".join(kinds()) + "\n")
        for command in (
            ["go", "mod", "init", "table"],
            ["go", "get", *(f"{module}@{VERSION}" for module in MODULES)],
            ["go", "run", ".", "kinds", str(TABLE), str(GOLDEN)],
        ):
            subprocess.run(command, cwd=folder, check=True)
    compact(TABLE)


if __name__ == "__main__":
    main()
