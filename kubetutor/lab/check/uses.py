"""Which concepts of the glossary a text uses: kubectl's subcommands, kinds of object, and fields of manifests.

1. A kubectl command uses its subcommand's concept, and those of the kinds that it names.
2. A manifest uses the concepts of its kinds and of its fields.
3. In prose only what stands as code counts: commands, and names of kinds and fields. Plain words are no use of a concept.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from kubetutor.api.kinds import KINDS
from kubetutor.course import concepts
from kubetutor.lab.check.notebook import FENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COMMAND = re.compile(r"(?:^|[!`|;&$(]\s*)kubectl\s+([^`|;&>\n)]+)", re.MULTILINE)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
NAMES_NO_KIND = {
    "apply",
    "config",
    "cluster-info",
    "version",
    "api-resources",
    "api-versions",
    "completion",
    "run",
}
SECOND_WORD = {"rollout", "set", "auth"}  # `rollout status deployment/web`: the kind comes a word later
WITH_VALUE = {
    "-n",
    "--namespace",
    "-l",
    "--selector",
    "-f",
    "--filename",
    "-o",
    "--output",
    "-c",
    "--container",
    "-p",
}


def in_code(source: str) -> Iterator[str]:
    """Answer the concepts that a code cell uses, and whatever it names that is no concept."""
    for command in COMMAND.findall(source):
        yield from in_command(_words(command))


def in_prose(source: str) -> Iterator[str]:
    """Answer the concepts that prose uses in what stands as code."""
    for language, block in FENCE.findall(source):
        yield from in_manifest(block) if language in {"yaml", "yml"} else in_code(block)
    for code in CODE.findall(FENCE.sub("", source)):
        yield from in_code(code)
        if code in kinds_by_name() or code.removesuffix("s") in kinds_by_name():
            yield _of_kind(code if code in kinds_by_name() else code.removesuffix("s"))
        elif concept := concepts.by_field().get(code.partition(":")[0]):
            yield concept.slug


def in_manifest(text: str) -> Iterator[str]:
    """Answer the concepts that YAML uses. What is no YAML uses none."""
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return
    for document in documents:
        if isinstance(document, dict) and "apiVersion" in document:
            yield _of_kind(str(document.get("kind", "")))
        for key in _keys(document):
            if concept := concepts.by_field().get(key):
                yield concept.slug


def in_command(words: Sequence[str]) -> Iterator[str]:
    """Answer the concepts of a kubectl command, given without `kubectl`."""
    plain = list(_without_flags(words))
    if not plain or not plain[0].islower():
        return
    verb = plain[0]
    concept = concepts.by_verb().get(verb)
    yield concept.slug if concept else f"kubectl {verb}"
    rest = plain[2:] if verb in SECOND_WORD else plain[1:]
    if verb in NAMES_NO_KIND:
        return
    yield from (_of_kind(kind) for kind in _kinds(rest))


def _kinds(words: Sequence[str]) -> Iterator[str]:
    """Answer the kinds that arguments name: `deployments,pods`, `deployment/web`, `svc`."""
    for place, word in enumerate(words):
        names = word.split("/")[0] if "/" in word else word if place == 0 else ""
        for name in names.split(","):
            aliases = (name.lower(), name.lower().partition(".")[0])  # `explain pod.spec`
            if kind := next((kinds_by_alias()[alias] for alias in aliases if alias in kinds_by_alias()), ""):
                yield kind


def _without_flags(words: Sequence[str]) -> Iterator[str]:
    """Leave out flags with their values, and all after `--`."""
    is_value = False
    for word in words:
        if word == "--":
            return
        if is_value or word.startswith("-"):
            is_value = not is_value and word in WITH_VALUE
            continue
        yield word


def _of_kind(kind: str) -> str:
    concept = concepts.by_kind().get(kind)
    return concept.slug if concept else f"kind: {kind}"


def _keys(tree: Any) -> Iterable[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield str(key)
            yield from _keys(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _keys(value)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # a quotation mark that ends on another line
        return command.split()


@cache
def kinds_by_name() -> dict[str, str]:
    return {kind.kind: kind.kind for kind in KINDS}


@cache
def kinds_by_alias() -> dict[str, str]:
    """Map every name that kubectl takes for a kind: plural, singular, short, with its group."""
    return {
        alias: kind.kind
        for kind in KINDS
        if not kind.is_measured
        for alias in (kind.plural, kind.singular, kind.resource, *kind.short_names)
    }
