"use strict";

const AT_FIRST = 200;
/** A text of more characters is broken into lines. */
const WIDE = 36;

/**
 * A table that sorts by its headers and filters by words and by one column's values.
 * columns: {key, label, kind: "number" | "name" | "long" | undefined, show, node}; choice: {key, label}.
 */
function sortable({ caption, columns, rows, choice, sort, changed, first }) {
  const state = { words: "", chosen: "", sort: sort || null, all: false };
  const body = el("tbody");
  const status = el("span", { role: "status" });
  const more = el("button", { type: "button", class: "more", onclick: () => { state.all = true; draw(); } });
  const heads = columns.map((column) => header(column, () => { turn(state, column); draw(); }));
  const texts = new Map(rows.map((row) => [row, columns.map((column) => row[column.key] ?? "").join(" ").toLowerCase()]));

  function draw() {
    const kept = ordered(rows.filter((row) => fits(row, state, texts, choice)), state.sort);
    const shown = state.all ? kept : kept.slice(0, AT_FIRST);
    body.replaceChildren(...shown.map((row) => line(row, columns, first)));
    if (!kept.length) body.append(el("tr", {}, el("td", { colspan: columns.length }, "No row fits the filter.")));
    status.textContent = kept.length === rows.length ? plural(rows.length, "row") : `${count(kept.length)} of ${plural(rows.length, "row")}`;
    more.hidden = shown.length === kept.length;
    more.textContent = `Show all ${count(kept.length)} rows`;
    heads.forEach((head, index) => mark(head, columns[index], state.sort));
    if (changed) changed(kept);
  }
  const narrowed = (name) => (event) => { state[name] = event.target.value; state.all = false; draw(); };
  const controls = el("div", { class: "controls" }, search(caption, narrowed("words")), choice ? choices(choice, rows, narrowed("chosen")) : null, status);
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body);
  draw();
  return el("div", {}, controls, el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, table), more);
}

function header(column, press) {
  const button = el("button", { type: "button", onclick: press }, column.label);
  return el("th", { scope: "col", class: column.kind === "number" ? "number" : "" }, button);
}

/** Numbers begin with the largest, words with the first of the alphabet; a second press turns it round. */
function turn(state, column) {
  const begins = column.kind === "number" && column.key !== "number" ? -1 : 1;
  state.sort = state.sort && state.sort.key === column.key ? { key: column.key, way: -state.sort.way } : { key: column.key, way: begins };
}

function mark(head, column, sort) {
  if (sort && sort.key === column.key) head.setAttribute("aria-sort", sort.way > 0 ? "ascending" : "descending");
  else head.removeAttribute("aria-sort");
}

/** What is not known stands last, whichever way the rest is sorted. */
function ordered(rows, sort) {
  if (!sort) return rows;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[sort.key], other[sort.key]];
    if (!known(a) || !known(b)) return known(b) - known(a);
    if (typeof a === "number" && typeof b === "number") return sort.way * (a - b);
    return sort.way * String(a).localeCompare(String(b), "en", { numeric: true });
  });
}

function fits(row, state, texts, choice) {
  if (state.chosen && row[choice.key] !== state.chosen) return false;
  return state.words.toLowerCase().split(/\s+/).every((word) => texts.get(row).includes(word));
}

function search(caption, narrowed) {
  return el("label", {}, "Filter", el("input", { type: "search", "aria-label": `Filter: ${caption}`, oninput: narrowed }));
}

function choices(choice, rows, narrowed) {
  const values = [...new Set(rows.map((row) => row[choice.key]).filter(known))].sort();
  const options = values.map((value) => el("option", { value }, value));
  return el("label", {}, choice.label, el("select", { onchange: narrowed }, el("option", { value: "" }, "all"), ...options));
}

function line(row, columns, first) {
  return el("tr", {}, ...columns.map((column) => {
    const content = column.node ? column.node(row) : (column.show || ((value) => (known(value) ? String(value) : NOTHING)))(row[column.key]);
    const wide = String(row[column.key] ?? "").length > WIDE && column.kind !== "name";
    return el(column.key === first ? "th" : "td", { class: wide ? "long" : column.kind || "", scope: column.key === first ? "row" : null }, content);
  }));
}
