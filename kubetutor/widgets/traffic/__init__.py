"""Traffic through a service, as the load pod inside the cluster measures it.

Reading order: `snapshot.py`, `figure.py` (the charts), `text.py`, `recording.py` (follows the load pod), `controls.py`, `view.py`.
"""
