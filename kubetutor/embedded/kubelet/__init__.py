"""A node's agent: makes pods real processes, watches over them, reports their status."""
