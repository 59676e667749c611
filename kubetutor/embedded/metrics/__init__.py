"""The metrics server: what pods and nodes use, for `kubectl top` and for autoscalers.

Reading order: `server` (when it measures), `points` (two samples make a rate), `objects` (what is answered).
What a process uses is read by `kubelet/usage.py`; `apiserver/resource_metrics.py` serves the answers.
"""
