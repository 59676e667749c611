"""A real kind cluster where no image can be pulled: for tests only, on machines that reach package registries.

`tests/kind/make-node-image` makes kind's node image from Go modules and Debian packages; `make test-kind` runs what is
marked `kind` on it. What such machines need beyond that (an engine, patches of the cluster file) lives here too, and
learners never get any of it: for them kind pulls its own image.

May hold: making the image, starting an engine, creating a cluster for tests. Only the standard library is used to make
the image, so that it can be made before there is an environment. May not hold: anything that kubetutor imports.
"""
