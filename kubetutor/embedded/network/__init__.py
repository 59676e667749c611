"""Addresses in 127.0.0.0/8, and the service proxy that balances real connections."""
