"""Where a kind behaves differently from the generic registry: one module per kind that does."""
