"""The objects of a namespace as a tree: who owns whom, and whom labels select."""
