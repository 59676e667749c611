// The recorded numbers: put together from their pieces, looked up, and handed to plotly.

const LATE = 2; // seconds: a report of requests comes after its interval, and is the newest until the next

function linesOf(frame) {
  const pieces = new Map();
  for (const piece of Object.values(frame.points)) pieces.set(piece.line, [...(pieces.get(piece.line) ?? []), piece]);
  const lines = new Map();
  for (const [key, parts] of pieces) {
    parts.sort((one, other) => one.number - other.number);
    lines.set(key, { x: parts.flatMap((part) => part.x), y: parts.flatMap((part) => part.y) });
  }
  const ends = new Map(frame.lanes.flatMap((lane) => lane.lines.map((line) => [line.key, lane.until])));
  const valueAt = (key, at) => {
    const line = lines.get(key);
    const end = ends.get(key) ?? null;
    if (!line || (end !== null && at > end + LATE)) return null;
    return line.y[lastBefore(line.x, at)] ?? null;
  };
  return { lines, ends, valueAt };
}

// Answers the place of the last number that is not above `at`, or -1.
function lastBefore(numbers, at) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Answers the figure with the points of the window. A line goes on to `far`, and what is not yet is covered.
function filledFigure(frame, { lines, ends }, { begin, end, far }) {
  const data = frame.figure.data.map((trace) => {
    const line = lines.get(trace.meta) ?? { x: [], y: [] };
    const from = Math.max(0, lastBefore(line.x, begin));
    const to = lastBefore(line.x, end) + 1;
    const [x, y] = [line.x.slice(from, to), line.y.slice(from, to)];
    if (x.length > 0) {
      x.push(Math.max(x.at(-1), ends.get(trace.meta) ?? far));
      y.push(y.at(-1));
    }
    return { ...trace, x, y };
  });
  return { data, layout: frame.figure.layout };
}

// Gives each lane of lines its place among bars and marks.
function placedLayout(layout, places, height, width, scale, step) {
  const inner = height - layout.margin.b;
  const charts = places.lanes.filter((lane) => lane.lines);
  const axes = charts.map((lane, number) => {
    const name = number === 0 ? "yaxis" : `yaxis${number + 1}`;
    return [name, { ...layout[name], domain: [1 - (lane.y + lane.height) / inner, 1 - lane.y / inner] }];
  });
  const xaxis = { ...layout.xaxis, range: [scale.begin, scale.end], tick0: 0, dtick: step };
  return { ...layout, ...Object.fromEntries(axes), xaxis, width, height };
}

function stepOf(scale) {
  return STEPS.find((step) => step * scale.pixels >= 70) ?? STEPS.at(-1);
}

function legend(line, value) {
  const row = make("div", "kta-line");
  const swatch = document.createElementNS(SVG, "svg");
  swatch.setAttribute("viewBox", "0 0 18 8");
  swatch.setAttribute("aria-hidden", "true");
  const dash = { dash: "5 3", dot: "2 2.4" }[line.dash];
  const stroke = shape(swatch, "path", { d: "M0 4h18", class: "kta-swatch", "stroke-dasharray": dash });
  stroke.style.stroke = `var(${line.colour})`;
  row.append(swatch, make("bdi", "kta-label", line.label), make("b", "kta-value", value === null ? "–" : numberInWords(value)));
  return row;
}

function numberInWords(value) {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
