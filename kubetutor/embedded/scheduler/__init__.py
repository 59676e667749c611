"""Binds pods to nodes: filters, then scores, then a recorded decision."""
