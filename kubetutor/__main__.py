"""`kubetutor`, and `python -m kubetutor`."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line. Ctrl-C may come while it is still being loaded."""
    try:
        from kubetutor import cli  # noqa: PLC0415  # loading takes long enough to be interrupted
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted.\n")
        sys.exit(1)
    cli.main()


if __name__ == "__main__":
    main()
