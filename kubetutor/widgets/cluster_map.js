// Draws the frames that cluster_map.py sends. All facts and sentences come in the frame; only looks live here.

const SVG = "http://www.w3.org/2000/svg";
const DENSE_FROM = 25; // pods
const MORE = "Point at a pod, or walk with the arrow keys, and its facts stand here.";
const BAR_PLACES = 20; // above that, one place stands for several pods

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

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function sign(mood) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `ktm-sign ktm-${mood}`);
  svg.innerHTML = SIGNS[mood] ?? SIGNS.waiting;
  return svg;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function band(revision) {
  const number = Number.parseInt(revision, 10);
  return Number.isNaN(number) ? "none" : String((number - 1) % 6);
}

function suffix(pod) {
  const last = pod.name.lastIndexOf("-");
  return pod.owner && last > 0 ? pod.name.slice(last + 1) : pod.name;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// Keeps the children of `parent` in the order of `items`, one element a key, made once.
function arrange(parent, items, elements, build) {
  let place = parent.firstElementChild;
  for (const item of items) {
    let element = elements.get(item.key);
    if (!element) {
      element = build(item);
      elements.set(item.key, element);
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}

class ClusterMap {
  constructor(root) {
    this.pods = new Map(); // uid -> li
    this.nodes = new Map(); // name -> card
    this.deployments = new Map(); // name -> row
    this.facts = new Map(); // uid -> pod of the newest frame
    this.chosen = null; // the uid that the detail shows
    this.showsText = false;
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
    this.build(root);
  }

  build(root) {
    this.root = make("section", "ktm");
    this.root.setAttribute("role", "region");
    const head = make("header", "ktm-head");
    const titles = make("div", "ktm-titles");
    this.title = make("div", "ktm-title", "Cluster");
    this.headline = make("div", "ktm-headline");
    titles.append(this.title, this.headline);
    this.toggle = make("button", "ktm-toggle", "Show as text");
    this.toggle.type = "button";
    this.toggle.setAttribute("aria-pressed", "false");
    this.toggle.addEventListener("click", () => this.switchText());
    head.append(titles, this.toggle);
    this.notes = make("div", "ktm-notes");
    this.notes.setAttribute("role", "status");
    this.picture = make("div", "ktm-picture");
    this.deploymentList = make("ul", "ktm-deployments");
    this.deploymentList.setAttribute("aria-label", "Deployments");
    this.nodeGrid = make("div", "ktm-nodes");
    this.nodeGrid.addEventListener("keydown", (event) => this.walk(event));
    this.empty = make("p", "ktm-empty", "No pods in this namespace yet. Create something, and it shows up here at once.");
    this.detail = make("div", "ktm-detail");
    this.picture.append(this.deploymentList, this.nodeGrid, this.empty, this.detail);
    this.text = make("pre", "ktm-text");
    this.text.tabIndex = 0;
    this.text.hidden = true;
    this.spoken = make("div", "ktm-spoken");
    this.spoken.setAttribute("aria-live", "polite");
    this.root.append(head, this.notes, this.picture, this.text, this.spoken);
    root.replaceChildren(this.root);
  }

  switchText() {
    this.showsText = !this.showsText;
    this.toggle.setAttribute("aria-pressed", String(this.showsText));
    this.toggle.textContent = this.showsText ? "Show as picture" : "Show as text";
    this.text.hidden = !this.showsText;
    this.picture.hidden = this.showsText;
  }

  draw(frame) {
    if (!frame?.namespace) return;
    this.root.setAttribute("aria-label", `Cluster map of namespace ${frame.namespace}`);
    setText(this.title, `Namespace ${frame.namespace}`);
    setText(this.headline, frame.summary);
    setText(this.text, frame.text);
    this.notes.replaceChildren(...frame.notes.map((note) => make("p", "", note)));
    this.drawDeployments(frame.deployments);
    const before = this.places();
    const total = this.drawNodes(frame);
    this.root.classList.toggle("ktm-dense", total >= DENSE_FROM);
    this.empty.hidden = total > 0;
    this.animate(before);
    this.drawDetail(frame.moods);
    this.speak(frame.headline);
  }

  drawDeployments(deployments) {
    const items = deployments.map((deployment) => ({ ...deployment, key: deployment.name }));
    arrange(this.deploymentList, items, this.deployments, () => make("li", "ktm-deployment"));
    const names = new Set(items.map((item) => item.key));
    for (const [name, row] of this.deployments) {
      if (!names.has(name)) {
        row.remove();
        this.deployments.delete(name);
      }
    }
    for (const item of items) this.drawDeployment(this.deployments.get(item.key), item);
  }

  drawDeployment(row, item) {
    const name = make("span", "ktm-name", item.name);
    const revision = make("span", "ktm-revision", item.revision ? `rev ${item.revision}` : "");
    revision.dataset.band = band(item.revision);
    const bar = make("span", "ktm-bar");
    bar.setAttribute("aria-hidden", "true");
    for (let place = 0; place < Math.min(item.wanted, BAR_PLACES); place += 1) {
      bar.append(make("i", place * item.wanted < item.ready * Math.min(item.wanted, BAR_PLACES) ? "full" : ""));
    }
    const ready = make("span", "ktm-ready", `${item.ready} of ${item.wanted} ready`);
    const rest = make("span", "ktm-progress", `${item.image} · ${item.progress}`);
    row.replaceChildren(make("span", "ktm-kind", "Deployment"), name, revision, bar, ready, rest);
  }

  drawNodes(frame) {
    const places = frame.nodes.map((node) => ({ ...node, key: `node/${node.name}` }));
    if (frame.unplaced.length > 0) {
      places.push({ key: "unplaced", name: "No node yet", role: "", state: "", is_ready: true, takes_pods: true, pods: frame.unplaced });
    }
    arrange(this.nodeGrid, places, this.nodes, (place) => this.buildNode(place));
    this.facts.clear();
    for (const place of places) {
      this.drawNode(this.nodes.get(place.key), place);
      const pods = place.pods.map((pod) => ({ ...pod, key: pod.uid }));
      for (const pod of pods) this.facts.set(pod.uid, pod);
      arrange(this.nodes.get(place.key).querySelector("ul"), pods, this.pods, (pod) => this.buildPod(pod));
      for (const pod of pods) this.drawPod(this.pods.get(pod.uid), pod);
    }
    const keys = new Set(places.map((place) => place.key));
    for (const [key, card] of this.nodes) {
      if (!keys.has(key)) {
        card.remove();
        this.nodes.delete(key);
      }
    }
    for (const [uid, element] of this.pods) if (!this.facts.has(uid)) this.bury(uid, element);
    this.keepOneTabStop();
    return this.facts.size;
  }

  buildNode(place) {
    const card = make("article", "ktm-node");
    card.append(make("div", "ktm-node-head"), make("ul", "ktm-pods"));
    card.setAttribute("aria-label", place.name);
    return card;
  }

  drawNode(card, place) {
    const [head, list] = card.children;
    const name = make("span", "ktm-node-name", place.name);
    const words = [place.role, place.state, place.takes_pods ? "" : "takes no new pods"].filter(Boolean);
    const state = make("span", "ktm-node-state", words.join(" · "));
    const size = [
      place.capacity ? `${place.pods.length} of ${count(Number(place.capacity), "pod")}` : count(place.pods.length, "pod"),
      place.cpu ? `${place.cpu} CPU` : "",
      place.memory ?? "",
    ].filter(Boolean);
    head.replaceChildren(name, state, make("span", "ktm-node-size", size.join(" · ")));
    list.setAttribute("aria-label", `Pods on ${place.name}`);
    card.classList.toggle("ktm-node-down", !place.is_ready);
    card.classList.toggle("ktm-node-slim", !place.takes_pods && place.pods.length === 0);
    card.classList.toggle("ktm-unplaced", place.key === "unplaced");
  }

  buildPod(pod) {
    const item = make("li", "ktm-pod");
    const button = make("button", "ktm-tile");
    button.type = "button";
    button.tabIndex = -1;
    for (const kind of ["focus", "mouseenter"]) button.addEventListener(kind, () => this.choose(pod.uid));
    button.addEventListener("mouseleave", () => this.choose(button.getRootNode().activeElement?.closest(".ktm-pod")?.dataset.uid ?? null));
    button.addEventListener("blur", () => this.choose(null));
    item.append(button);
    item.dataset.uid = pod.uid;
    return item;
  }

  drawPod(item, pod) {
    const button = item.firstElementChild;
    const looks = JSON.stringify([pod.mood, pod.status, pod.ready, pod.restarts, pod.revision, pod.version, pod.sentence]);
    if (button.dataset.looks === looks) return;
    const restarted = button.dataset.restarts !== undefined && Number(button.dataset.restarts) < pod.restarts;
    button.dataset.looks = looks;
    button.dataset.restarts = String(pod.restarts);
    button.dataset.mood = pod.mood;
    button.dataset.band = band(pod.revision);
    button.setAttribute("aria-label", pod.sentence);
    const top = make("span", "ktm-tile-top");
    top.append(sign(pod.mood), make("span", "ktm-tile-name", suffix(pod)), make("span", "ktm-version", pod.version));
    const below = make("span", "ktm-tile-below");
    below.append(make("span", "ktm-status", pod.mood === "running" ? `${pod.status} ${pod.ready}` : pod.status));
    if (pod.restarts > 0) below.append(make("span", "ktm-restarts", `↻ ${pod.restarts}`));
    button.replaceChildren(top, below);
    if (restarted) this.play(button, [{ boxShadow: "0 0 0 3px var(--ktm-failing)" }, { boxShadow: "0 0 0 9px transparent" }], 900);
  }

  bury(uid, element) {
    this.pods.delete(uid);
    element.classList.add("ktm-gone");
    element.firstElementChild.tabIndex = -1;
    const end = this.play(element, [{ opacity: 1, transform: "none" }, { opacity: 0, transform: "scale(.8) translateY(6px)" }], 260);
    if (end) end.onfinish = () => element.remove();
    else element.remove();
  }

  places() {
    const places = new Map();
    if (!this.stillness.matches) for (const [uid, element] of this.pods) places.set(uid, element.getBoundingClientRect());
    return places;
  }

  animate(before) {
    if (this.stillness.matches) return;
    for (const [uid, element] of this.pods) {
      const old = before.get(uid);
      if (!old) {
        this.play(element, [{ opacity: 0, transform: "scale(.6)" }, { opacity: 1, transform: "none" }], 260);
        continue;
      }
      const now = element.getBoundingClientRect();
      const [x, y] = [old.left - now.left, old.top - now.top];
      if (Math.abs(x) + Math.abs(y) > 2) this.play(element, [{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], 320);
    }
  }

  play(element, frames, duration) {
    if (this.stillness.matches || !element.animate) return null;
    return element.animate(frames, { duration, easing: "cubic-bezier(.2, .7, .2, 1)" });
  }

  choose(uid) {
    this.chosen = uid;
    this.drawDetail(this.moods);
  }

  drawDetail(moods) {
    this.moods = moods;
    const pod = this.facts.get(this.chosen);
    if (!pod) {
      const legend = make("div", "ktm-legend");
      for (const [mood, meaning] of Object.entries(moods ?? {})) {
        const entry = make("span", "ktm-entry");
        entry.append(sign(mood), make("span", "", meaning));
        legend.append(entry);
      }
      this.detail.replaceChildren(legend, make("p", "ktm-more", this.facts.size > 0 ? MORE : ""));
      return;
    }
    const facts = [
      ["Pod", pod.name], ["Status", `${pod.status} (${pod.ready} ready)`], ["Image", pod.image], ["Node", pod.node || "none yet"],
      ["Address", pod.address || "none yet"], ["Owner", pod.owner || "none"], ["Revision", pod.revision || "none"], ["Restarts", String(pod.restarts)],
    ];
    const list = make("dl", "ktm-facts");
    for (const [term, value] of facts) {
      const pair = make("div");
      pair.append(make("dt", "", term), make("dd", "", value));
      list.append(pair);
    }
    const why = pod.why ? [make("p", "ktm-why", pod.why)] : [];
    this.detail.replaceChildren(list, ...why);
  }

  // One tab stop for the whole map; the arrow keys walk from pod to pod.
  tiles() {
    return [...this.nodeGrid.querySelectorAll(".ktm-pod:not(.ktm-gone) > .ktm-tile")];
  }

  keepOneTabStop() {
    const tiles = this.tiles();
    if (tiles.length > 0 && !tiles.some((tile) => tile.tabIndex === 0)) tiles[0].tabIndex = 0;
  }

  walk(event) {
    const tiles = this.tiles();
    const here = tiles.indexOf(event.target);
    if (here < 0) return;
    const steps = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: tiles.length - 1 };
    if (event.key === "Escape") this.choose(null);
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would move to another cell
    const next = tiles[Math.max(0, Math.min(tiles.length - 1, steps[event.key]))];
    for (const tile of tiles) tile.tabIndex = tile === next ? 0 : -1;
    next.focus();
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

function render({ model, el }) {
  const id = globalThis.crypto?.randomUUID?.() ?? String(Math.random());
  const map = new ClusterMap(el);
  const draw = () => map.draw(model.get("frame"));
  draw();
  model.on("change:frame", draw);
  model.send({ view: id, is: "open" });
  return () => {
    model.off("change:frame", draw);
    model.send({ view: id, is: "closed" });
    map.end();
  };
}

export default { render };
