"""A node's agent: makes pods real processes, watches over them, reports their status.

Reading order: kubelet.py (one node), pod_worker.py (one pod), container.py (one container), runtime.py (what a
process is), processes.py and forkserver.py (how it is started), pod_status.py (what is said about it).
Nothing here knows the store or the API server; the cluster is seen through `embedded/client.py` alone.
"""
