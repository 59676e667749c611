// Draws the board: one table, learner by exercise. Everything that learners wrote goes in as text, never as HTML.
const KTB_SIGNS = { passed: "✓", trying: "◐", open: "○" };
const KTB_ALL = "*";

const ktbMake = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const ktbMinutes = (minutes) => (minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`);
const ktbHints = (number) => `${number} hint${number === 1 ? "" : "s"}`;

// `saveCsv` is called by the button. Answers what shows a frame.
function ktbBoard(root, saveCsv) {
  const title = ktbMake("h1", {}, "Class");
  const summary = ktbMake("p", { class: "ktb-summary" });
  const lesson = ktbMake("select", { id: "ktb-lesson" });
  const save = ktbMake("button", { type: "button" }, "Save as CSV");
  const join = ktbMake("p", { class: "ktb-join" });
  const notes = ktbMake("div", { class: "ktb-notes", role: "alert" });
  const spoken = ktbMake("p", { class: "ktb-spoken", role: "status" });
  const place = ktbMake("div", { class: "ktb-place", tabindex: "0", role: "region", "aria-label": "Learner by exercise" });
  const tools = ktbMake("div", { class: "ktb-tools" }, ktbMake("label", { for: "ktb-lesson" }, "Lesson"), lesson, save);
  root.classList.add("ktb");
  root.replaceChildren(
    ktbMake("header", {}, ktbMake("div", {}, title, summary), tools), join, notes, place, spoken,
  );
  let frame = null, drawn = "", hands = null;

  const redraw = () => {
    const now = JSON.stringify([frame, lesson.value]);
    if (now === drawn) return;
    drawn = now;
    const chosen = frame.lessons.find((each) => each.slug === (lesson.value || frame.at));
    place.replaceChildren(lesson.value === KTB_ALL ? ktbCourse(frame) : ktbLesson(frame, chosen ?? frame.lessons[0]));
  };
  lesson.addEventListener("change", redraw);
  save.addEventListener("click", saveCsv);

  return {
    show(next) {
      notes.replaceChildren(...(next.trouble ? [ktbMake("p", {}, next.trouble)] : []));
      if (!next.rows) return;
      frame = next;
      summary.textContent = frame.summary;
      join.hidden = !frame.join;
      if (frame.join) join.replaceChildren(...ktbJoin(frame.join));
      ktbOptions(lesson, frame);
      redraw();
      const raised = new Set(frame.rows.filter((row) => row.hand !== null).map((row) => row.name));
      const fresh = hands === null ? [] : [...raised].filter((name) => !hands.has(name));
      if (fresh.length) spoken.textContent = `Hand raised: ${fresh.join(", ")}`;
      hands = raised;
    },
    trouble(text) {
      if (notes.textContent !== text) notes.replaceChildren(...(text ? [ktbMake("p", {}, text)] : []));
    },
  };
}

function ktbJoin(join) {
  const until = ktbMake("span", {}, join.is_valid ? ` Valid until ${join.until}.` : " ");
  if (join.is_valid) return ["Learners join with ", ktbMake("code", {}, join.command), until];
  return ["The join code has expired. A new one: ", ktbMake("code", {}, "kubetutor class code")];
}

function ktbOptions(select, frame) {
  const at = frame.lessons.find((each) => each.slug === frame.at);
  const wanted = [["", `Where most are: ${at.title}`], [KTB_ALL, "The whole course"], ...frame.lessons.map((each) => [each.slug, each.title])];
  const key = JSON.stringify(wanted);
  if (select.dataset.key === key) return;
  const before = select.value;
  select.replaceChildren(...wanted.map(([value, text]) => ktbMake("option", { value }, text)));
  select.value = wanted.some(([value]) => value === before) ? before : "";
  select.dataset.key = key;
}

function ktbLesson(frame, lesson) {
  const head = ktbMake("tr", {}, ...["Learner", "Hand", "At", "Stuck", "Hints", ...lesson.exercises, "Heard"].map(ktbHead));
  const rows = frame.rows.map((row) => {
    const cells = row.cells[lesson.slug] ?? lesson.exercises.map(() => ["open", 0, 0, false]);
    return ktbMake("tr", row.hand === null ? {} : { class: "ktb-raised" },
      ...ktbFacts(row, lesson.slug), ...cells.map(ktbCell), ktbQuiet(row));
  });
  const totals = lesson.totals.map(([passed, trying, open]) =>
    ktbMake("td", {}, ktbBar([passed, trying, open]), `${passed} passed, ${trying} trying, ${open} open`));
  const foot = ktbMake("tr", {}, ktbMake("th", { scope: "row", colspan: "5" }, "All"), ...totals, ktbMake("td"));
  return ktbTable(`${lesson.title}: each learner and each exercise`, [head], rows, foot);
}

function ktbCourse(frame) {
  const all = frame.lessons.flatMap((lesson) => lesson.exercises.map((exercise, number) => ({ lesson, exercise, number })));
  const above = ktbMake("tr", {}, ktbMake("td", { colspan: "3" }), ...frame.lessons.map((lesson) =>
    ktbMake("th", { scope: "colgroup", colspan: lesson.exercises.length, class: "ktb-upright" }, ktbMake("span", {}, lesson.slug))));
  const head = ktbMake("tr", {}, ...["Learner", "Hand", "Stuck"].map(ktbHead), ...all.map(({ exercise }) =>
    ktbMake("th", { scope: "col", class: "ktb-upright" }, ktbMake("span", {}, exercise))));
  const rows = frame.rows.map((row) => ktbMake("tr", row.hand === null ? {} : { class: "ktb-raised" },
    ktbMake("th", { scope: "row" }, row.name), ktbHand(row), ktbStuck(row),
    ...all.map(({ lesson, number }) => {
      const [standing, minutes, , isStuck] = row.cells[lesson.slug]?.[number] ?? ["open", 0];
      const words = standing === "open" ? standing : `${standing} ${ktbMinutes(minutes)}`;
      return ktbMake("td", { class: `ktb-sign ktb-${standing}${isStuck ? " ktb-over" : ""}`, title: words },
        ktbMake("span", { "aria-hidden": "true" }, KTB_SIGNS[standing]), ktbMake("span", { class: "ktb-spoken" }, words));
    })));
  const totals = all.map(({ lesson, number }) => {
    const [passed, trying] = lesson.totals[number];
    return ktbMake("td", { class: "ktb-sign", title: `${passed} passed, ${trying} trying` }, `${passed}`);
  });
  const foot = ktbMake("tr", {}, ktbMake("th", { scope: "row", colspan: "3" }, "Passed"), ...totals);
  const table = ktbTable("The whole course: each learner and each exercise", [above, head], rows, foot);
  table.classList.add("ktb-course");
  return table;
}

const ktbHead = (text) => ktbMake("th", { scope: "col" }, text);

function ktbTable(caption, head, rows, foot) {
  const empty = ktbMake("tr", {}, ktbMake("td", { colspan: "99", class: "ktb-quiet" }, "Nobody has joined yet."));
  return ktbMake("table", {}, ktbMake("caption", { class: "ktb-spoken" }, caption), ktbMake("thead", {}, ...head),
    ktbMake("tbody", {}, ...(rows.length ? rows : [empty])), ...(rows.length ? [ktbMake("tfoot", {}, foot)] : []));
}

function ktbFacts(row, shown) {
  const where = row.lesson === shown ? row.exercise : `${row.lesson}: ${row.exercise}`;
  const at = row.exercise ? `${where}${row.is_done ? ", passed" : ""}` : "";
  return [ktbMake("th", { scope: "row" }, row.name), ktbHand(row), ktbMake("td", { class: "ktb-at" }, row.trouble || at),
    ktbStuck(row), ktbMake("td", { class: "ktb-number" }, row.hints ? `${row.hints}` : "")];
}

const ktbHand = (row) => ktbMake("td", {},
  ...(row.hand === null ? [] : [ktbMake("span", { class: "ktb-hand" }, row.hand ? `raised ${ktbMinutes(row.hand)}` : "raised now")]));
const ktbStuck = (row) => ktbMake("td", {},
  ...(row.stuck === null ? [] : [ktbMake("span", { class: "ktb-stuck" }, ktbMinutes(row.stuck))]));

function ktbCell([standing, minutes, hints, isStuck]) {
  const more = [...(standing === "open" ? [] : [ktbMinutes(minutes)]), ...(hints ? [ktbHints(hints)] : [])];
  return ktbMake("td", { class: `ktb-${standing}${isStuck ? " ktb-over" : ""}` },
    ktbMake("span", { "aria-hidden": "true", class: "ktb-mark" }, KTB_SIGNS[standing]),
    ktbMake("span", { class: "ktb-word" }, `${standing} `), more.join(", "));
}

function ktbQuiet(row) {
  const text = row.quiet === null ? "not yet" : row.quiet < 1 ? "now" : `${ktbMinutes(row.quiet)} ago`;
  return ktbMake("td", { class: "ktb-quiet" }, text);
}

function ktbBar(numbers) {
  const all = numbers.reduce((sum, each) => sum + each, 0) || 1;
  const names = ["passed", "trying", "open"];
  const parts = numbers.map((number, place) => {
    const part = ktbMake("i", { class: `ktb-part-${names[place]}` });
    part.style.width = `${(100 * number) / all}%`;
    return part;
  });
  return ktbMake("span", { class: "ktb-bar", "aria-hidden": "true" }, ...parts);
}

function ktbDownload(text, name) {
  const link = ktbMake("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
