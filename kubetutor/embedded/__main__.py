"""`python -m kubetutor.embedded --home DIR ...` runs a cluster's main process: see `daemon.py`."""

import gc
import sys

if __name__ == "__main__":
    gc.disable()  # nothing that a start makes is garbage; `daemon.py` switches it on again when all is there
    from kubetutor.embedded.daemon import main

    sys.exit(main())
