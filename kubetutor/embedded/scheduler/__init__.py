"""Chooses a node for each pod: filters rule nodes out, scores rank the rest, a decision says why."""
