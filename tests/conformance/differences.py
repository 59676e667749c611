"""Command lines of the corpus that may answer differently on `embedded`, and why.

Such a line must differ: once embedded answers as the record does, the test asks to take it off.
"""

from __future__ import annotations

DIFFERENCES: dict[tuple[str, str], str] = {}
