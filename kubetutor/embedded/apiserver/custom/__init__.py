"""Kinds that a cluster's users define: CustomResourceDefinitions, and the objects of their kinds.

A definition becomes one `CustomKind` for each version that it serves (`kind.py`). Wherever the API server asks what a
kind is like, a `CustomKind` says it itself: its type, its table, its strategy. So the verbs are those of every kind.

Here live pure functions of a schema and a value. Where kinds come and go is in `served_kinds.py` beside this folder,
what makes a definition take effect is in `controllers/definitions.py`.

Models: apiextensions-apiserver/pkg.
"""
