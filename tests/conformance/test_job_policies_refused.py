"""Policies of jobs that make no sense are refused, in Kubernetes' words."""

import pytest

from .manifests import job

IN_THREE = {"operator": "In", "values": [3]}
INDEXED = {"completionMode": "Indexed", "completions": 3}
RULE, SUCCESS = "spec.podFailurePolicy.rules[0]", "spec.successPolicy.rules[0]"


def failure(**rule):
    return {"podFailurePolicy": {"rules": [rule]}}


def by_code(**changes):
    return failure(action="Count", onExitCodes={**IN_THREE, **changes})


def success(**rule):
    return {"successPolicy": {"rules": [rule]}, **INDEXED}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            failure(action="Retry", onExitCodes=IN_THREE),
            (
                f'{RULE}.action: Unsupported value: "Retry": supported values: "Count", "FailIndex", "FailJob", '
                '"Ignore"'
            ),
        ),
        (
            failure(onExitCodes=IN_THREE),
            f'{RULE}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        ),
        (
            failure(action="FailIndex", onExitCodes=IN_THREE),
            f'{RULE}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        ),
        (
            failure(action="Count"),
            f"{RULE}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
        ),
        (
            failure(action="Count", onExitCodes=IN_THREE, onPodConditions=[{"type": "DisruptionTarget"}]),
            f"{RULE}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
        ),
        (
            by_code(values=[0]),
            f"{RULE}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
        ),
        (by_code(values=[]), f"{RULE}.onExitCodes.values: Invalid value: []: at least one value is required"),
        (by_code(values=[3, 2]), f"{RULE}.onExitCodes.values: Invalid value: [3,2]: must be ordered"),
        (by_code(values=[3, 3]), f"{RULE}.onExitCodes.values[1]: Duplicate value: 3"),
        (
            by_code(operator="Like"),
            f'{RULE}.onExitCodes.operator: Unsupported value: "Like": supported values: "In", "NotIn"',
        ),
        (
            by_code(containerName="other"),
            (
                f'{RULE}.onExitCodes.containerName: Invalid value: "other": must be one of the container or '
                "initContainer names in the pod template"
            ),
        ),
        (
            failure(action="Count", onPodConditions=[{"type": "Ready", "status": "Yes"}]),
            (
                f'{RULE}.onPodConditions[0].status: Unsupported value: "Yes": supported values: "False", "True", '
                '"Unknown"'
            ),
        ),
        (
            {**by_code(), "podReplacementPolicy": "TerminatingOrFailed"},
            'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
        ),
        (
            {"podReplacementPolicy": "Never"},
            (
                'spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", '
                '"TerminatingOrFailed"'
            ),
        ),
        (
            {"successPolicy": {"rules": [{"succeededCount": 1}]}},
            (
                'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: '
                "requires indexed completion mode"
            ),
        ),
        (
            {"successPolicy": {"rules": []}, **INDEXED},
            (
                "spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy "
                "is specified"
            ),
        ),
        (
            success(),
            f"{SUCCESS}: Required value: at least one of succeededCount or succeededIndexes must be specified",
        ),
        (
            success(succeededCount=9),
            (
                f"{SUCCESS}.succeededCount: Invalid value: 9: must be less than or equal to 3 (the number of specified "
                "completions)"
            ),
        ),
        (
            success(succeededIndexes="0", succeededCount=2),
            (
                f"{SUCCESS}.succeededCount: Invalid value: 2: must be less than or equal to 1 (the number of indexes in "
                "the specified succeededIndexes field)"
            ),
        ),
        (
            success(succeededIndexes="0-9"),
            f'{SUCCESS}.succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9"',
        ),
        (
            success(succeededIndexes="x"),
            (
                f'{SUCCESS}.succeededIndexes: Invalid value: "x": error parsing succeededIndexes: cannot convert string '
                'to integer for index: "x"'
            ),
        ),
        (
            success(succeededIndexes="2,1"),
            (
                f'{SUCCESS}.succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: non-increasing '
                "order, previous: 2, current: 1"
            ),
        ),
        (
            success(succeededIndexes="0-1-2"),
            (
                f'{SUCCESS}.succeededIndexes: Invalid value: "0-1-2": error parsing succeededIndexes: the fragment '
                "\"0-1-2\" violates the requirement that an index interval can have at most two parts separated by '-'"
            ),
        ),
        (
            {**INDEXED, "maxFailedIndexes": 1},
            "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
        ),
        (
            {**INDEXED, "backoffLimitPerIndex": 1, "maxFailedIndexes": 9},
            "spec.maxFailedIndexes: Invalid value: 9: must be less than or equal to completions",
        ),
        (
            {"completionMode": "Indexed", "completions": 200000, "parallelism": 200000},
            (
                "spec.parallelism: Invalid value: 200000: must be less than or equal to 100000 when completion mode is "
                "Indexed"
            ),
        ),
        (
            {"managedBy": "somebody"},
            'spec.managedBy: Invalid value: "somebody": must be a domain-prefixed path (such as "acme.io/foo")',
        ),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(api, spec, message):
    answer = api("POST", "jobs", job("report", **spec), dryRun="All")
    assert answer.refusal == (422, "Invalid", f'Job.batch "report" is invalid: {message}')


def test_the_status_of_a_condition_is_true_unless_it_says_otherwise(api):
    policy = failure(action="Ignore", onPodConditions=[{"type": "DisruptionTarget"}])
    made = api.made("jobs", job("report", **policy), dryRun="All")
    (rule,) = made["spec"]["podFailurePolicy"]["rules"]
    assert rule["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
