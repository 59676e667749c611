"""A small Kubernetes, meant to be read. Start with README.md beside this file.

The folders are the boxes of the usual diagram. Only `apiserver` imports `store`; every other part
lives on list, watch and patch through the `Client` protocol in `client.py`.
"""
