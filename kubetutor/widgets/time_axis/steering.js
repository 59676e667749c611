// How the axis is moved by hand, the strip that shows which part of the recording is seen, and what is said below it.

const NEAR = 4; // lines of the story

// Drag scrolls, a click sets the cursor, keys do both.
function steer(surface, view) {
  let grip = null;
  const timeAt = (event) => view.scaleOf(view.span()).at(event.clientX - surface.getBoundingClientRect().left);
  surface.addEventListener("pointerdown", (event) => {
    if (!view.pictured || event.button !== 0) return;
    grip = { x: event.clientX, end: view.span().end, moved: false };
    surface.setPointerCapture?.(event.pointerId);
  });
  surface.addEventListener("pointermove", (event) => {
    if (!view.pictured) return;
    if (grip && Math.abs(event.clientX - grip.x) > 4) grip.moved = true;
    if (grip?.moved) view.scrollTo(grip.end - (event.clientX - grip.x) / view.scaleOf(view.span()).pixels);
    view.hover = grip?.moved ? null : Math.min(timeAt(event), view.edge());
    view.touch();
  });
  surface.addEventListener("pointerup", (event) => {
    if (grip && !grip.moved) view.setCursor(timeAt(event));
    grip = null;
  });
  surface.addEventListener("pointerleave", () => {
    view.hover = null;
    view.touch();
  });
  surface.addEventListener("focus", () => view.sayCursor());
  surface.addEventListener("keydown", (event) => press(event, view));
}

function press(event, view) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view.pictured) return;
  const here = view.cursor ?? view.edge();
  const keys = {
    ArrowLeft: () => (event.shiftKey ? view.setCursor(here - 1) : view.step(-1)),
    ArrowRight: () => (event.shiftKey ? view.setCursor(here + 1) : view.step(1)),
    ArrowUp: () => view.step(-1),
    ArrowDown: () => view.step(1),
    PageUp: () => view.scrollTo(view.span().end - view.width() / 2),
    PageDown: () => view.scrollTo(view.span().end + view.width() / 2),
    Home: () => view.setCursor(view.oldest()),
    End: () => view.backToNow(),
    Escape: () => view.backToNow(),
    "+": () => view.zoom(-1),
    "-": () => view.zoom(1),
    r: () => view.tell("replaying", !view.model.get("replaying")),
    " ": () => view.tell("paused", !view.model.get("paused")),
  };
  if (!(event.key in keys)) return;
  event.preventDefault();
  event.stopPropagation(); // JupyterLab would move to another cell
  keys[event.key]();
}

function timesOf(story) {
  return [...new Set(Object.values(story).map((entry) => entry.at))].sort((one, other) => one - other);
}

function storyAt(story, from, to) {
  return Object.values(story).filter((entry) => entry.at >= from - 0.006 && entry.at <= to + 0.006).sort((one, other) => one.at - other.at);
}

// The whole recording as a strip, and the window on it.
class Strip {
  constructor(view) {
    this.root = make("div", "kta-strip");
    this.state = make("span", "kta-state");
    this.track = make("div", "kta-track");
    this.track.tabIndex = 0;
    this.track.setAttribute("role", "slider");
    this.track.setAttribute("aria-label", "What part of the recording is shown");
    this.track.dataset.lmSuppressShortcuts = "true";
    this.ticks = document.createElementNS(SVG, "svg");
    this.ticks.setAttribute("viewBox", "0 0 1000 10");
    this.ticks.setAttribute("preserveAspectRatio", "none");
    this.ticks.setAttribute("aria-hidden", "true");
    this.thumb = make("i", "kta-thumb");
    this.track.append(this.ticks, this.thumb);
    const earlier = this.button("Earlier", () => view.scrollTo(view.span().end - view.width() / 2));
    const later = this.button("Later", () => view.scrollTo(view.span().end + view.width() / 2));
    this.back = this.button("Back to now", () => view.backToNow());
    this.root.append(this.state, earlier, this.track, later, this.back);
    this.track.addEventListener("pointerdown", (event) => {
      this.track.setPointerCapture?.(event.pointerId);
      this.drag(event, view);
    });
    this.track.addEventListener("pointermove", (event) => event.buttons === 1 && this.drag(event, view));
    this.track.addEventListener("keydown", (event) => this.press(event, view));
  }

  button(label, act) {
    const button = make("button", "ktv-tool", label);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  drag(event, view) {
    if (!view.pictured) return;
    const box = this.track.getBoundingClientRect();
    const [oldest, now] = [view.oldest(), view.now()];
    view.scrollTo(oldest + ((event.clientX - box.left) / box.width) * (now - oldest) + view.width() / 2);
  }

  press(event, view) {
    const end = view.pictured && view.span().end;
    const places = {
      ArrowLeft: end - view.width() / 4, ArrowDown: end - view.width() / 4, ArrowRight: end + view.width() / 4, ArrowUp: end + view.width() / 4,
      PageUp: end - view.width(), PageDown: end + view.width(), Home: view.oldest(), End: Infinity,
    };
    if (!view.pictured || !(event.key in places)) return;
    event.preventDefault();
    event.stopPropagation();
    view.scrollTo(places[event.key]);
  }

  draw(view, span) {
    const [oldest, now] = [view.oldest(), view.now()];
    const part = (at) => Math.max(0, Math.min(1, (at - oldest) / Math.max(now - oldest, 0.001)));
    const [from, to] = [part(span.begin), part(Math.min(span.end, now))];
    this.thumb.style.left = `${from * 100}%`;
    this.thumb.style.width = `${Math.max(to - from, 0.01) * 100}%`;
    const marks = view.times.map((at) => `M${(part(at) * 1000).toFixed(0)} 2v6`).join("");
    shape(this.ticks, "path", { d: marks || "M0 0", class: "kta-ticks" });
    this.ticks.replaceChildren(this.ticks.lastChild);
    const words = `${Math.max(span.begin, oldest).toFixed(0)} s to ${Math.min(span.end, now).toFixed(0)} s`;
    this.track.setAttribute("aria-valuemin", oldest.toFixed(0));
    this.track.setAttribute("aria-valuemax", now.toFixed(0));
    this.track.setAttribute("aria-valuenow", Math.min(span.end, now).toFixed(0));
    this.track.setAttribute("aria-valuetext", words);
    this.sayState(view);
  }

  sayState(view) {
    const states = [
      ["▶ Replay", view.replay], ["❚❚ Paused", view.stopped !== undefined],
      ["◀ Scrolled back", view.until !== null],
      ["○ No word from the kernel", view.isSilent()], ["● Live", true],
    ];
    const [state] = states.find(([, holds]) => holds);
    setText(this.state, state);
    this.state.dataset.state = state.replace(/^\S+ /, "");
    this.back.style.visibility = view.isFollowing() && !view.replay && view.cursor === null ? "hidden" : "visible";
  }
}

// What was at the cursor, in words, and what happened last before it.
class Readout {
  constructor() {
    this.root = make("div", "kta-detail");
    this.said = make("p", "kta-readout");
    this.more = make("p", "kta-more");
    this.list = make("ol", "kta-story");
    this.list.setAttribute("aria-label", "What happened last");
    this.legend = make("div", "kta-legend");
    this.root.append(this.said, this.more, this.list, this.legend, make("p", "kta-help", HELP));
  }

  sentence(view, at) {
    const frame = view.pictured;
    const lanes = frame.lanes.filter((lane) => lane.lines.length > 0);
    const several = lanes.filter((lane) => lane.kind === "replicas").length > 1;
    const said = lanes.map((lane) => {
      const values = lane.lines.map((line) => [line, view.lines?.valueAt(line.key, at) ?? null]).filter(([, value]) => value !== null);
      const words = values.map(([line, value]) => line.say.replace("{}", numberInWords(value))).join(", ");
      return words && several && lane.kind === "replicas" ? `${lane.title} ${words}` : words;
    });
    const pods = podsInWords(Object.values(frame.pods), at);
    return `At ${at.toFixed(1)} s: ${[...said, pods ? `pods: ${pods}` : "no pods"].filter(Boolean).join(" · ")}`;
  }

  draw(view, at) {
    const here = at ?? view.edge();
    const frame = view.pictured;
    setText(this.said, this.sentence(view, here));
    const more = [...restInWords(view.bars.rest, here), ...frame.asides, ...frame.comparisons].join(". ");
    setText(this.more, more);
    this.more.hidden = more === "";
    const near = storyAt(frame.story, -Infinity, here).slice(-NEAR);
    const looks = JSON.stringify(near);
    if (this.list.dataset.looks !== looks) {
      this.list.replaceChildren(...near.map((entry) => {
        const item = make("li", "");
        item.append(make("span", "kta-at", `${entry.at.toFixed(1)} s`), make("bdi", "", entry.text));
        return item;
      }));
      this.list.dataset.looks = looks;
    }
    this.drawLegend(frame, view.bars.shown);
  }

  drawLegend(frame, pods) {
    const moods = Object.keys(frame.moods).filter((mood) => pods.some((pod) => pod.segments.some((segment) => segment[1] === mood)));
    if (this.legend.dataset.moods === moods.join()) return;
    this.legend.dataset.moods = moods.join();
    this.legend.replaceChildren(...moods.map((mood) => {
      const entry = make("span", "kta-entry");
      const swatch = document.createElementNS(SVG, "svg");
      swatch.setAttribute("viewBox", "0 0 20 10");
      swatch.setAttribute("aria-hidden", "true");
      shape(swatch, "rect", { x: 1, y: 1, width: 18, height: 8, rx: mood === "failing" ? 0 : 2.5, class: `kta-segment kta-${mood}` });
      entry.append(swatch, make("span", "", frame.moods[mood]));
      return entry;
    }));
  }
}
