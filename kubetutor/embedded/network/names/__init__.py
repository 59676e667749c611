"""The cluster's name server, and what a pod is told of it.

Reading order: `zone` (which names there are), `messages` (the DNS protocol), `server` (sockets, and the way to the
machine's own name servers), `files` (resolv.conf, hosts and hostname of a pod).
"""
