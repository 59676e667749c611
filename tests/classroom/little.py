"""Little wheels and little bundles, that are real all the same: pip installs them, and the installer takes them."""

import base64
import hashlib
import zipfile
from importlib import metadata

from kubetutor.classroom.bundle import closure
from kubetutor.classroom.bundle.installer.machine import this_machine
from kubetutor.classroom.bundle.installer.manifest import Manifest, Target
from kubetutor.classroom.bundle.own_wheel import repacked
from kubetutor.classroom.bundle.writing import Writer
from kubetutor.cluster import share

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
ENTRY_POINTS = "[console_scripts]\nkubetutor = kubetutor.__main__:main\n"


def wheel(folder, name, version="1.0", requires=(), tag="py3-none-any", files=None):
    """Write a wheel; answer where it is."""
    info = f"{name}-{version}.dist-info"
    metadata = "".join(f"Requires-Dist: {each}\n" for each in requires)
    contents = {
        **(files if files is not None else {f"{name}.py": b""}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}".encode(),
        f"{info}/WHEEL": WHEEL.format(tag=tag).encode(),
    }
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as file:
        rows = []
        for member, content in contents.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            file.writestr(zipfile.ZipInfo(member), content)
            rows.append(f"{member},sha256={digest},{len(content)}\n")
        file.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "".join(rows) + f"{info}/RECORD,,\n")
    return path


def own(folder):
    """Write a wheel of this very kubetutor, without its lessons."""
    package, clusters = share.PACKAGE, share.folder("clusters")
    files = {
        f"kubetutor/{path.relative_to(package)}": path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and "share" not in path.parts
    }
    files |= {f"kubetutor/share/clusters/{path.name}": path.read_bytes() for path in clusters.glob("*.yaml")}
    files["kubetutor-0.1.0.dist-info/entry_points.txt"] = ENTRY_POINTS.encode()
    return wheel(folder, "kubetutor", "0.1.0", files=files)


def installed(name, folder):
    """Put a wheel together from what is installed here."""
    return repacked(metadata.distribution(name), folder)


def bundle(path, wheels, *, target=None, more=None, **said):
    """Write a bundle of these wheels and `more` members, for this machine or for another target."""
    machine = this_machine()
    names = tuple(f"wheels/{each.name}" for each in wheels)
    unpacked = sum(closure.read(each).unpacked for each in wheels)
    here = Target(machine.python, machine.system, machine.machine, machine.libc, "", names, unpacked)
    with Writer(path) as writer:
        for each in wheels:
            writer.add_file(f"wheels/{each.name}", each)
        for name, content in (more or {}).items():
            writer.add(name, [content])
        writer.finish(Manifest("0.1.0", "2026-11-23", (target or here,), writer.members, **said))
    return path
