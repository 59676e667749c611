"""A bundle: one file that sets a machine up without a network. Making it, and, in `installer`, unpacking it.

creating.py       the steps of `kubetutor bundle create`: read first
targets.py        for which Python and which platform
wheels.py         what pip must fetch for it; own_wheel.py kubetutor itself; closure.py is anything missing?
images.py         which container images belong into it, and saving them; kind_program.py the `kind` command
writing.py        the file itself
loading.py        the second half of installing: images into the engine, `kind` into its place
installer/        the first half: it runs from the file, on a machine that has only Python
"""
