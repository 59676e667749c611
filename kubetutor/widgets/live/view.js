// What all views share. It stands in front of each view's own script: a view is a class that extends LiveView.
// All facts and sentences come in the frame; only looks live here.

const SVG = "http://www.w3.org/2000/svg";
const ANSWER_AFTER = 250; // milliseconds: how often the kernel hears at most what was drawn

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// Keeps the children of `parent` in the order of `items`, one element a key, made once. Others stay where they are.
function arrange(parent, items, elements, build) {
  const wanted = items.map((item) => {
    if (!elements.has(item.key)) elements.set(item.key, build(item));
    return elements.get(item.key);
  });
  const kept = new Set(wanted);
  let place = parent.firstElementChild;
  for (const element of wanted) {
    while (place && !kept.has(place)) place = place.nextElementSibling;
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}

// One drawing a mood: shape and sign differ, so that colour is never alone.
const SIGNS = {
  ready: '<circle cx="8" cy="8" r="7" class="fill"/><path d="M4.6 8.3l2.3 2.3 4.5-4.9" class="cut"/>',
  running: '<circle cx="8" cy="8" r="6.2" class="line"/><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" class="fill"/>',
  starting: '<circle cx="8" cy="8" r="6.2" class="line turning" stroke-dasharray="26 13"/>',
  waiting: '<circle cx="8" cy="8" r="6.2" class="line" stroke-dasharray="2.6 2.3"/><path d="M6.2 6.6a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.3" class="line"/>',
  failing: '<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" class="fill"/><path d="M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2" class="cut"/>',
  ending: '<path d="M8 1.5v11M3.6 8.4L8 12.8l4.4-4.4" class="line"/>',
  done: '<rect x="1.5" y="1.5" width="13" height="13" rx="2.5" class="line"/><path d="M4.6 8.3l2.3 2.3 4.5-4.9" class="line"/>',
  lost: '<path d="M8 1.2l7.2 13H.8z" class="fill"/><path d="M8 5.6v4.2M8 11.9v.4" class="cut"/>',
};

function sign(mood) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `ktv-sign ktv-${mood}`);
  svg.innerHTML = SIGNS[mood] ?? SIGNS.waiting;
  return svg;
}

function band(revision) {
  const number = Number.parseInt(revision, 10);
  return Number.isNaN(number) ? "none" : String((number - 1) % 6);
}

// Lists the rows of a table by their `rank`: deltas add new rows at the end.
function inOrder(table) {
  return Object.values(table).sort((one, other) => (one.rank < other.rank ? -1 : Number(one.rank > other.rank)));
}

// Answers the frame after a delta; rows that did not change stay the same objects. frames.py says what a delta is.
function applied(frame, delta) {
  const changed = { ...frame };
  for (const name of delta.gone ?? []) delete changed[name];
  Object.assign(changed, delta.set);
  for (const [name, keys] of Object.entries(delta.drop ?? {})) {
    changed[name] = { ...changed[name] };
    for (const key of keys) delete changed[name][key];
  }
  for (const [name, rows] of Object.entries(delta.put ?? {})) changed[name] = { ...changed[name], ...rows };
  return changed;
}

// The frame around a picture: headline, notes, text twin, and one sentence a second for screen readers.
// A view fills in `className`, `build(picture)` and `draw(frame)`; `send` tells its Python side something. The constructor
// calls `build`, so what `build` sets up must not stand in class fields.
class LiveView {
  constructor(root, send, model) {
    this.send = send;
    this.model = model;
    this.showsText = false;
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
    this.root = make("section", `ktv ${this.constructor.className}`);
    this.root.setAttribute("role", "region");
    const head = make("header", "ktv-head");
    const titles = make("div", "ktv-titles");
    this.title = make("div", "ktv-title");
    this.headline = make("div", "ktv-headline");
    titles.append(this.title, this.headline);
    this.tools = make("div", "ktv-tools");
    this.toggle = this.tool("Show as text", () => this.switchText());
    this.toggle.setAttribute("aria-pressed", "false");
    head.append(titles, this.tools);
    this.notes = make("div", "ktv-notes");
    this.notes.setAttribute("role", "status");
    this.cutNote = make("p", "ktv-cut");
    this.cutNote.hidden = true;
    this.notes.append(make("p", "", "The kernel has not said yet what there is to see. If it stays so, save the notebook and reload this page: the kernel goes on."));
    this.picture = make("div", "ktv-picture");
    this.picture.hidden = true; // an empty picture would say that the cluster is empty
    this.text = make("pre", "ktv-text");
    this.text.tabIndex = 0;
    this.text.hidden = true;
    this.spoken = make("div", "ktv-spoken");
    this.spoken.setAttribute("aria-live", "polite");
    this.build(this.picture);
    this.root.append(head, this.cutNote, this.notes, this.picture, this.text, this.spoken);
    root.replaceChildren(this.root);
  }

  // Adds a button to the head of the view.
  tool(label, act) {
    const button = make("button", "ktv-tool", label);
    button.type = "button";
    button.addEventListener("click", act);
    this.tools.append(button);
    return button;
  }

  switchText() {
    this.showsText = !this.showsText;
    this.toggle.setAttribute("aria-pressed", String(this.showsText));
    this.toggle.textContent = this.showsText ? "Show as picture" : "Show as text";
    this.send({ is: "text", on: this.showsText });
    this.turn();
    if (this.frame) this.show(this.frame);
  }

  // Shows the text or the picture: the text also where a picture cannot be drawn without the kernel.
  turn() {
    const reads = this.showsText || !this.canDraw();
    this.text.hidden = !reads;
    this.picture.hidden = reads;
    return reads;
  }

  canDraw() {
    return true;
  }

  // The kernel ended, or answers again. The last picture stays and says so; buttons that nobody hears are switched off.
  connect(isConnected) {
    this.isCut = !isConnected;
    const time = this.model.get("twin")?.time;
    const when = time ? `It is of ${time}.` : "";
    setText(this.cutNote, `The kernel of this notebook no longer answers, so this picture does not move, and its buttons do nothing. ${when} Run the cell again to see the cluster now.`);
    this.cutNote.hidden = isConnected;
    const output = this.root.closest(".jp-OutputArea-output") ?? this.root;
    for (const control of output.querySelectorAll(".jupyter-button, .widget-inline-hbox")) control.inert = !isConnected;
    if (this.frame) this.show(this.frame);
  }

  show(frame) {
    if (!frame?.title) return;
    this.frame = frame;
    this.root.setAttribute("aria-label", frame.label);
    setText(this.title, frame.title);
    setText(this.headline, frame.summary);
    const notes = frame.notes.join("\n");
    if (this.noted !== notes) this.notes.replaceChildren(...frame.notes.map((note) => make("p", "", note)));
    this.noted = notes;
    if (this.turn()) setText(this.text, frame.text ?? ((this.isCut && this.model.get("twin")?.text) || frame.summary));
    else this.draw(frame);
    this.speak(frame.spoken);
  }

  play(element, frames, duration) {
    if (this.stillness.matches || !element.animate) return null;
    return element.animate(frames, { duration, easing: "cubic-bezier(.2, .7, .2, 1)" });
  }

  // A screen reader hears at most one sentence a second, and only when it is new.
  speak(sentence) {
    this.toSay = sentence;
    this.speaking ??= setTimeout(() => {
      this.speaking = null;
      setText(this.spoken, this.toSay);
    }, 1000);
  }

  end() {
    clearTimeout(this.speaking);
  }
}

// While a view is drawn, the still picture in the output below it is not needed.
function hideStill(model) {
  const style = document.createElement("style");
  const name = () => {
    const id = model.get("twin")?.id;
    style.textContent = id ? `[data-kubetutor-still="${id}"] { display: none; }` : "";
  };
  name();
  model.on("change:twin", name);
  document.head.append(style);
  return { remove: () => (model.off("change:twin", name), style.remove()) };
}

// Tells whether the kernel hears this view. A restart marks the element; a kernel that was shut down is told by JupyterLab alone.
function watchKernel(model, el, tell) {
  const kernel = model.widget_manager?.kernel;
  let told = true;
  const look = () => {
    const isGone = kernel?.isDisposed || ["dead", "terminating"].includes(kernel?.status);
    const isConnected = !isGone && !el.classList.contains("jupyter-widgets-disconnected");
    if (isConnected !== told) tell(isConnected);
    told = isConnected;
  };
  const watch = new MutationObserver(look);
  watch.observe(el, { attributeFilter: ["class"] });
  for (const signal of [kernel?.statusChanged, kernel?.disposed]) signal?.connect(look);
  look();
  return () => {
    watch.disconnect();
    for (const signal of [kernel?.statusChanged, kernel?.disposed]) signal?.disconnect(look);
  };
}

// Makes a widget of a view. The model keeps the whole frame; what differs comes in messages, once for all its views.
function liveView(View) {
  function initialize({ model }) {
    const take = (message) => {
      if (message?.is !== "delta") return;
      const frame = model.get("frame");
      const number = frame.number ?? 0;
      if (message.number === number + 1) model.set("frame", { ...applied(frame, message.delta), number: message.number });
      else if (message.number > number) model.send({ is: "whole" }); // some were missed
    };
    model.on("msg:custom", take);
    return () => model.off("msg:custom", take);
  }

  function render({ model, el }) {
    const id = globalThis.crypto?.randomUUID?.() ?? String(Math.random());
    const send = (message) => view?.isCut || model.send({ view: id, ...message }); // a kernel that is gone cannot be told
    let view = null;
    view = new View(el, send, model);
    let waiting = null;
    let answering = null;
    let answered = 0;
    let isSeen = true;
    const answer = () => {
      answering = null;
      const number = model.get("frame").number ?? 0;
      if (number !== answered) send({ is: "drawn", number });
      answered = number;
    };
    const draw = () => {
      waiting = null;
      view.show(model.get("frame"));
      answering ??= setTimeout(answer, ANSWER_AFTER);
    };
    const soon = () => {
      waiting ??= requestAnimationFrame(draw);
    };
    const hear = (message) => {
      if (message?.is === "ping") send({ is: "here" });
    };
    // Nobody sees a view in a tab that is at the back, of the browser or of JupyterLab: there it has no size.
    const look = () => {
      const now = document.visibilityState === "visible" && view.root.getClientRects().length > 0;
      if (now !== isSeen) send({ is: now ? "open" : "hidden" });
      isSeen = now;
    };
    const size = new ResizeObserver(look);
    size.observe(view.root);
    document.addEventListener("visibilitychange", look);
    draw();
    const still = hideStill(model);
    const stopWatching = watchKernel(model, el, (isConnected) => view.connect(isConnected));
    model.on("change:frame", soon);
    model.on("msg:custom", hear);
    send({ is: "open" });
    return () => {
      stopWatching();
      still.remove();
      if (waiting !== null) cancelAnimationFrame(waiting);
      clearTimeout(answering);
      size.disconnect();
      document.removeEventListener("visibilitychange", look);
      model.off("change:frame", soon);
      model.off("msg:custom", hear);
      send({ is: "closed" });
      view.end();
    };
  }

  return { initialize, render };
}
