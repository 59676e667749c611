"""The user's own kubeconfig, which is read and never written: which files, which context, and a copy that stands alone.

1. KUBECONFIG names files; without it there is ~/.kube/config. Copies that we made ourselves are no source.
2. The first file that has an entry of a name wins, and so does the first `current-context`.
3. The copy has one context. Certificates are taken in; what must stay a file (a token that is renewed, a login
   command) is named by its full path. A path in a file means: beside that file.

Models: staging/src/k8s.io/client-go/tools/clientcmd/loader.go.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.api import kubeconfig
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.cluster.home import Home

EMBEDDED = ("certificate-authority", "client-certificate", "client-key")
IMPERSONATION = ("as", "as-uid", "as-groups", "as-user-extra")


@dataclass(frozen=True, slots=True)
class Source:
    """The kubeconfig files of a user, in the order in which they win, with what they hold."""

    files: tuple[tuple[Path, Object], ...]

    @property
    def paths(self) -> str:
        return ", ".join(str(path) for path, _document in self.files)

    def contexts(self) -> list[str]:
        names = [
            entry.get("name") for _path, document in self.files for entry in _entries(document, "contexts")
        ]
        return list(dict.fromkeys(str(name) for name in names))

    def current(self) -> str:
        return next(
            (str(doc["current-context"]) for _path, doc in self.files if doc.get("current-context")), ""
        )

    def one_context(self, name: str | None) -> Object:
        """Answer a kubeconfig with this context only, by default the current one, that needs no file beside it."""
        chosen = name or self.current()
        if not chosen:
            raise ClusterError(
                f"Your kubeconfig ({self.paths}) has no current context. "
                f"Say which one with --context; there are: {self._known()}."
            )
        if chosen not in self.contexts():
            raise ClusterError(
                f"Your kubeconfig ({self.paths}) has no context {chosen!r}. There are: {self._known()}."
            )
        context = self._entry("contexts", chosen)[1].get("context") or {}
        folder, cluster = self._entry("clusters", str(context.get("cluster", "")))
        user_folder, user = self._entry("users", str(context.get("user", "")))
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": chosen,
            "contexts": [{"name": chosen, "context": context}],
            "clusters": [{"name": context["cluster"], "cluster": _alone(cluster.get("cluster"), folder)}],
            "users": [{"name": context["user"], "user": _alone(user.get("user"), user_folder)}],
        }

    def _entry(self, kind: str, name: str) -> tuple[Path, Object]:
        for path, document in self.files:
            for entry in _entries(document, kind):
                if entry.get("name") == name:
                    return path.parent, entry
        raise ClusterError(
            f"Your kubeconfig ({self.paths}) names {name!r} among its contexts and has no such entry among its {kind}. "
            "Ask `kubectl config view` what is in it."
        )

    def _known(self) -> str:
        return ", ".join(self.contexts()) or "none"


def find(environ: Mapping[str, str], home: Home) -> Source:
    """Read the user's kubeconfig. Raise ClusterError when there is none, or when it cannot be read."""
    paths = files_of(environ, home)
    there = [path for path in paths if path.exists() and (path.is_dir() or path.stat().st_size)]
    if not there:
        looked = ", ".join(map(str, paths))
        raise ClusterError(
            f"You have no kubeconfig: {looked} is not there, or empty. Whoever runs the cluster can give you one; "
            "point KUBECONFIG at it. Without one, `kubetutor up --backend embedded` needs nothing."
        )
    return Source(tuple((path.absolute(), kubeconfig.load(path)) for path in there))


def files_of(environ: Mapping[str, str], home: Home) -> list[Path]:
    """List the files that kubectl would read, without those that are our own copies."""
    named = [Path(one) for one in environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    ours = (home.path / "clusters").resolve()
    others = [path for path in named if not path.resolve().is_relative_to(ours)]
    return others or [Path(environ.get("HOME") or Path.home()) / ".kube" / "config"]


def refuse_impersonation(document: Object) -> None:
    """Our views log in through the official Python client, which cannot act as somebody else."""
    user = document["users"][0]["user"]
    if asked := [key for key in IMPERSONATION if user.get(key)]:
        raise ClusterError(
            f"The context {document['current-context']!r} acts as somebody else ({', '.join(asked)} in its user entry), "
            "which the lessons' live views cannot do. Choose another one with --context."
        )


def _entries(document: Object, kind: str) -> Sequence[dict[str, Any]]:
    return [entry for entry in document.get(kind) or () if isinstance(entry, dict)]


def _alone(entry: Object | None, folder: Path) -> Object:
    """Answer a cluster's or a user's entry that does not depend on where it stands."""
    made = dict(entry or {})
    for key in EMBEDDED:
        if made.get(key) and not made.get(f"{key}-data"):
            made[f"{key}-data"] = _read_in(key, Path(folder, made[key]))
        made.pop(key, None)
    if made.get("tokenFile"):
        made["tokenFile"] = str(Path(folder, made["tokenFile"]))
    command = (made.get("exec") or {}).get("command") or ""
    if os.sep in command:
        made["exec"] = {**made["exec"], "command": os.path.normpath(folder / command)}
    return made


def _read_in(key: str, path: Path) -> str:
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise ClusterError(
            f"Your kubeconfig names {path} as its {key}, and it cannot be read: {error.strerror}. "
            "Put the file back, or mend the path in the kubeconfig."
        ) from error
