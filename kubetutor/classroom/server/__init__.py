"""Everyone on one server: what JupyterHub needs so that each learner has an own account, network, cluster and JupyterLab.

jupyterhub_config.py  what an instructor loads
spawner.py     JupyterHub's side of one learner: an account, a place, a process
fork_server.py the root of all learners' processes: what they have in common is loaded once, and forked: read first
forking.py     asking a fork server for a process, and being one
learner.py     what is forked for a learner becomes theirs, with a network of its own, and serves JupyterLab and a cluster
kernels.py     how JupyterLab gets its kernels
namespace.py   a network of its own
relay.py       the only two ways into and out of it
accounts.py    the learners' accounts on this machine

Only `spawner.py` and `jupyterhub_config.py` import JupyterHub. On its side nothing else is needed than the standard library.
"""
