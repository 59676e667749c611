"""The scheduler's decision: for a pod, each node and why it was filtered or how it scored."""
