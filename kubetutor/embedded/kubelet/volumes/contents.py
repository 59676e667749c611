"""Which files a volume has that is made of objects: ConfigMap, Secret, the pod itself, and a token. Pure.

Models: pkg/volume/{configmap,secret,downwardapi,projected}; the words of failures are theirs.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import namespace_of
from kubetutor.embedded.kubelet.environment import ConfigError, field_value, resource_value
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.environment import Lookup

DEFAULT_MODE = 0o644
NO_KEY = {
    "configmaps": "configmap references non-existent config key: {key}",
    "secrets": "references non-existent secret key: {key}",
}
PROJECTIONS = ("configMap", "secret", "downwardAPI", "projected")


class VolumeError(KubetutorError):
    """A volume cannot be made now. The text is what upstream's kubelet says after `MountVolume.SetUp failed`."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a volume."""

    data: bytes
    mode: int = DEFAULT_MODE


Files: TypeAlias = "dict[str, File]"


@dataclass(frozen=True, slots=True)
class View:
    """What a volume may be made of. `token` answers a token of the pod's account, for a `serviceAccountToken`."""

    pod: Object
    find: Lookup
    token: Callable[[Object], str]


def is_made_of_objects(volume: Object) -> bool:
    return any(kind in volume for kind in PROJECTIONS)


def volume_files(volume: Object, view: View) -> Files:
    """Answer path and content of each file. Raises `VolumeError`."""
    if "projected" in volume:
        return _projected(volume["projected"], view)
    kind = next(kind for kind in PROJECTIONS if kind in volume)
    return _projection(kind, volume[kind], volume[kind].get("defaultMode", DEFAULT_MODE), view)


def references(pod: Object) -> set[tuple[str, str]]:
    """Answer (resource, key) of each object that the pod's volumes are made of."""
    found = set()
    for volume in pod["spec"].get("volumes") or ():
        sources = (volume.get("projected") or {}).get("sources") or [volume]
        for source in sources:
            for kind, resource in (("configMap", "configmaps"), ("secret", "secrets")):
                if kind in source:
                    name = source[kind].get("name") or source[kind].get("secretName")
                    found.add((resource, f"{namespace_of(pod)}/{name}"))
    return found


def _projection(kind: str, source: Object, mode: int, view: View) -> Files:
    if kind == "downwardAPI":
        return _downward(source.get("items") or (), mode, view)
    if kind == "serviceAccountToken":
        return {source["path"]: File(view.token(source).encode(), mode)}
    if kind in {"configMap", "secret"}:
        return _of_object(f"{kind.lower()}s", source, mode, view)
    raise VolumeError(f"{kind} sources are not modelled by this cluster")


def _projected(volume: Object, view: View) -> Files:
    """Put all sources into one folder, a later one over an earlier. What is wrong with all of them is told at once."""
    files: Files = {}
    complaints: list[str] = []
    for source in volume.get("sources") or ():
        for kind in source:
            try:
                files.update(_projection(kind, source[kind], volume.get("defaultMode", DEFAULT_MODE), view))
            except VolumeError as error:
                complaints.append(str(error))
    if complaints:
        raise VolumeError(_together(complaints))
    return files


def _together(complaints: Iterable[str]) -> str:
    texts = list(dict.fromkeys(complaints))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _of_object(resource: str, source: Object, mode: int, view: View) -> Files:
    name = source.get("name") or source.get("secretName")
    found = view.find(resource, f"{namespace_of(view.pod)}/{name}")
    optional = bool(source.get("optional"))
    if found is None and not optional:
        raise VolumeError(f'{resource.removesuffix("s")} "{name}" not found')
    data = _data(resource, found or {})
    items = source.get("items")
    if not items:
        return {key: File(value, mode) for key, value in data.items()}
    missing = [item["key"] for item in items if item["key"] not in data]
    if missing and not optional:
        raise VolumeError(NO_KEY[resource].format(key=missing[0]))
    return {item["path"]: File(data[item["key"]], _mode(item, mode)) for item in items if item["key"] in data}


def _data(resource: str, found: Object) -> Mapping[str, bytes]:
    data = found.get("data") or {}
    if resource == "secrets":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary = {key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()}
    return {**{key: value.encode() for key, value in data.items()}, **binary}


def _mode(item: Object, mode: int) -> int:
    """Answer the item's own mode, which may be 0, else that of its volume."""
    own = item.get("mode")
    return mode if own is None else int(own)


def _downward(items: Iterable[Object], mode: int, view: View) -> Files:
    files: Files = {}
    for item in items:
        try:
            text = _downward_value(item, view)
        except ConfigError as error:
            raise VolumeError(str(error)) from error
        files[item["path"]] = File(text.encode(), _mode(item, mode))
    return files


def _downward_value(item: Object, view: View) -> str:
    if item.get("fieldRef"):
        return field_value(view.pod, item["fieldRef"]["fieldPath"])
    reference = item["resourceFieldRef"]
    return resource_value(view.pod, {"name": reference["containerName"]}, reference, view.find)
