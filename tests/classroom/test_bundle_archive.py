"""The file of a bundle: what is damaged, cut off or hostile is refused in words, before anything is done with it."""

import json
import re
import zipfile

import pytest

from kubetutor.classroom.bundle.installer import archive, manifest
from kubetutor.errors import ClassroomError
from tests.classroom import little


@pytest.fixture
def whole(tmp_path):
    """A good bundle of one little wheel."""
    return little.bundle(tmp_path / "kubetutor.pyz", [little.wheel(tmp_path, "coins")])


def changed(path, *, add=(), said=None, rename=None, compress=zipfile.ZIP_STORED):
    """Write the bundle again with other members, or another manifest."""
    with zipfile.ZipFile(path) as file:
        members = [(entry.filename, file.read(entry)) for entry in file.infolist()]
    members += add
    with zipfile.ZipFile(path, "w", compress) as file:
        for name, content in members:
            if name == manifest.NAME and said is not None:
                document = json.loads(content)
                said(document)
                file.writestr(name, json.dumps(document))
            else:
                file.writestr((rename or {}).get(name, name), content)


def refused(path):
    with pytest.raises(ClassroomError) as error, archive.opened(path) as bundle:
        bundle.verify(lambda _text: None)
    return str(error.value)


def test_a_good_one_is_read_and_verified(whole, steps):
    with archive.opened(whole) as bundle:
        bundle.verify(steps.append)
        assert bundle.manifest.targets[0].wheels == ("wheels/coins-1.0-py3-none-any.whl",)
    assert steps[-1].startswith("verified 100 %")


def test_what_a_manifest_says_comes_back_as_it_was(whole):
    with archive.opened(whole) as bundle:
        kind = manifest.Kind(
            "v0.33.0", {"linux-amd64": "__main__.py"}, "amd64",
            (manifest.Archive("__main__.py", ("my-app:1.0",), 7),), {"a": "b"}, "python:3.13-slim", ("busybox:1.36",),
        )  # fmt: skip
        said = manifest.Manifest(
            "0.1.0", "2026-11-23", bundle.manifest.targets, bundle.manifest.members, kind, ("No tea.",)
        )
    assert manifest.parse(said.as_text().encode(), "here") == said


@pytest.mark.parametrize("kept", [0, 10, 5_000, -100, -1])
def test_one_that_was_cut_off_is_told(whole, kept):
    whole.write_bytes(whole.read_bytes()[:kept])
    said = refused(whole)
    assert re.search(
        "is no whole bundle, it may have been cut off|is no bundle of kubetutor, or was cut off", said
    )
    assert "Copy the file again" in said


def test_a_flipped_bit_is_found(whole):
    content = bytearray(whole.read_bytes())
    place = content.index(b"Metadata-Version")
    content[place] ^= 1
    whole.write_bytes(content)
    assert "is no whole bundle" in refused(whole)  # the zip's own checksum finds it first


def test_another_content_under_a_good_checksum_of_the_zip_is_found(whole):
    with zipfile.ZipFile(whole) as file:
        before = file.read("kubetutor/errors.py")
    with zipfile.ZipFile(whole) as file:
        members = {entry.filename: file.read(entry) for entry in file.infolist()}
    with zipfile.ZipFile(whole, "w") as file:
        for name, content in members.items():
            file.writestr(name, b"import os  # not ours\n" if name == "kubetutor/errors.py" else content)
    said = refused(whole)
    assert "its member kubetutor/errors.py has 22 bytes and the sha256" in said
    assert f"should have {len(before)}" in said


def test_a_file_that_is_no_bundle_is_told(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("remember the milk")
    assert "is no whole bundle" in refused(text)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("notes.txt", "remember the milk")
    assert "is no bundle of kubetutor" in refused(other)
    assert "cannot be read: No such file" in refused(tmp_path / "nowhere.pyz")


@pytest.mark.parametrize(
    "name", ["../../.bashrc", "/etc/passwd", "wheels/../../x.whl", "wheels/.hidden", "extra.py"]
)
def test_members_that_the_manifest_does_not_list_are_refused(whole, name):
    changed(whole, add=[(name, b"x")])
    said = refused(whole)
    assert "holds what its manifest does not list" in said
    assert "Nothing of it is taken" in said


@pytest.mark.parametrize(
    "name", ["../../.bashrc", "/etc/passwd", "wheels/../../x.whl", "wheels/", "kind/a/b", "x.whl"]
)
def test_names_that_lead_elsewhere_are_refused_also_when_the_manifest_lists_them(whole, name):
    changed(
        whole,
        add=[(name, b"x")],
        said=lambda document: document["members"].update({name: {"sha256": "a" * 64, "bytes": 1}}),
    )
    assert f"{name!r} is no name of a member" in refused(whole).replace('\\"', '"')


def test_a_member_that_is_missing_is_told(whole):
    changed(whole, rename={"wheels/coins-1.0-py3-none-any.whl": manifest.NAME + "x"})
    assert "does not list" in refused(whole)
    with zipfile.ZipFile(whole) as file:
        members = {entry.filename: file.read(entry) for entry in file.infolist()}
    with zipfile.ZipFile(whole, "w") as file:
        for name, content in members.items():
            if not name.endswith("x"):
                file.writestr(name, content)
    assert "lacks wheels/coins-1.0-py3-none-any.whl" in refused(whole)


def test_two_members_of_one_name_are_refused(whole):
    with pytest.warns(UserWarning, match="Duplicate name"):
        changed(whole, add=[("wheels/coins-1.0-py3-none-any.whl", b"another")])
    assert "two members of the same name" in refused(whole)


def test_one_that_was_packed_again_is_refused_since_a_packed_member_can_grow_without_end(whole):
    changed(whole, compress=zipfile.ZIP_DEFLATED)
    assert "was packed again" in refused(whole)


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document.pop("targets"),
        lambda document: document.update(kubetutor="0.1.0; rm -rf ~"),
        lambda document: document["members"].popitem(),
        lambda document: document["targets"][0].update(wheels=["wheels/ghost-1.0-py3-none-any.whl"]),
        lambda document: document["targets"][0].update(colour="red"),
        lambda document: document["members"]["__main__.py"].update(sha256="?"),
        lambda document: document.update(kind={"version": "v1"}),
    ],
)
def test_a_manifest_that_does_not_say_what_it_must_is_told(whole, damage):
    changed(whole, said=damage)
    assert re.search("does not say what it must|does not list", refused(whole))


def test_a_newer_format_is_told_with_the_way_that_works(whole):
    changed(whole, said=lambda document: document.update(format=2))
    assert f"Let it install itself: python3 {whole}" in refused(whole)


def test_a_manifest_without_end_is_not_read(whole, monkeypatch):
    monkeypatch.setattr(manifest, "MOST_BYTES", 100)
    assert "is too large to be one" in refused(whole)


def test_a_stream_is_verified_when_it_was_read_and_the_rest_of_it_too(whole):
    with archive.opened(whole) as bundle:
        with bundle.reading("__main__.py") as member:
            assert member.read(3) == b'"""'
        bundle.manifest.members["__main__.py"] = manifest.Member("a" * 64, 3)
        with pytest.raises(ClassroomError, match="is damaged"), bundle.reading("__main__.py"):
            pass


def test_a_bundle_that_older_pythons_could_not_run_is_not_written(tmp_path, monkeypatch):
    from kubetutor.classroom.bundle import writing

    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 2**16)
    chunks = [b"x" * 2**10] * 128
    with (
        writing.Writer(tmp_path / "large.pyz") as writer,
        pytest.raises(ClassroomError, match="larger than 2 GB"),
    ):
        writer.add("wheels/large.whl", chunks)
