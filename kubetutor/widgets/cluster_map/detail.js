// The facts of the pod that is pointed at, and the legend: what each sign means, how many there are.

const MORE = "Point at a pod, or walk with the arrow keys, and its facts stand here. Click on it, and they stay.";
const PINNED = "Its facts stay until Escape, or another click.";

class Detail {
  constructor(filter) {
    this.filter = filter;
    this.box = make("div", "ktm-detail");
    this.legend = make("div", "ktm-legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", "Pods by state; choose one to filter");
    this.entries = new Map();
    walkable(this.legend, "button");
    walkable(this.box, "button");
  }

  // Shows a pod's facts; `pod` is none where nobody is pointed at.
  draw(pod, isPinned, hasPods) {
    if (pod === this.pod && isPinned === this.isPinned && hasPods === this.hasPods) return;
    [this.pod, this.isPinned, this.hasPods] = [pod, isPinned, hasPods];
    this.box.classList.toggle("ktm-pinned", Boolean(isPinned));
    if (!pod) {
      this.box.replaceChildren(make("p", "ktm-more", hasPods ? MORE : ""));
      return;
    }
    const parts = [this.facts(pod)];
    if (pod.containers) parts.push(this.line("Containers", pod.containers));
    if (pod.why) parts.push(make("p", "ktm-why", pod.why));
    if (pod.is_load) parts.push(make("p", "ktm-more", "It sends the requests of the lesson, and is in no count."));
    if (isPinned) parts.push(make("p", "ktm-more", PINNED));
    this.box.replaceChildren(...parts);
    const buttons = [...this.box.querySelectorAll("button")];
    if (isPinned) keepOneTabStop(buttons);
    else for (const button of buttons) button.tabIndex = -1; // they go when the pod loses the focus
  }

  facts(pod) {
    const facts = [
      ["Pod", pod.name], ["Status", `${pod.status} (${pod.ready} ready)`], ["Image", pod.image, "version", pod.version],
      ["Node", pod.node || "none yet", "node", pod.node], ["Address", pod.address || "none yet"],
      ["Owner", pod.owner || "none", "owner", pod.owner], ["Revision", pod.revision || "none", "revision", pod.revision],
      ["Restarts", String(pod.restarts)],
    ];
    const list = make("dl", "ktm-facts");
    for (const [term, text, facet, value] of facts) {
      const pair = make("div");
      const said = make("dd");
      said.append(facet && value && !pod.is_load ? this.filter.chip(facet, value, text) : make("bdi", "", text));
      pair.append(make("dt", "", term), said);
      list.append(pair);
    }
    return list;
  }

  line(term, text) {
    const line = make("p", "ktm-containers");
    line.append(make("span", "ktm-term", `${term} `), make("bdi", "", text));
    return line;
  }

  drawLegend(frame) {
    const drawn = JSON.stringify([frame.tally, this.filter.asked.mood]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    for (const [mood, meaning] of Object.entries(frame.moods ?? {})) {
      const number = frame.tally?.[mood] ?? 0;
      const entry = this.entries.get(mood) ?? this.entry(mood, meaning);
      setText(entry.lastChild, number > 0 ? String(number) : "");
      entry.disabled = number === 0 && !this.filter.asks("mood", mood);
      entry.setAttribute("aria-label", `${meaning}: ${count(number, "pod")}`);
      this.filter.mark(entry);
    }
    keepOneTabStop([...this.entries.values()]);
  }

  entry(mood, meaning) {
    const entry = this.filter.chip("mood", mood, meaning);
    entry.classList.add("ktm-entry");
    entry.prepend(sign(mood));
    entry.append(make("b", ""));
    this.entries.set(mood, entry);
    this.legend.append(entry);
    return entry;
  }
}
