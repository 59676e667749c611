"""Buttons with consequences: each breaks something, shows the command that does the same, and what came of it."""
