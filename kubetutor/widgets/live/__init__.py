"""What all live views share: the feed that follows the cluster, the frames that it is sent in, and their frame in the page."""
