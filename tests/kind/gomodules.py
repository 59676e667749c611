"""Programs built from Go modules by their names, through whatever module proxy Go is set to use.

`go install module@version` refuses a module that replaces its own dependencies, as Kubernetes and etcd do. So each is
built from a small module of ours that requires it, with the checksums that it publishes itself. Kubernetes' go.mod
replaces its published parts (k8s.io/api and about thirty others) by folders that its module does not hold; they are
published as v0.MINOR.PATCH.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.kind.cache import made_once
from tests.kind.commands import run

BUILD_SECONDS = 1500


@dataclass(frozen=True)
class Module:
    """A Go module and those of its folders that hold programs; each program is named as Go names it."""

    path: str
    version: str
    folders: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        return tuple(f"{self.path}/{folder}".rstrip("/") for folder in self.folders)

    @property
    def title(self) -> str:
        """The module's path as one word, for folders and progress."""
        return f"{re.sub(r'[^a-z0-9]+', '-', self.path.lower())}-{self.version}"


def source(module: Module, go: str) -> Path:
    """Answer the folder that holds the module's files; Go downloads and verifies it once."""
    command = ["go", "mod", "download", "-json", f"{module.path}@{module.version}"]
    return Path(json.loads(run(command, environment=go_environment(go)))["Dir"])


def build(module: Module, go: str, cache: Path) -> Path:
    """Build the module's programs once; answer the folder that holds them."""

    def make(folder: Path) -> None:
        workspace = folder / "module"
        workspace.mkdir()
        downloaded = source(module, go)
        (workspace / "go.mod").write_text(go_mod((downloaded / "go.mod").read_text(), module))
        shutil.copyfile(downloaded / "go.sum", workspace / "go.sum")
        (workspace / "go.sum").chmod(0o644)
        command = ["go", "build", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", linker_flags(module)]
        command += ["-tags", ",".join(module.tags), "-o", f"{folder}/", *module.packages]
        run(command, folder=workspace, environment=go_environment(go), seconds=BUILD_SECONDS)

    return made_once(cache / "programs" / module.title, inputs=(repr(module), go), make=make)


def go_environment(go: str) -> dict[str, str]:
    """Answer an environment in which only `go` itself, static programs and our own go.mod count."""
    wanted = {"GOTOOLCHAIN": go, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    return {**os.environ, **wanted}


def go_mod(published: str, module: Module) -> str:
    """Answer the go.mod of a module of ours that requires `module`, and its parts where they are published."""
    release = re.search(r"^go (\S+)$", published, re.MULTILINE)
    debug = re.search(r"^godebug default=\S+$", published, re.MULTILINE)
    staging = re.findall(r"^\t(\S+) => \./staging/", published, re.MULTILINE)
    lines = [
        "module kubetutor.test/build",
        f"go {release[1] if release else '1.26'}",
        debug[0] if debug else "",
    ]
    lines.append(f"require {module.path} {module.version}")
    parts = re.sub(r"^v1", "v0", module.version)
    if staging:
        required = re.findall(r"^\t(\S+ v\S+)(?: // indirect)?$", published, re.MULTILINE)
        lines += [f"require {name}" for name in required if name.split()[0] not in staging]
        lines += [f"require {name} {parts}\nreplace {name} => {name} {parts}" for name in staging]
    return "\n".join(lines) + "\n"


def linker_flags(module: Module) -> str:
    """Answer flags that leave out symbols and, for Kubernetes, tell the programs their version."""
    if module.path != "k8s.io/kubernetes":
        return "-s -w"
    major, minor, _ = module.version.lstrip("v").split(".", 2)
    facts = {"gitVersion": module.version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    return " ".join(
        ["-s -w", *(f"-X k8s.io/component-base/version.{name}={fact}" for name, fact in facts.items())]
    )
