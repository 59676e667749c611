"""Image names and what they stand for."""

from __future__ import annotations

import pytest

from kubetutor.embedded.kubelet.images import add_image, canonical, find_image, list_images, pull_failure
from kubetutor.embedded.kubelet.launch import command_line
from kubetutor.errors import StateError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("my-app:1.0", "docker.io/library/my-app:1.0"),
        ("busybox", "docker.io/library/busybox:latest"),
        ("shop/cart:2", "docker.io/shop/cart:2"),
        ("localhost:5000/cart", "localhost:5000/cart:latest"),
        ("ghcr.io/a/b:c", "ghcr.io/a/b:c"),
        ("My App", None),
        ("UPPER:1", None),
    ],
)
def test_names_become_canonical(name, expected):
    assert canonical(name) == expected


def test_the_built_in_images(tmp_path):
    assert find_image(tmp_path, "my-app:2.0").environment == {"APP_VERSION": "2.0"}
    assert find_image(tmp_path, "docker.io/library/my-app:1.0").app == "kubetutor.images.my_app"
    assert find_image(tmp_path, "my-app:9.9") is None
    assert find_image(tmp_path, "my-app") is None
    assert find_image(tmp_path, "busybox:1.36").command == ("sh",)
    assert find_image(tmp_path, "nginx") is None


def test_an_added_image_is_found_and_listed(tmp_path):
    add_image(tmp_path, "shop/cart:1.0", ["python3", "cart.py"])
    assert find_image(tmp_path, "shop/cart:1.0").entrypoint == ("python3", "cart.py")
    assert "my-app:1.0" in list_images(tmp_path)
    assert list_images(tmp_path)["docker.io/shop/cart:1.0"] == ("python3", "cart.py")


def test_what_cannot_be_added_is_said(tmp_path):
    with pytest.raises(StateError, match="is no image name"):
        add_image(tmp_path, "My App", ["true"])
    with pytest.raises(StateError, match="needs a command"):
        add_image(tmp_path, "cart:1", [])
    (tmp_path / "images.json").write_text("{")
    with pytest.raises(StateError, match="Mend or remove"):
        find_image(tmp_path, "cart:1")


def test_a_missing_image_is_told_as_containerd_tells_it():
    name = "docker.io/library/my-app:9.9"
    assert pull_failure("my-app:9.9") == (
        f'failed to pull and unpack image "{name}": failed to resolve reference "{name}": {name}: not found'
    )


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({}, (("my-app",), "kubetutor.images.my_app")),
        ({"args": ["--x"]}, (("my-app", "--x"), "kubetutor.images.my_app")),
        ({"command": ["sh", "-c"], "args": ["echo $(A)"]}, (("sh", "-c", "echo 1"), "")),
    ],
)
def test_command_and_args_override_as_in_kubernetes(tmp_path, container, expected):
    assert command_line(container, find_image(tmp_path, "my-app:1.0"), {"A": "1"}) == expected


def test_args_replace_the_command_of_an_image_without_entry_point(tmp_path):
    assert command_line({"args": ["echo", "hi"]}, find_image(tmp_path, "busybox"), {}) == (("echo", "hi"), "")


async def test_a_corrupt_registry_is_told_in_the_pods_status(node, eventually):
    (node.data_dir / "images.json").write_text("{")
    node.run_pod()
    await eventually(lambda: "ImageInspectError" in str(node.status()))
    (node.data_dir / "images.json").unlink()
    await eventually(node.is_ready)
