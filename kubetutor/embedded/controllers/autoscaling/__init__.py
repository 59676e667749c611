"""The HorizontalPodAutoscaler's controller.

Reading order: `horizontal` (the loop), `calculator` (how many replicas a metric asks for), `metrics` (which metrics, and
what is said of them), `rules` (how far and how fast it may go there).
"""
