"""The API server: the only part that touches the store. It knows every kind and runs nothing."""
