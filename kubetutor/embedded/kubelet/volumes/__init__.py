"""Volumes of pods: what they hold, where they lie, and how they come to a container.

Reading order: contents.py (which files a volume has), atomic_writer.py (how they are written), places.py (where a
volume lies), pod_volumes.py (looks after those of one pod), mounts.py (what a container sees of them), and, below,
`kubelet/mounting.py` (how the kernel is asked for it). Pure where it can be: only the writer touches files.
"""
