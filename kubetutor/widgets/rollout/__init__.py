"""A Deployment's rollout: old and new ReplicaSets as they trade places, and the rule that limits each step."""
