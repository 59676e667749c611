"""What is found by reading a lesson: outputs, links, stray files, concepts before their time, hints."""

import dataclasses

import nbformat
import pytest

from kubetutor.cluster import share
from kubetutor.course import catalogue
from kubetutor.course.deployments import LESSON, NO_OUTAGE
from kubetutor.exercises.hints import Hint
from kubetutor.lab.check import exercises, files, links, notebook, reading, taught

OUTPUT = nbformat.v4.new_output("stream", text="web-app")


def test_every_lesson_of_the_course_reads_well():
    for lesson in catalogue.lessons():
        assert reading.read_lesson(lesson).troubles == (), lesson.slug
    assert list(files.strays(share.folder("lessons"))) == []


def test_at_least_half_of_all_exercises_are_judged_by_what_was_measured(capsys):
    measured, all_of_them = exercises.share_measured(catalogue.lessons())
    with capsys.disabled():
        print(f"\n{measured} of {all_of_them} exercises are judged by what was measured")  # noqa: T201  # every run is to say it
    assert 2 * measured >= all_of_them


@pytest.mark.parametrize(
    ("tags", "outputs", "trouble"),
    [
        (("nbval-ignore-output",), (), None),
        (("nbval-check-output",), (OUTPUT,), None),
        (("nbval-check-output",), (), "has no output to compare"),
        (("nbval-ignore-output",), (OUTPUT,), "has an output and is not tagged"),
        ((), (), "must be tagged"),
    ],
)
def test_an_output_stands_only_where_it_is_compared(write_lesson, tags, outputs, trouble):
    found = list(reading.outputs(notebook.read(write_lesson(">show()", tags=tags, outputs=outputs))))
    assert len(found) == (trouble is not None)
    assert not found or trouble in found[0]


def test_links_lead_to_files_and_headings(write_lesson, tmp_path):
    write_lesson("# Services", "## A stable `address`", name="05-services.ipynb")
    (tmp_path / "x.yaml").write_text("")
    text = (
        '[a](x.yaml) [b](05-services.ipynb#A-stable-address) [c](#Here) <a href="y.yaml">y</a> [d](#There)\n'
        "[e](05-services.ipynb#Nowhere) ![f](z.png) [g](https://kubernetes.io/docs/)\n```\n[h](in-code)\n```\n"
    )
    read = notebook.read(write_lesson("# Here", text))
    found = list(links.troubles(read))
    dead = ("y.yaml", "#There", "05-services.ipynb#Nowhere", "z.png")
    assert [next(target for target in dead if target in trouble) for trouble in found] == list(dead)
    assert links.pages(read) == ("https://kubernetes.io/docs/",)


def test_a_file_that_nobody_names_is_a_stray(write_lesson):
    read = notebook.read(write_lesson(">!kubectl apply -f manifests/04-deployments/one.yaml"))
    names = ("manifests/04-deployments/one.yaml", "manifests/04-deployments/two.yaml")
    assert [trouble.split()[0] for trouble in files.unused(LESSON, read, names)] == [f"lessons/{names[1]}"]
    whole = notebook.read(write_lesson(">!kubectl apply -f manifests/04-deployments/"))
    assert list(files.unused(LESSON, whole, names)) == []


def test_a_file_of_no_lesson_is_a_stray(tmp_path):
    (tmp_path / "manifests" / "04-deployments").mkdir(parents=True)
    for name in ("04-deployments.ipynb", "notes.txt", "99-more.ipynb", "manifests/04-deployments/a.yaml"):
        (tmp_path / name).write_text("")
    strays = [trouble.split()[0] for trouble in files.strays(tmp_path)]
    assert strays == ["lessons/99-more.ipynb", "lessons/notes.txt"]


def troubles_of_concepts(path, *, teaches=(), manifests=None):
    lesson = dataclasses.replace(LESSON, teaches=teaches, exercises=())
    return list(taught.troubles(lesson, notebook.read(path), manifests or {}))


def test_what_is_used_before_a_lesson_teaches_it_is_found(write_lesson):
    path = write_lesson(
        "# Keep it running", ">!kubectl autoscale deployment web", "## Where to go next", "`kubectl edit`"
    )
    (trouble,) = troubles_of_concepts(path)
    assert "cell cell-1 uses 'autoscaler', which no lesson before has taught" in trouble


def test_what_this_lesson_teaches_may_be_used_from_its_section_on(write_lesson):
    early = write_lesson("# A", ">!kubectl scale deployment web", "## Scale\nMore replicas.")
    assert (
        "in a section before the one that explains it" in troubles_of_concepts(early, teaches=("scale",))[0]
    )
    late = write_lesson("# A", "## Scale\nMore replicas.", ">!kubectl scale deployment web")
    assert troubles_of_concepts(late, teaches=("scale",)) == []


def test_what_is_said_to_be_taught_must_be_named(write_lesson):
    path = write_lesson("# A shop", "Nothing of it.")
    found = troubles_of_concepts(path, teaches=("rollout", "nonsense"))
    assert "its prose has none of the words: rollout, rolling update" in found[0]
    assert "'nonsense', which is no concept" in found[1]


def test_a_manifest_counts_where_it_is_shown(write_lesson):
    path = write_lesson("# A", ">!cat manifests/04-deployments/job.yaml")
    manifests = {"manifests/04-deployments/job.yaml": "apiVersion: batch/v1\nkind: Job\n"}
    assert "job.yaml uses 'job'" in troubles_of_concepts(path, manifests=manifests)[0]


def test_an_unreachable_hint_an_empty_step_and_a_command_are_found():
    untouched = dataclasses.replace(NO_OUTAGE.untouched, hint=Hint("start", "", "Look.", "kubectl get pods"))
    attempts = tuple(attempt for attempt in NO_OUTAGE.typical_wrong if attempt.hint != "stuck")
    broken = dataclasses.replace(NO_OUTAGE, untouched=untouched, typical_wrong=attempts)
    found = "\n".join(exercises.troubles_of(broken))
    assert "the hint 'stuck' is unreachable" in found
    assert "the wrong answer 'nothing' wants the hint 'begin', which no rule has" in found
    assert "the hint 'start' has an empty step" in found
    assert "the hint 'start' holds a command" in found


def test_two_hints_of_one_name_and_too_many_exercises_are_found():
    twice = dataclasses.replace(NO_OUTAGE, rules=(*NO_OUTAGE.rules, NO_OUTAGE.rules[0]))
    assert "2 rules have a hint called 'gone'" in list(exercises.troubles_of(twice))
    many = dataclasses.replace(LESSON, exercises=(NO_OUTAGE,) * 4, questions=())
    assert list(exercises.troubles(many))[:2] == [
        "has 4 exercises: 3 at most",
        "has no prediction: add a Question",
    ]
