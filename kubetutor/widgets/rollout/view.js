// Draws a row of places for each ReplicaSet, one bar with the two limits, and the history.

const DENSE_FROM = 9; // pods of one set that still fit as tiles
const DOTS_FROM = 41; // above that, names no longer fit
const POINT = "Point at a pod, or walk with the arrow keys, and its facts stand here.";

class Rollout extends LiveView {
  static className = "ktr";

  build(picture) {
    this.rows = new Map(); // uid -> the row of a ReplicaSet
    this.tiles = new Map(); // uid -> the place of a pod
    this.parts = new Map(); // key -> a part of the bar
    this.chosen = null; // the uid that the detail shows
    this.missing = make("p", "ktr-missing");
    this.sets = make("div", "ktr-sets");
    this.sets.addEventListener("keydown", (event) => this.walk(event));
    this.detail = make("p", "ktr-detail", POINT);
    this.detail.dir = "auto";
    this.rule = make("div", "ktr-rule");
    this.bar = make("div", "ktr-bar");
    this.bar.setAttribute("aria-hidden", "true"); // the sentences below it say the same
    this.marks = make("div", "ktr-marks");
    this.filling = make("div", "ktr-filling");
    this.bar.append(this.marks, this.filling);
    this.legend = make("div", "ktr-legend");
    this.limits = make("ul", "ktr-limits");
    this.next = make("p", "ktr-next");
    this.deadline = make("p", "ktr-deadline");
    this.settings = make("dl", "ktr-settings");
    this.rule.append(make("div", "ktr-heading", "The rule that limits each step"), this.bar, this.legend, this.limits, this.next, this.deadline, this.settings);
    this.history = make("div", "ktr-history");
    this.outcome = make("p", "ktr-outcome");
    this.outcome.setAttribute("role", "status");
    picture.append(this.missing, this.sets, this.detail, this.rule, this.history, this.outcome);
    this.clock = setInterval(() => this.drawDeadline(), 1000);
  }

  draw(frame) {
    setText(this.missing, frame.missing);
    this.missing.hidden = !frame.missing;
    for (const part of [this.sets, this.detail, this.rule, this.history]) part.hidden = !frame.rule;
    this.drawOutcome(frame.outcome);
    if (!frame.rule) return;
    const before = this.places();
    this.drawSets(frame);
    this.animate(before);
    this.drawDetail();
    this.drawBar(frame.rule);
    this.drawSentences(frame.rule);
    this.drawDeadline();
    this.drawHistory(frame.history);
  }

  drawSets(frame) {
    const sets = Object.entries(frame.sets).map(([key, row]) => ({ ...row, key })).sort((one, other) => one.rank - other.rank);
    const pods = new Map(sets.map((set) => [set.key, []]));
    for (const pod of Object.values(frame.pods).sort((one, other) => one.rank - other.rank)) pods.get(pod.set)?.push({ ...pod, key: pod.uid });
    arrange(this.sets, sets, this.rows, (set) => this.buildSet(set));
    this.facts = new Map([...pods.values()].flat().map((pod) => [pod.uid, pod]));
    for (const set of sets) this.drawSet(this.rows.get(set.key), set, pods.get(set.key));
    for (const [uid, row] of this.rows) {
      if (frame.sets[uid]) continue;
      row.remove();
      this.rows.delete(uid);
    }
    for (const [uid, tile] of this.tiles) if (!this.facts.has(uid)) this.bury(uid, tile);
    const tiles = this.walkable();
    if (tiles.length > 0 && !tiles.some((tile) => tile.tabIndex === 0)) tiles[0].tabIndex = 0;
  }

  buildSet() {
    const row = make("article", "ktr-set");
    row.append(make("div", "ktr-set-head"), make("ul", "ktr-places"));
    return row;
  }

  drawSet(row, set, pods) {
    const [head, list] = row.children;
    row.dataset.band = band(set.revision);
    row.classList.toggle("ktr-new", set.new);
    row.setAttribute("aria-label", set.label);
    const places = pods.length + set.free;
    row.classList.toggle("ktr-dense", places >= DENSE_FROM && places < DOTS_FROM);
    row.classList.toggle("ktr-dots", places >= DOTS_FROM);
    const image = make("bdi", "ktr-image", set.image);
    const hash = make("span", "ktr-hash", set.hash ? `pod-template-hash ${set.hash}` : "");
    head.replaceChildren(
      make("span", "ktr-role", set.role), make("span", "ktr-revision", `revision ${set.revision}`), image, hash, make("span", "ktr-counts", set.counts),
    );
    list.setAttribute("aria-label", `Pods of ${set.name}`);
    arrange(list, pods, this.tiles, (pod) => this.buildPlace(pod));
    for (const pod of pods) this.drawPlace(this.tiles.get(pod.uid).firstElementChild, pod);
    const free = [...list.querySelectorAll(".ktr-free")];
    for (const place of free.slice(set.free)) place.remove();
    for (let more = free.length; more < set.free; more += 1) {
      const place = make("li", "ktr-free");
      place.setAttribute("aria-hidden", "true");
      list.append(place);
    }
    for (const place of list.querySelectorAll(".ktr-free")) list.append(place);
  }

  buildPlace(pod) {
    const item = make("li", "ktr-place");
    const button = make("button", "ktr-tile");
    button.type = "button";
    button.tabIndex = -1;
    for (const kind of ["focus", "mouseenter"]) button.addEventListener(kind, () => this.choose(pod.uid));
    for (const kind of ["blur", "mouseleave"]) button.addEventListener(kind, () => this.choose(null));
    item.append(button);
    return item;
  }

  drawPlace(button, pod) {
    const looks = JSON.stringify([pod.mood, pod.status, pod.counts, pod.sentence]);
    if (button.dataset.looks === looks) return;
    button.dataset.looks = looks;
    button.dataset.mood = pod.mood;
    button.setAttribute("aria-label", pod.sentence);
    button.replaceChildren(sign(pod.mood), make("bdi", "ktr-name", pod.short), make("span", "ktr-status", pod.status));
  }

  bury(uid, item) {
    this.tiles.delete(uid);
    item.classList.add("ktr-gone");
    const end = this.play(item, [{ opacity: 1, transform: "none" }, { opacity: 0, transform: "translateY(10px) scale(.85)" }], 300);
    if (end) end.onfinish = () => item.remove();
    else item.remove();
  }

  places() {
    const places = new Map();
    if (!this.stillness.matches) for (const [uid, item] of this.tiles) places.set(uid, item.getBoundingClientRect());
    return places;
  }

  animate(before) {
    if (this.stillness.matches) return;
    for (const [uid, item] of this.tiles) {
      const old = before.get(uid);
      if (!old) {
        this.play(item, [{ opacity: 0, transform: "translateY(-10px) scale(.7)" }, { opacity: 1, transform: "none" }], 320);
        continue;
      }
      const now = item.getBoundingClientRect();
      const [x, y] = [old.left - now.left, old.top - now.top];
      if (Math.abs(x) + Math.abs(y) > 2) this.play(item, [{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], 360);
    }
  }

  choose(uid) {
    this.chosen = uid;
    this.drawDetail();
  }

  drawDetail() {
    setText(this.detail, this.facts?.get(this.chosen)?.sentence ?? (this.facts?.size ? POINT : ""));
  }

  // One bar: what is available is full, what is not is hatched, and the two limits stand at their number of pods.
  drawBar(rule) {
    this.bar.style.setProperty("--ktr-span", rule.span);
    this.bar.classList.toggle("ktr-fine", rule.span > 60);
    arrange(this.filling, rule.segments, this.parts, () => make("span", "ktr-part"));
    const keys = new Set(rule.segments.map((segment) => segment.key));
    for (const [key, part] of this.parts) {
      if (keys.has(key)) continue;
      part.remove();
      this.parts.delete(key);
    }
    for (const segment of rule.segments) {
      const part = this.parts.get(segment.key);
      part.dataset.band = band(segment.revision);
      part.classList.toggle("ktr-full", segment.counts);
      part.style.width = `${(100 * segment.number) / rule.span}%`;
    }
    const marks = JSON.stringify([rule.marks, rule.span, rule.limits.map((limit) => limit.state)]);
    if (this.marked !== marks) this.drawMarks(rule);
    this.marked = marks;
    this.drawLegend(rule);
  }

  drawMarks(rule) {
    const states = { upper: rule.limits[0].state, lower: rule.limits[1].state };
    this.marks.replaceChildren(...rule.marks.map(({ kind, at, words }) => {
      const mark = make("span", `ktr-mark ktr-mark-${kind}`);
      const share = at / rule.span;
      mark.style.left = `${100 * share}%`;
      mark.classList.toggle("ktr-holds", states[kind] === "holds");
      mark.classList.toggle("ktr-leftwards", share > 0.5);
      mark.append(make("span", "ktr-mark-words", words));
      return mark;
    }));
  }

  drawLegend(rule) {
    const entries = rule.segments.filter((segment) => segment.number > 0).map((segment) => {
      const entry = make("span", "ktr-entry");
      const swatch = make("i", segment.counts ? "ktr-part ktr-full" : "ktr-part");
      swatch.dataset.band = band(segment.revision);
      entry.append(swatch, make("span", "", segment.words));
      return entry;
    });
    if (rule.ending) {
      const entry = make("span", "ktr-entry");
      entry.append(sign("ending"), make("span", "", rule.ending));
      entries.push(entry);
    }
    this.legend.replaceChildren(...entries);
  }

  drawSentences(rule) {
    this.limits.replaceChildren(...rule.limits.map((limit) => {
      const row = make("li", "ktr-limit");
      row.dataset.state = limit.state;
      const words = make("div", "ktr-limit-words");
      words.append(make("div", "ktr-limit-sentence", limit.sentence), make("div", "ktr-how", `${limit.short}: ${limit.how}`));
      row.append(make("span", "ktr-chip", limit.word), words);
      return row;
    }));
    setText(this.next, rule.next);
    this.next.dataset.state = rule.state;
    this.settings.replaceChildren(...rule.settings.map(([term, value]) => {
      const pair = make("div");
      pair.append(make("dt", "", term), make("dd", "", value));
      return pair;
    }));
  }

  drawDeadline() {
    const deadline = this.frame?.deadline;
    this.deadline.hidden = !deadline;
    if (!deadline) return;
    const left = Math.max(0, Math.min(deadline.seconds, Math.round(deadline.until - Date.now() / 1000)));
    setText(this.deadline, deadline.words.replace(deadline.left, String(left)));
  }

  drawHistory(history) {
    const looks = JSON.stringify(history);
    if (this.told === looks) return;
    this.told = looks;
    const table = make("table", "ktr-table");
    const head = make("tr");
    for (const words of ["Revision", "Image", "Pods", "Change-cause"]) {
      const cell = make("th", "", words);
      cell.scope = "col";
      head.append(cell);
    }
    const rows = Object.values(history).sort((one, other) => one.rank - other.rank).map((entry) => {
      const row = make("tr", entry.is_current ? "ktr-current" : "");
      const number = make("span", "ktr-revision", entry.is_current ? `${entry.number} now` : String(entry.number));
      row.dataset.band = band(entry.number);
      for (const part of [number, make("bdi", "", entry.image), String(entry.size), make("bdi", "", entry.cause)]) {
        const cell = make("td");
        cell.append(part);
        row.append(cell);
      }
      return row;
    });
    const top = make("thead");
    const body = make("tbody");
    top.append(head);
    body.append(...rows);
    table.append(top, body);
    this.history.replaceChildren(make("div", "ktr-heading", "History"), table);
  }

  drawOutcome(outcome) {
    this.outcome.hidden = !outcome;
    if (!outcome) return;
    const looks = JSON.stringify(outcome);
    if (this.heardOutcome === looks) return;
    this.heardOutcome = looks;
    this.outcome.classList.toggle("ktr-refused", !outcome.went);
    this.outcome.replaceChildren(make("code", "", `$ ${outcome.command}`), make("span", "", outcome.said));
  }

  // One tab stop for all pods; the arrow keys walk from one to the next.
  walkable() {
    return [...this.sets.querySelectorAll(".ktr-place:not(.ktr-gone) > .ktr-tile")];
  }

  walk(event) {
    const tiles = this.walkable();
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

  end() {
    super.end();
    clearInterval(this.clock);
  }
}

export default liveView(Rollout);
