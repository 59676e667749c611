"""Programs that answer as `docker`, `podman` and `kind` would, for what cannot be made to happen with the real ones.

Both keep the cluster's containers in one file, a name, a state and an id per line.
"""

import json
import sys
import textwrap

ENGINE = """
    import json, pathlib, sys
    folder, words = pathlib.Path({folder!r}), sys.argv[1:]
    with open(folder / "{name}.log", "a") as log:
        print(*words, file=log)
    rows = [line.split() for line in (folder / "containers").read_text().splitlines()]
    if (folder / "silent").exists():
        sys.exit("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?")
    if words[0] == "version" or (words[0] == "info" and "Version" in words[-1]):
        print("29.1.3")
    elif words[0] == "info":
        print((folder / "info.json").read_text())
    elif words[0] == "ps":
        for name, state, identity in rows:
            print(name, identity if "{{{{.ID}}}}" in words[-1] else state)
    elif words[0] == "rm":
        (folder / "containers").write_text("")
    elif words[0] in ("stop", "start"):
        state = dict(stop="exited", start="running")[words[0]]
        (folder / "containers").write_text("".join(f"{{name}} {{state}} {{identity}}\\n" for name, _, identity in rows))
"""
KIND = """
    import os, pathlib, sys, time
    folder, words = pathlib.Path({folder!r}), sys.argv[1:]
    with open(folder / "kind.log", "a") as log:
        print(os.environ.get("KIND_EXPERIMENTAL_PROVIDER", "-"), os.environ.get("KUBECONFIG", "-"), *words, file=log)
    if words[0] == "version":
        print("kind v{version} go1.26.8 linux/amd64")
    elif words[:2] == ["delete", "cluster"]:
        (folder / "containers").write_text("")
    else:
        print('Creating cluster "shop" ...', file=sys.stderr)
        print(" • Preparing nodes 📦 📦  ...", file=sys.stderr, flush=True)
        (folder / "containers").write_text("shop-control-plane running 1234\\n")
        {create}
"""
HANG = "time.sleep(600)"


class StandIns:
    """A folder for PATH with the stand-ins that a test writes into it."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.containers("")
        self.info(CgroupVersion="2", MemTotal=8 * 2**30)

    def containers(self, text):
        (self.folder / "containers").write_text(text)

    def left(self):
        return (self.folder / "containers").read_text()

    def info(self, **said):
        (self.folder / "info.json").write_text(json.dumps(said))

    def calls(self, name):
        log = self.folder / f"{name}.log"
        return log.read_text().splitlines() if log.exists() else []

    def engine(self, name="docker"):
        self._write(name, ENGINE.format(folder=str(self.folder), name=name))

    def kind(self, version="0.33.0", create=HANG):
        self._write("kind", KIND.format(folder=str(self.folder), version=version, create=create))

    def kind_failing(self, output):
        self.kind(create=f"sys.exit({output!r})")

    def silent(self):
        """Let the engine not answer from now on."""
        (self.folder / "silent").touch()

    def _write(self, name, program):
        path = self.folder / name
        path.write_text(f"#!{sys.executable} -S\n{textwrap.dedent(program)}")
        path.chmod(0o755)
