"""The same facts in words and in plain HTML: what can be broken here and how, what is broken, and what was done."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kubetutor.widgets.break_things.plan import wounds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.widgets.break_things.deeds import Deed
    from kubetutor.widgets.break_things.plan import Plan, Powers, Step
    from kubetutor.widgets.break_things.snapshot import Scene


def summary_of(scene: Scene, powers: Powers) -> str:
    """Say in one sentence what is broken now."""
    if not scene.map.loaded and not scene.map.nodes:
        return "No answer from the cluster yet."
    pods = f"{_count(len(scene.pods), 'pod')}, {scene.map.ready} ready"
    wounds = wounds_of(scene, powers)
    return f"Broken: {'; '.join(wounds)}. {pods}." if wounds else f"Nothing is broken. {pods}."


def text_of(scene: Scene, powers: Powers, plans: Sequence[Plan], deeds: Sequence[Deed]) -> str:
    lines = [f"Break things in the namespace {scene.map.namespace}", summary_of(scene, powers)]
    for plan in plans:
        lines += ["", *(f"  {line}" if number else line for number, line in enumerate(plan_lines(plan)))]
    lines += ["", "What was done" if deeds else "Nothing was done yet."]
    for deed in reversed(deeds):
        lines += [f"  {deed.sentence}", *(f"    {sign}" for sign in sign_lines(deed))]
    return "\n".join([*lines, *(f"Note: {note}" for note in scene.notes)])


def html_of(scene: Scene, powers: Powers, plans: Sequence[Plan], deeds: Sequence[Deed]) -> str:
    """Draw lists that read well without any script or style sheet."""
    title = f"Break things in the namespace {scene.map.namespace}: {summary_of(scene, powers)}"
    rows = "".join(_html_row(plan) for plan in plans)
    head = "<tr><th>What</th><th>Command</th><th>What to watch for</th><th>Way back</th></tr>"
    done = "".join(
        f"<li>{escape(deed.sentence)}<ul>{''.join(f'<li>{escape(sign)}</li>' for sign in sign_lines(deed))}</ul></li>"
        if deed.signs
        else f"<li>{escape(deed.sentence)}</li>"
        for deed in reversed(deeds)
    )
    parts = [
        f"<p><strong>{escape(title)}</strong></p>",
        f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>",
        f"<p>What was done</p><ul>{done}</ul>" if done else "<p>Nothing was done yet.</p>",
        *(f"<p>Note: {escape(note)}</p>" for note in scene.notes),
    ]
    return f'<div class="kubetutor-break-things-static">{"".join(parts)}</div>'


def plan_lines(plan: Plan) -> list[str]:
    step, target = plan.step, f" ({plan.step.target})" if plan.step.target else ""
    lines = [f"{step.title}{target}"]
    lines += [step.command] if step.command else []
    lines.append(f"Not now: {step.why_not}" if step.why_not else f"Watch: {watch_of(plan)}")
    lines += [f"Way back: {back_of(plan)}"]
    return lines


def watch_of(plan: Plan) -> str:
    return " ".join(filter(None, (plan.watch, plan.mends)))


def back_of(plan: Plan) -> str:
    """Say how it mends: by the cluster, or by a command."""
    if plan.back is None:
        return plan.mends or "none."
    if plan.back.why_not:
        return f"{plan.back.title}. {plan.back.why_not}"
    return f"{plan.back.title}: {plan.back.command}"


def sign_lines(deed: Deed) -> list[str]:
    return [f"after {seconds:.1f} s: {words}" for seconds, words in deed.signs]


def _html_row(plan: Plan) -> str:
    watch = f"Not now: {plan.step.why_not}" if plan.step.why_not else plan.watch
    title = f"{plan.step.title} ({plan.step.target})" if plan.step.target else plan.step.title
    cells = (escape(title), _code(plan.step), escape(watch), escape(back_of(plan)))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _code(step: Step) -> str:
    return f"<code>{escape(step.command)}</code>" if step.command else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
