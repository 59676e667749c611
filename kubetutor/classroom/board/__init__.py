"""The instructor's board: learner by exercise.

`board.py` decides what it shows, from what was `seen.py`; a page of its own (`page.py`), a view in a notebook (`view.py`),
text and CSV say the same. `sources.py` says where reports come from.
"""
