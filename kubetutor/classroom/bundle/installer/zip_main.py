"""The `__main__` of a bundle. Every Python 3 reads this file, so that an old one can be told what is wrong."""

import os
import sys

TOO_OLD = """Error: kubetutor needs Python 3.11 or newer, and this is Python {}.{} ({}).
Install a newer one, or if there is one, name it: python3.12 {}"""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  # who runs a bundle may have any Python
        sys.exit(TOO_OLD.format(*sys.version_info[:2], sys.executable, sys.argv[0]))
    from kubetutor.classroom.bundle.installer import command  # noqa: PLC0415  # after the version is known

    bundle = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # as an old Python finds it too
    sys.exit(command.main(bundle))


if __name__ == "__main__":
    main()
