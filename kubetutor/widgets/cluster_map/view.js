// Draws nodes as cards and pods as tiles on them.

const DENSE_FROM = 25; // pods
const MORE = "Point at a pod, or walk with the arrow keys, and its facts stand here.";
const BAR_PLACES = 20; // above that, one place stands for several pods

function suffix(pod) {
  const last = pod.name.lastIndexOf("-");
  return pod.owner && last > 0 ? pod.name.slice(last + 1) : pod.name;
}

class ClusterMap extends LiveView {
  static className = "ktm";

  build(picture) {
    this.pods = new Map(); // uid -> li
    this.nodes = new Map(); // name -> card
    this.deployments = new Map(); // name -> row
    this.facts = new Map(); // uid -> pod of the newest frame
    this.chosen = null; // the uid that the detail shows
    this.deploymentList = make("ul", "ktm-deployments");
    this.deploymentList.setAttribute("aria-label", "Deployments");
    this.nodeGrid = make("div", "ktm-nodes");
    this.nodeGrid.addEventListener("keydown", (event) => this.walk(event));
    this.empty = make("p", "ktm-empty", "No pods in this namespace yet. Create something, and it shows up here at once.");
    this.detail = make("div", "ktm-detail");
    picture.append(this.deploymentList, this.nodeGrid, this.empty, this.detail);
  }

  draw(frame) {
    this.drawDeployments(frame.deployments);
    const before = this.places();
    const total = this.drawNodes(frame);
    this.root.classList.toggle("ktm-dense", total >= DENSE_FROM);
    this.empty.hidden = total > 0;
    this.animate(before);
    this.drawDetail(frame.moods);
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
    const places = inOrder(frame.nodes).map((node) => ({ ...node, key: `node/${node.name}`, pods: [] }));
    const unplaced = { key: "unplaced", name: "No node yet", role: "", state: "", is_ready: true, takes_pods: true, pods: [] };
    const byName = new Map(places.map((place) => [place.name, place]));
    for (const pod of inOrder(frame.pods)) (byName.get(pod.node) ?? unplaced).pods.push(pod);
    if (unplaced.pods.length > 0) places.push(unplaced);
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
}

export default liveView(ClusterMap);
