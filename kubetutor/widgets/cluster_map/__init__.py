"""Nodes, and pods living on them."""
