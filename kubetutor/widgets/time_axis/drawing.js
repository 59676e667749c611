// Draws what is no line: bars, marks, moments, and what covers the time that is not yet. All of it is one SVG over plotly's lines.

const BAR_ROWS = { roomy: 16, close: 30, most: 60 }; // pods; the others are told in words
const BAR_HEIGHT = { roomy: 18, close: 12, tight: 6 }; // pixels a row, with the space between two
const LETTER = 5.8; // pixels, about, of a small letter
const EVENT_ROWS = 3; // of labels
const LANE_GAP = 11; // pixels

function shape(parent, tag, facts, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// Answers the places of the lanes, from cause to effect, and the height of all.
function lanePlaces(frame, bars, moments) {
  const charts = (kind) => frame.lanes.filter((lane) => lane.kind === kind);
  const spans = moments.filter((moment) => moment.kind !== "mark").length;
  const lanes = [
    ...(moments.length > 0 ? [{ key: "moments", kind: "moments", title: "Moments", height: 16 + 19 * spans }] : []),
    ...charts("replicas"),
    { key: "pods", kind: "pods", title: "Pods", height: Math.max(bars.shown.length * bars.step, 20) },
    ...charts("endpoints"),
    ...charts("requests"),
    { key: "events", kind: "events", title: "Events", height: 16 + 15 * EVENT_ROWS },
  ];
  let y = 4;
  return { lanes: lanes.map((lane) => {
    const placed = { ...lane, y };
    y += lane.height + LANE_GAP;
    return placed;
  }), height: y - LANE_GAP + 6 };
}

// Chooses the pods that get a bar: all that lived in the window, those that changed last if they are too many.
function chooseBars(pods, begin, end) {
  const rows = Object.entries(pods).map(([uid, pod]) => ({ ...pod, uid }));
  const living = rows.filter((pod) => pod.segments[0][0] <= end && (pod.end === null || pod.end > begin));
  const newest = (pod) => pod.end ?? pod.segments.at(-1)[0];
  const chosen = living.length <= BAR_ROWS.most ? living
    : [...living].sort((one, other) => newest(other) - newest(one)).slice(0, BAR_ROWS.most);
  const shown = chosen.sort((one, other) => (one.rank < other.rank ? -1 : 1));
  const kept = new Set(shown.map((pod) => pod.uid));
  const size = shown.length <= BAR_ROWS.roomy ? "roomy" : shown.length <= BAR_ROWS.close ? "close" : "tight";
  return { shown, size, step: BAR_HEIGHT[size], rest: living.filter((pod) => !kept.has(pod.uid)) };
}

// Answers the segment of a pod at a moment, or undefined.
function segmentAt(pod, at) {
  if (pod.end !== null && at >= pod.end) return undefined;
  return pod.segments.findLast((segment) => segment[0] <= at);
}

// Says how many pods are in which state: "3 Ready, 1 Terminating".
function podsInWords(pods, at) {
  const words = new Map();
  for (const pod of pods) {
    const segment = segmentAt(pod, at);
    if (segment) words.set(segment[2], (words.get(segment[2]) ?? 0) + 1);
  }
  return [...words].sort((one, other) => other[1] - one[1]).map(([word, number]) => `${number} ${word}`).join(", ");
}

function restInWords(rest, at) {
  const owners = Map.groupBy ? Map.groupBy(rest, (pod) => `${pod.kind} ${pod.owner}`.trim()) : groups(rest);
  return [...owners].map(([owner, pods]) => `and ${pods.length} more of ${owner || "no owner"}: ${podsInWords(pods, at) || "gone"}`);
}

function groups(rest) {
  const owners = new Map();
  for (const pod of rest) {
    const owner = `${pod.kind} ${pod.owner}`.trim();
    owners.set(owner, [...(owners.get(owner) ?? []), pod]);
  }
  return owners;
}

function patterns(svg) {
  const defs = shape(svg, "defs", {});
  for (const [id, tone] of [["kta-void", "void"], ["kta-starting", "starting"], ["kta-failing", "failing"]]) {
    const pattern = shape(defs, "pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    shape(pattern, "rect", { width: 6, height: 6, class: `kta-back kta-${tone}` });
    shape(pattern, "path", { d: "M0 0V6", class: `kta-hatch kta-${tone}` });
  }
}

// `scale` has: x(time), left, right, begin, end (times), edge (what is later is not yet).
function drawGrid(svg, place, scale, step) {
  const lines = [];
  for (let at = Math.ceil(scale.begin / step) * step; at <= scale.end; at += step) lines.push(`M${scale.x(at)} ${place.y}v${place.height}`);
  shape(svg, "path", { d: lines.join("") || "M0 0", class: "kta-grid" });
}

function drawBars(svg, place, bars, scale) {
  bars.shown.forEach((pod, row) => {
    const y = place.y + row * bars.step;
    const height = bars.step - (bars.size === "tight" ? 1.5 : 3);
    const group = shape(svg, "g", { class: "kta-bar", "data-pod": pod.name });
    pod.segments.forEach(([start, mood, word], number) => drawSegment(group, { y, height, mood, word, pod }, scale, start, pod.segments[number + 1]?.[0] ?? pod.end));
    for (const at of pod.ticks) {
      if (at < scale.begin || at > scale.edge) continue;
      const x = scale.x(at);
      shape(group, "path", { d: `M${x} ${y - 1}v${height + 2}M${x - 3} ${y - 1}h6l-3 4z`, class: "kta-restart" });
    }
    if (pod.end !== null && pod.end > scale.begin && pod.end <= scale.edge) {
      shape(group, "path", { d: `M${scale.x(pod.end)} ${y - 1}v${height + 2}`, class: "kta-end" });
    }
  });
}

function drawSegment(group, { y, height, mood, word, pod }, scale, start, until) {
  const from = Math.max(start, scale.begin);
  const to = Math.min(until ?? scale.edge, scale.edge);
  if (to <= from) return;
  const x = scale.x(from);
  const width = Math.max(scale.x(to) - x, 1);
  const inset = mood === "ready" || height < 6 ? 0 : 1;
  const round = mood === "failing" || height < 6 ? 0 : 3;
  shape(group, "rect", { x, y: y + inset, width, height: height - 2 * inset, rx: round, class: `kta-segment kta-${mood}`, "data-word": word });
  const label = pod.version && mood === "ready" && width > LETTER * (word.length + pod.version.length + 5) ? `${word} · ${pod.version}` : word;
  if (height >= 9 && width > LETTER * label.length + 8) {
    shape(group, "text", { x: x + 5, y: y + height / 2 + 3.6, class: `kta-word kta-${mood}` }, label);
  }
}

// Events that lie on top of each other become one mark with a number; labels go where there is room.
function drawEvents(svg, place, events, scale) {
  const marks = [];
  const seen = Object.values(events).filter((event) => event.at >= scale.begin && event.at <= scale.edge);
  for (const event of seen.sort((one, other) => one.at - other.at)) {
    const x = scale.x(event.at);
    const last = marks.findLast((mark) => mark.reason === event.reason && mark.type === event.type);
    if (last && x - last.x < 9) last.number += 1;
    else marks.push({ ...event, x, number: 1 });
  }
  for (const mark of marks) {
    mark.warns = mark.type !== "Normal";
    mark.label = mark.number > 1 ? `${mark.reason} ×${mark.number}` : mark.reason;
  }
  labelEvents(svg, place, marks, scale);
  for (const { x, warns, reason } of marks) {
    const y = place.y + 8;
    const looks = warns ? `M${x} ${y - 6}l6 10.5h-12z` : `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`;
    shape(svg, "path", { d: looks, class: warns ? "kta-mark kta-warns" : "kta-mark", "data-reason": reason });
  }
}

// Warnings get their labels first.
function labelEvents(svg, place, marks, scale) {
  const rows = Array.from({ length: EVENT_ROWS }, () => []);
  for (const mark of [...marks.filter((one) => one.warns), ...marks.filter((one) => !one.warns)]) {
    const [from, to] = [mark.x - 2, mark.x + mark.label.length * LETTER + 8];
    const row = rows.findIndex((taken) => taken.every(([begin, end]) => end <= from || begin >= to));
    if (row < 0 || to > scale.right + 10) continue;
    rows[row].push([from, to]);
    const low = place.y + 24 + row * 15;
    shape(svg, "path", { d: `M${mark.x} ${place.y + 12}V${low - 2}`, class: "kta-stem" });
    shape(svg, "text", { x: mark.x + 3, y: low, class: `kta-reason ${mark.warns ? "kta-warns" : ""}` }, mark.label);
  }
}

// A named moment is a line across all lanes; what was expected and measured after it are two spans, one under the other.
function drawMoments(svg, place, moments, scale, bottom) {
  let row = 0;
  for (const moment of moments) {
    if (moment.kind === "mark") {
      if (moment.at < scale.begin || moment.at > scale.edge) continue;
      const x = scale.x(moment.at);
      shape(svg, "path", { d: `M${x} ${place.y + 4}V${bottom}`, class: "kta-moment" });
      shape(svg, "path", { d: `M${x} ${place.y}l10 4.5l-10 4.5z`, class: "kta-flag" });
      shape(svg, "text", { x: x + 13, y: place.y + 9, class: "kta-named" }, moment.label);
      continue;
    }
    const y = place.y + 24 + 19 * row;
    row += 1;
    if (moment.end < scale.begin || moment.at > scale.end) continue;
    const [from, to] = [scale.x(Math.max(moment.at, scale.begin)), scale.x(Math.min(moment.end, scale.end))];
    const looks = `kta-span kta-${moment.kind}`;
    shape(svg, "path", { d: `M${from} ${y - 4}v8M${from} ${y}H${to}M${to} ${y - 5}v10`, class: looks });
    if (moment.end <= scale.end) shape(svg, "path", { d: `M${to} ${y + 5}V${bottom}`, class: `kta-until kta-${moment.kind}` });
    const room = scale.right - to > moment.label.length * LETTER + 12;
    shape(svg, "text", { x: room ? to + 7 : from - 7, y: y + 4, class: "kta-said", "text-anchor": room ? "start" : "end" }, moment.label);
  }
}

// Covers what is before the recording, what was not recorded, and what is not yet.
function drawCovers(svg, scale, bottom, frame) {
  const cover = (from, to, looks, words) => {
    const [begin, end] = [Math.max(from, scale.begin), Math.min(to, scale.end)];
    if (end <= begin) return;
    const x = scale.x(begin);
    const width = scale.x(end) - x;
    shape(svg, "rect", { x, y: 0, width, height: bottom, class: looks });
    if (words && width > words.length * LETTER) shape(svg, "text", { x: x + width / 2, y: bottom - 6, class: "kta-covered", "text-anchor": "middle" }, words);
  };
  cover(-Infinity, 0, "kta-before", "before the recording");
  for (const [from, to] of frame.gaps) cover(from, Math.min(to ?? Infinity, scale.edge), "kta-gap", "not recorded");
}

function drawFuture(svg, scale, bottom) {
  const x = Math.max(scale.left, scale.x(Math.min(scale.edge, scale.end)));
  shape(svg, "rect", { x, y: 0, width: Math.max(scale.right - x, 0), height: bottom, class: "kta-future" });
  if (scale.edge <= scale.end) shape(svg, "path", { d: `M${x} 0V${bottom}`, class: "kta-now" });
}
