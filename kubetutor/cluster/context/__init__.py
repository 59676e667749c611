"""What it takes to teach on a cluster of somebody else: its kubeconfig, the first contact, and the rights there."""
