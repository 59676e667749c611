"""What a Kubernetes API is: objects, kinds, selectors, quantities, kubeconfig, client.

No policy lives here, and nothing that belongs to one backend.
"""
