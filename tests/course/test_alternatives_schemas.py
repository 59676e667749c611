"""The six files of lesson `alternatives` say what their tools take, by the schemas that the makers publish."""

import copy
import json
import pathlib

import jsonschema.validators
import kubernetes_validate
import pytest
import yaml

FOLDER = pathlib.Path(__file__).parents[2] / "lessons/manifests/11-alternatives"
SCHEMAS = pathlib.Path(__file__).parent / "schemas"  # whose they are stands in its README


def read(name):
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def resource(name):
    """A resource of the CloudFormation template, with its parameters given."""
    (template,) = read("elsewhere/ecs-fargate.yaml")
    return given(template["Resources"][name]["Properties"], template)


def given(tree, template):
    """Put a value where the template refers to a parameter or another resource."""
    if isinstance(tree, dict) and set(tree) == {"Ref"}:
        named = template["Parameters"].get(tree["Ref"])
        assert named or tree["Ref"] in template["Resources"], tree["Ref"]
        return ["subnet-1"] if named and named["Type"].startswith("List<") else tree["Ref"]
    if isinstance(tree, dict):
        return {key: given(value, template) for key, value in tree.items()}
    return [given(each, template) for each in tree] if isinstance(tree, list) else tree


CASES = {
    "compose": (lambda: read("elsewhere/compose.yaml")[0], "compose"),
    "swarm": (lambda: read("elsewhere/swarm.yaml")[0], "compose"),
    "ecs task": (lambda: resource("Web"), "aws-ecs-taskdefinition"),
    "ecs service": (lambda: resource("WebService"), "aws-ecs-service"),
    "cloud run": (lambda: read("elsewhere/cloud-run.yaml")[0], "cloud-run-service"),
    "container apps": (lambda: read("elsewhere/container-apps.yaml")[0], "azure-container-app"),
}


@pytest.fixture(params=CASES)
def case(request):
    read_document, schema = CASES[request.param]
    return read_document(), validator(json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")))


def validator(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def test_it_says_what_its_tool_takes(case):
    document, tool = case
    assert [error.message for error in tool.iter_errors(document)] == []


def test_a_mistyped_word_is_found_out_at_every_depth(case):
    document, tool = case
    for path in places(document):
        wrong = copy.deepcopy(document)
        place = wrong
        for step in path[:-1]:
            place = place[step]
        place[f"{path[-1]}Mistyped"] = place.pop(path[-1])
        assert not tool.is_valid(wrong), path


def places(tree, path=()):
    """Answer the ways to the words that a schema knows: not to names that the writer has chosen."""
    chosen = {"services", "configs", "annotations", "environment", "depends_on", "limits"}
    if isinstance(tree, dict):
        for key, value in tree.items():
            if not (path and path[-1] in chosen):
                yield (*path, key)
            yield from places(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from places(value, (*path, number))


@pytest.mark.parametrize("name", ["kubernetes.yaml", "visitor.yaml", "counter.yaml", "claim.yaml"])
def test_what_runs_here_is_valid_kubernetes(name):
    for document in read(name):
        kubernetes_validate.validate(document, "1.36", strict=True)


def test_compose_and_kubernetes_hold_the_same_program():
    (compose,), (settings, _deployment) = read("elsewhere/compose.yaml"), read("visitor.yaml")
    assert settings["data"]["visitor.py"] == compose["configs"]["program"]["content"]
    assert settings["data"]["ASK"] == compose["services"]["visitor"]["environment"]["ASK"]
