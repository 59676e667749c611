"""The same facts in words and in plain HTML."""

from kubetutor.widgets.break_things import text
from kubetutor.widgets.break_things.plan import Powers, plans_of
from kubetutor.widgets.break_things.snapshot import Choice, choice_of
from tests.widgets.samples import break_things as sample

ANY = Powers()


def test_every_button_its_command_and_what_to_watch_for_are_in_the_text(scene):
    plans = plans_of(scene, choice_of(scene, Choice()), ANY)
    told = text.text_of(scene, ANY, plans, ())
    for plan in plans:
        assert plan.step.title in told
        assert plan.step.command in told
        assert plan.watch in told
    assert "Nothing is broken. 3 pods, 3 ready." in told
    assert "Nothing was done yet." in told


def test_the_html_has_the_same_and_escapes_it(scene):
    plans = plans_of(scene, choice_of(scene, Choice()), ANY)
    html = text.html_of(scene, ANY, plans, ())
    assert "<code>kubectl -n shop delete pod web-app-h1-aaaaa --wait=false</code>" in html
    assert "[ask(&quot;http://10.96.0.7:80&quot;)" in html


def test_the_frame_says_what_is_broken_and_what_came_of_it():
    frame = sample.frame()
    assert frame["summary"] == "Broken: lab-worker is NotReady; web-app runs my-app:broken. 2 pods, 1 ready."
    assert list(frame["plans"]) == ["crash", "delete", "stop", "flood", "ship"]
    assert frame["deeds"]["1"]["signs"][1] == ["after 2.1 s", "web-app-h1-ccccc is Ready."]
    assert frame["deeds"]["2"]["words"].endswith("The service web cannot be asked.")
