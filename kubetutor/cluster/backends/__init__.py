"""One file per backend. A backend's whole product is a kubeconfig."""
