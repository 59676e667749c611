"""`python -m kubetutor` is `kubetutor`."""

from kubetutor.cli import main

main()
