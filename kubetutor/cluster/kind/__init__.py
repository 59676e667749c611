"""What the kind backend is made of: the engine, the `kind` command, node images, and what lessons need in the nodes.

May hold: running `kind`, `docker` and `podman`, and manifests of add-ons. May not hold: anything about lessons.
"""
