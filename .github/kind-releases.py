"""Print what the workflow of kind runs on, as JSON: the node images that the kit pins, and nothing else."""

import json

from kubetutor.cluster.kind.node_images import NODE_IMAGES

RELEASES = [{"kubernetes": minor, "image": image} for minor, image in NODE_IMAGES.items()]

if __name__ == "__main__":
    print(json.dumps(RELEASES))
