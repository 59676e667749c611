// Draws objects as boxes in columns, and their ties as lines under them.

const HINT = "Point at an object, or walk with the arrow keys: its ties light up, and the reason stands here.";
const TREE_KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "Enter", " "];

// A long name loses its middle: what tells siblings apart stands at its end.
function nameOf(box) {
  const name = make("bdi", "kto-name");
  const cut = box.parent && !box.more ? box.name.lastIndexOf("-") + 1 : 0;
  name.append(make("span", "kto-name-start", box.name.slice(0, cut)), make("span", cut ? "kto-name-end" : "kto-name-start", box.name.slice(cut)));
  name.title = box.name;
  return name;
}

class ObjectTree extends LiveView {
  static className = "kto";

  build(picture) {
    this.items = new Map(); // key -> treeitem
    this.lines = new Map(); // key -> path
    this.boxes = []; // of the newest frame, in the tree's order
    this.hovered = null;
    this.focused = null;
    this.heads = make("div", "kto-heads");
    this.heads.setAttribute("aria-hidden", "true");
    this.scroller = make("div", "kto-scroll");
    this.canvas = make("div", "kto-canvas");
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.tree = make("div", "kto-tree");
    this.tree.setAttribute("role", "tree");
    this.tree.addEventListener("keydown", (event) => this.walk(event));
    this.canvas.append(this.svg, this.tree);
    this.scroller.append(this.heads, this.canvas);
    this.empty = make("p", "kto-empty", "No objects yet. Create a Deployment and a Service, and they show up here at once.");
    this.detail = make("div", "kto-detail");
    this.detail.id = `kto-${Math.random().toString(36).slice(2)}`;
    picture.append(this.scroller, this.empty, this.detail);
    this.size = new ResizeObserver(() => this.frame && this.place(this.frame));
    this.size.observe(this.scroller);
  }

  draw(frame) {
    this.boxes = inOrder(frame.boxes);
    this.empty.hidden = this.boxes.length > 0 || !frame.loaded;
    this.tree.setAttribute("aria-label", frame.label);
    arrange(this.tree, this.boxes, this.items, (box) => this.buildItem(box));
    for (const box of this.boxes) this.drawItem(this.items.get(box.key), box);
    for (const [key, item] of this.items) if (!(key in frame.boxes)) this.bury(key, item);
    this.place(frame);
    this.drawLines(frame);
    this.keepOneTabStop();
    this.light();
  }

  buildItem(box) {
    const item = make("div", "kto-item");
    item.dataset.key = box.key;
    item.tabIndex = -1;
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-describedby", this.detail.id);
    item.append(make("div", "kto-box"));
    item.addEventListener("mouseenter", () => this.point(box.key));
    item.addEventListener("mouseleave", () => this.point(null));
    item.addEventListener("focus", () => this.hold(box.key));
    item.addEventListener("blur", () => this.hold(null));
    item.addEventListener("click", () => this.unfold(box.key));
    this.play(item.firstElementChild, [{ opacity: 0, transform: "scale(.7)" }, { opacity: 1, transform: "none" }], 280);
    return item;
  }

  drawItem(item, box) {
    this.drawPlaceInTree(item, box);
    const looks = JSON.stringify([box.name, box.mood, box.state, box.labels, box.selects, box.addresses, box.label, box.more]);
    if (item.dataset.looks === looks) return;
    item.dataset.looks = looks;
    item.dataset.kind = box.kind;
    item.dataset.mood = box.mood;
    item.classList.toggle("kto-orphan", box.is_orphan);
    item.classList.toggle("kto-more", Boolean(box.more));
    item.setAttribute("aria-label", box.label);
    if (box.more) item.setAttribute("aria-expanded", String(box.more === "close"));
    const top = make("div", "kto-top");
    top.append(sign(box.mood), make("span", "kto-kind", box.more ? box.name : box.kind));
    if (box.state) top.append(make("span", "kto-state", box.is_orphan ? "orphan" : box.state));
    const rest = box.more ? [] : [nameOf(box), this.chips(box)];
    item.firstElementChild.replaceChildren(top, ...rest);
  }

  // What a box is tied by: its selector, the addresses that it lists, or its labels.
  chips(box) {
    const row = make("div", "kto-chips");
    const texts = [box.selects, box.addresses, box.labels].find((some) => some.length > 0) ?? [];
    for (const text of texts) row.append(this.chip(text, box.selects.length > 0));
    return row;
  }

  chip(text, isSelector) {
    const chip = make("span", isSelector ? "kto-chip kto-selector" : "kto-chip");
    chip.append(make("bdi", "", text));
    chip.dataset.label = text;
    return chip;
  }

  drawPlaceInTree(item, box) {
    const siblings = this.boxes.filter((other) => other.parent === box.parent);
    item.setAttribute("aria-level", String(this.level(box)));
    item.setAttribute("aria-setsize", String(siblings.length));
    item.setAttribute("aria-posinset", String(siblings.indexOf(box) + 1));
    item.style.setProperty("--kto-level", String(this.level(box) - 1));
  }

  level(box) {
    const parent = this.boxes.find((other) => other.key === box.parent);
    return parent ? this.level(parent) + 1 : 1;
  }

  bury(key, item) {
    this.items.delete(key);
    item.removeAttribute("role");
    item.setAttribute("aria-hidden", "true");
    item.tabIndex = -1;
    if (this.focused === key) this.focused = null;
    if (this.hovered === key) this.hovered = null;
    const end = this.play(item.firstElementChild, [{ opacity: 1, transform: "none" }, { opacity: 0, transform: "scale(.7)" }], 260);
    if (end) end.onfinish = () => item.remove();
    else item.remove();
  }

  place(frame) {
    if (this.picture.hidden) return;
    this.layout = new Layout(frame, this.boxes, this.scroller.clientWidth - 8);
    this.root.classList.toggle("kto-narrow", this.layout.isNarrow);
    this.canvas.style.height = `${this.layout.height}px`;
    this.drawHeads(frame.headings);
    for (const box of this.boxes) {
      const item = this.items.get(box.key);
      item.style.width = `${this.layout.widthOf(box)}px`;
      item.style.height = `${height(box)}px`;
      item.style.transform = `translate(${this.layout.left.get(box.column)}px, ${this.layout.top(box)}px)`;
    }
    for (const tie of Object.values(frame.ties)) this.lines.get(this.lineKey(tie))?.setAttribute("d", this.layout.path(tie));
  }

  drawHeads(headings) {
    const heads = headings.map((heading, column) => {
      const head = make("span", "", heading);
      head.style.left = `${this.layout.left.get(column) ?? 0}px`;
      head.style.width = `${this.layout.width}px`;
      return head;
    });
    this.heads.replaceChildren(...heads.filter((head) => head.textContent));
  }

  // Lines.

  lineKey(tie) {
    return `${tie.kind} ${tie.source} ${tie.target}`;
  }

  drawLines(frame) {
    for (const [key, line] of this.lines) {
      if (key in frame.ties) continue;
      line.remove();
      this.lines.delete(key);
    }
    for (const [key, tie] of Object.entries(frame.ties)) {
      if (!this.lines.has(key)) {
        const line = document.createElementNS(SVG, "path");
        this.svg.append(line);
        this.lines.set(key, line);
        this.play(line, [{ opacity: 0 }, { opacity: 1 }], 500);
      }
      const line = this.lines.get(key);
      const isQuiet = tie.kind === "selects" && frame.boxes[tie.source].kind !== "Service";
      line.setAttribute("class", `kto-line kto-${tie.kind}${tie.is_ready ? "" : " kto-unready"}${isQuiet ? " kto-quiet" : ""}`);
      line.setAttribute("d", this.layout.path(tie));
    }
  }

  // What lights up.

  point(key) {
    this.hovered = key;
    this.light();
  }

  hold(key) {
    this.focused = key;
    this.light();
  }

  // Answers the keys of the ties of an object: its own, and those of its owners and of what it owns.
  tiesOf(key) {
    const ties = Object.entries(this.frame.ties);
    const found = new Set(ties.filter(([, tie]) => tie.source === key || tie.target === key).map(([name]) => name));
    const follow = (from, here, there) => {
      for (const [name, tie] of ties) {
        if (tie.kind !== "owns" || tie[here] !== from) continue;
        found.add(name);
        follow(tie[there], here, there);
      }
    };
    const slices = ties.filter(([, tie]) => tie.kind === "owns" && tie.source === key).map(([, tie]) => tie.target);
    for (const [name, tie] of ties) if (tie.kind === "lists" && slices.includes(tie.source)) found.add(name);
    follow(key, "source", "target");
    follow(key, "target", "source");
    return found;
  }

  light() {
    if (!this.frame) return;
    const key = this.hovered ?? this.focused;
    const box = this.frame.boxes[key];
    const ties = box ? this.tiesOf(key) : new Set();
    const lit = new Set([key]);
    const met = new Map(); // key of a box -> labels that are marked on it
    const mark = (name, labels) => met.set(name, new Set([...(met.get(name) ?? []), ...labels]));
    for (const name of ties) {
      const tie = this.frame.ties[name];
      lit.add(tie.source).add(tie.target);
      if (tie.kind !== "selects") continue;
      mark(tie.target, tie.labels);
      mark(tie.source, this.frame.boxes[tie.source].selects);
    }
    this.root.classList.toggle("kto-lit", Boolean(box));
    for (const [name, line] of this.lines) line.classList.toggle("kto-on", ties.has(name));
    for (const [name, item] of this.items) {
      item.classList.toggle("kto-on", lit.has(name));
      item.classList.toggle("kto-here", name === key);
      this.markChips(item, met.get(name), this.missesAll(name));
    }
    this.drawDetail(box, met.get(key));
  }

  missesAll(key) {
    const box = this.frame.boxes[key];
    if (box?.kind !== "Service" || box.selects.length === 0) return false;
    return !Object.values(this.frame.ties).some((tie) => tie.kind === "selects" && tie.source === key);
  }

  markChips(element, labels, missed) {
    for (const chip of element.querySelectorAll(".kto-chip")) {
      chip.classList.toggle("kto-met", Boolean(labels?.has(chip.dataset.label)));
      chip.classList.toggle("kto-missed", missed && chip.classList.contains("kto-selector"));
    }
  }

  drawDetail(box, met) {
    const looks = JSON.stringify([box ?? null, [...(met ?? [])], this.frame.legend, this.boxes.length > 0]);
    if (this.detailed === looks) return;
    this.detailed = looks;
    if (!box) {
      this.detail.replaceChildren(this.legend(), make("p", "kto-hint", this.boxes.length > 0 ? HINT : ""));
      return;
    }
    const why = make("p", "kto-why", box.why);
    why.dir = "auto";
    const parts = [make("p", "kto-called", box.label), why];
    const rows = make("dl", "kto-facts");
    for (const [term, texts, isSelector] of [["selects", box.selects, true], ["labels", box.labels, false]]) {
      if (texts.length === 0) continue;
      const value = make("dd");
      value.append(...texts.map((text) => this.chip(text, isSelector)));
      rows.append(make("dt", "", term), value);
    }
    if (rows.childElementCount > 0) parts.push(rows);
    if (box.ask) parts.push(make("code", "kto-ask", box.ask));
    this.detail.replaceChildren(...parts);
    this.markChips(this.detail, met, this.missesAll(box.key));
  }

  legend() {
    const legend = make("div", "kto-legend");
    for (const [kind, meaning] of Object.entries(this.frame.legend)) {
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("viewBox", "0 0 34 10");
      svg.setAttribute("aria-hidden", "true");
      svg.innerHTML = `<path d="M2 5H32" class="kto-line kto-${kind}"/>`;
      const entry = make("span", "kto-entry");
      entry.append(svg, make("span", "", meaning));
      legend.append(entry);
    }
    return legend;
  }

  // The keyboard: one tab stop, then as in every tree.

  keepOneTabStop() {
    const items = [...this.items.values()];
    if (items.length > 0 && !items.some((item) => item.tabIndex === 0)) this.items.get(this.boxes[0].key).tabIndex = 0;
  }

  unfold(key) {
    const box = this.frame.boxes[key];
    if (box?.more) this.send({ is: box.more === "open" ? "unfold" : "fold", key });
  }

  walk(event) {
    const here = this.boxes.findIndex((box) => box.key === event.target.dataset?.key);
    const letter = event.key.length === 1 && /\S/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (here < 0 || !(TREE_KEYS.includes(event.key) || letter)) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would move to another cell
    if (event.key === "Enter" || event.key === " ") this.unfold(this.boxes[here].key);
    else this.goTo(letter ? this.named(here, event.key) : this.stepped(here, event.key));
  }

  stepped(here, key) {
    const box = this.boxes[here];
    const steps = { ArrowDown: this.boxes[here + 1], ArrowUp: this.boxes[here - 1], Home: this.boxes[0], End: this.boxes.at(-1) };
    if (key === "ArrowLeft") return this.boxes.find((other) => other.key === box.parent);
    if (key === "ArrowRight") return this.boxes.find((other) => other.parent === box.key);
    return steps[key];
  }

  named(here, letter) {
    const round = [...this.boxes.slice(here + 1), ...this.boxes.slice(0, here)];
    return round.find((box) => box.name.toLowerCase().startsWith(letter.toLowerCase()));
  }

  goTo(box) {
    if (!box) return;
    for (const [key, item] of this.items) item.tabIndex = key === box.key ? 0 : -1;
    this.items.get(box.key).focus({ preventScroll: false });
  }

  end() {
    super.end();
    this.size.disconnect();
  }
}

export default liveView(ObjectTree);
