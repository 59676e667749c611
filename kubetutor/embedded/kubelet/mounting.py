"""A container's own view of the files of this machine, with its volumes in it: a mount namespace. Linux only.

1. The fork server moves once into a mount namespace of its own. The kernel allows this to root; everybody else needs
   a user namespace around it, in which each process keeps its user and group.
2. There it makes a small /dev, like the one that container runtimes make, in which files can be added.
3. Each container is forked into a copy of that namespace, and mounts its volumes there. The machine sees none of it.
4. Where a mount path does not exist, the folder above it is mirrored: an empty one in memory takes its place, and all
   its entries are mounted back into it. Then the path is made in there.
5. Who executes a command in a container enters the namespace of its main process.

It runs in the fork server and its children, so it imports the standard library only, and little of it: no pathlib,
which would cost every child memory.

Models: what runc does for containerd (libcontainer/rootfs_linux.go), with the machine's files in place of an image's.
"""

# No pathlib, see above.
# ruff: noqa: PTH102, PTH103, PTH112, PTH114, PTH115, PTH116, PTH118, PTH120, PTH123, PTH211

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from typing import Any

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC = 1, 2, 32, 4096, 16384
MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE = 1 << 17, 1 << 18, 1 << 19
MNT_DETACH = 2
# What statvfs answers (ST_...) and what mount takes (MS_...) is the same but for `relatime`.
KEPT_FLAGS, ST_RELATIME, MS_RELATIME = 2 | 4 | 8 | 1024 | 2048, 4096, 1 << 21
PIVOT_ROOT = {
    "x86_64": 155,
    "aarch64": 41,
    "riscv64": 41,
    "i686": 217,
    "armv7l": 218,
    "s390x": 217,
    "ppc64le": 203,
}
CAPABILITY_VERSION = 0x20080522
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue", "fd")
UNUSABLE = {
    errno.ENOENT,
    errno.EACCES,
    errno.ENOTCONN,
    errno.ESTALE,
}  # gone meanwhile, or a dead network folder
STREAMS = ("stdin", "stdout", "stderr")
MACHINE_DEVICES = ".machine"  # all of the machine's /dev, for ptmx: the kernel looks for pts beside it
WRONG_TYPE = (
    'error mounting "{source}" to rootfs at "{target}": mount {source}:{target} (via /proc/self/fd/{fd}), '
    "flags: 0x5000: not a directory"
)


class Kernel:
    """The system calls that Python has no name for. Each raises OSError."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def mount(self, source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
        words = [os.fsencode(word) or None for word in (source, target, kind, options)]
        self._checked(self._libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]), target)

    def unmount(self, target: str) -> None:
        self._checked(self._libc.umount2(os.fsencode(target), MNT_DETACH), target)

    def unshare(self, flags: int) -> None:
        self._checked(self._libc.unshare(flags), "unshare")

    def enter(self, fd: int, kind: int) -> None:
        self._checked(self._libc.setns(fd, kind), "setns")

    def make_root(self) -> None:
        """Let the working folder, which must be a mount, be the root; the old root goes away."""
        number = PIVOT_ROOT.get(os.uname().machine)
        if number is None:
            raise OSError(errno.ENOSYS, f"pivot_root has no known number on {os.uname().machine}")
        self._checked(self._libc.syscall(ctypes.c_long(number), b".", b"."), "pivot_root")
        self.unmount(".")

    def drop_capabilities(self) -> None:
        """Give up what a user namespace grants to who made it: the process is to be an ordinary one."""
        header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
        self._checked(self._libc.capset(header, none), "capset")

    def _checked(self, result: int, what: str) -> None:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), what)


def move_away(kernel: Kernel) -> bool:
    """Give this process a mount namespace of its own; say whether that took a user namespace."""
    user, group = os.geteuid(), os.getegid()
    is_in_user_namespace = False
    try:
        kernel.unshare(CLONE_NEWNS)
    except PermissionError:
        kernel.unshare(CLONE_NEWUSER | CLONE_NEWNS)
        is_in_user_namespace = True
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    kernel.mount(
        "", "/", flags=MS_REC | MS_SLAVE
    )  # what the machine mounts later appears here, not the reverse
    return is_in_user_namespace


def why_not(folder: str) -> str:
    """Try all of it in a child, with a folder to mount in; answer why it cannot be done, or nothing."""
    if sys.platform != "linux":
        return f"{sys.platform} has no mount namespaces"
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        _report_and_exit(folder, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        reason = pipe.read().decode()
    os.waitpid(child, 0)
    return reason


def _report_and_exit(folder: str, pipe: int) -> None:
    try:
        kernel = Kernel()
        move_away(kernel)
        View(kernel, make_devices(kernel), folder).make_root()
    except OSError as error:
        os.write(pipe, f"{error.filename or ''}: {error.strerror}".lstrip(": ").encode())
    except BaseException as error:  # noqa: BLE001  # nothing may return from here into the caller's program
        os.write(pipe, repr(error).encode())
    finally:
        os._exit(0)


def make_devices(kernel: Kernel) -> set[int]:
    """Put a small /dev over the machine's; answer the number of its file system."""
    before, machine = _opened("."), _opened("/dev")
    os.fchdir(machine)
    there = [name for name in (*DEVICES, *STREAMS) if os.path.lexists(name)]
    kernel.mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755")
    kernel.mount("", "/dev", flags=MS_UNBINDABLE)  # or it would lie upon the machine's /dev in there, too
    for name in there:
        is_pseudo_terminal_maker = name == "ptmx" and not os.path.islink(name)
        if is_pseudo_terminal_maker:
            os.mkdir(f"/dev/{MACHINE_DEVICES}")
            kernel.mount(".", f"/dev/{MACHINE_DEVICES}", flags=MS_BIND | MS_REC)
            os.symlink(f"{MACHINE_DEVICES}/ptmx", "/dev/ptmx")
        else:
            is_folder = os.path.isdir(name) and not os.path.islink(name)
            _bring_back(kernel, name, f"/dev/{name}", is_folder=is_folder)
    kernel.mount("", "/dev", flags=MS_PRIVATE)
    os.fchdir(before)
    os.close(before)
    os.close(machine)
    return {os.stat("/dev").st_dev}


def _bring_back(kernel: Kernel, name: str, target: str, *, is_folder: bool) -> None:
    """Show an entry of the working folder at another path."""
    if not is_folder and os.path.islink(name):
        os.symlink(os.readlink(name), target)
        return
    _make(target, is_folder=is_folder)
    kernel.mount(name, target, flags=MS_BIND | MS_REC)


class View:
    """The files that one container sees, while they are being arranged. `ours` are file systems made in memory."""

    def __init__(self, kernel: Kernel, ours: set[int], root: str) -> None:
        """Begin with a copy of the caller's view. `root` is a folder for a new root to begin in, should it take one."""
        self._kernel, self._ours, self._root = kernel, set(ours), root
        self._volumes: list[str] = []
        kernel.unshare(CLONE_NEWNS)

    def arrange(self, mounts: list[Any], folder: str = "") -> None:
        """Mount each (source, target, is_read_only), outer paths first, and let there be a folder."""
        paths = [target for _, target, _ in mounts] + ([folder] if folder else [])
        if any(_nearest(os.path.realpath(path)) == "/" for path in paths):
            self.make_root()  # before any source is opened: the old root will be gone
        opened = [(_opened(source), source, target, only) for source, target, only in mounts]
        for fd, source, target, is_read_only in sorted(
            opened, key=lambda entry: entry[2].rstrip("/").count("/")
        ):
            place = self._mount(fd, source, target)
            if is_read_only:
                self._protect(place)
        if folder:
            self._place(folder, is_folder=True)

    def _mount(self, fd: int, source: str, target: str) -> str:
        """Mount what was opened before: another mount may hide its path by now. Answer where the target really is."""
        is_folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        place = self._place(target, is_folder=is_folder)
        if os.path.isdir(place) != is_folder:
            raise OSError(errno.ENOTDIR, WRONG_TYPE.format(source=source, target=target, fd=fd))
        self._kernel.mount(f"/proc/self/fd/{fd}", place, flags=MS_BIND | MS_REC)
        os.close(fd)
        self._volumes.append(place)
        return place

    def _place(self, path: str, *, is_folder: bool) -> str:
        """Let there be something at this path; answer where that really is."""
        path = os.path.realpath(path)
        if os.path.lexists(path):
            return path
        above = _nearest(path)
        if not self._may_add_to(above):
            self._fill(above, above)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _make(path, is_folder=is_folder)
        return path

    def _may_add_to(self, folder: str) -> bool:
        is_in_volume = any(f"{folder}/".startswith(f"{volume}/") for volume in self._volumes)
        return is_in_volume or os.stat(folder).st_dev in self._ours

    def _protect(self, place: str) -> None:
        flags = os.statvfs(place).f_flag
        kept = flags & KEPT_FLAGS | (MS_RELATIME if flags & ST_RELATIME else 0)
        self._kernel.mount("", place, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | kept)

    def make_root(self) -> None:
        """Mirror the root. The new one is made over a folder, and would be found again inside of itself if it could."""
        self._fill("/", self._root, MS_UNBINDABLE)
        os.chdir(self._root)
        self._kernel.make_root()
        os.chdir("/")
        self._kernel.mount(
            "", "/", flags=MS_PRIVATE
        )  # it may be a volume: `kubectl debug node/...` wants all of /

    def _fill(self, folder: str, target: str, propagation: int = 0) -> None:
        """Mount an empty folder in memory at the target, and in it each entry of a folder."""
        machine = _opened(folder)
        os.fchdir(machine)
        entries, mode = list(os.scandir(".")), stat.S_IMODE(os.stat(".").st_mode)
        self._kernel.mount("tmpfs", target, "tmpfs", MS_NOSUID, f"mode={mode:o}")
        if propagation:
            self._kernel.mount("", target, flags=propagation)
        self._ours.add(os.stat(target).st_dev)
        for entry in entries:
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                _bring_back(self._kernel, entry.name, os.path.join(target, entry.name), is_folder=is_folder)
            except OSError as error:
                if error.errno not in UNUSABLE:
                    raise
        os.close(machine)


def _nearest(path: str) -> str:
    """Answer the innermost folder on the way to a path that is there."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


class Mounter:
    """Gives children of this process, which moves into a mount namespace for good, the views that they are to have."""

    def __init__(self, root: str) -> None:
        self._kernel, self._root = Kernel(), root
        self._has_capabilities_to_drop = move_away(self._kernel)
        self._ours = make_devices(self._kernel)

    def take_view(self, pid: int, mounts: list[Any], folder: str) -> None:
        """In a child: share the view of a process, or else see the machine with these mounts and a folder in it."""
        if pid:
            self._join(pid)
        else:
            View(self._kernel, self._ours, self._root).arrange(mounts, folder)
        if self._has_capabilities_to_drop:
            self._kernel.drop_capabilities()

    def _join(self, pid: int) -> None:
        fd = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._kernel.enter(fd, CLONE_NEWNS)
        finally:
            os.close(fd)


def in_words(error: OSError) -> str:
    """Say what is wrong as a container runtime does: `mount /data: operation not permitted`."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason.lower()}" if error.filename else reason


def _make(path: str, *, is_folder: bool) -> None:
    if is_folder:
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))


def _opened(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
