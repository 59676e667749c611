"""Traffic from a pod inside the cluster, so that "0 of 1,412 requests lost" means the same on every backend.

Reading order: `kubetutor/images/load.py` (the program that asks and counts), `interval.py` (one line of its log),
`tally.py` (many of them), `manifest.py` (its pod), `log.py` (follows the log), `pod.py` (starts, steers and removes the pod).
"""
