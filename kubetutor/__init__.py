"""Learn Kubernetes by running it.

What a lesson imports stands here, ten names at most, each loaded when first used.
"""

__version__ = "0.1.0"
