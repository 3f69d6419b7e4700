"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const objects = (rows, names) => rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
const main = document.getElementById("main");
const card = (title, ...children) => el("section", { class: "card", "aria-label": title }, el("h3", {}, title), ...children);
const holds = (network) => el("span", { class: `badge ${network.ok ? "agrees" : "differs"}` }, network.ok ? "holds" : "differs");
const some = (rows, key) => rows.some((row) => known(row[key]));
const link = (network) => `#network/${encodeURIComponent(network.name)}`;
const MOST_COMPARED = 20;
const MOST_BARS = 14;

function picker(label, keys, chosen) {
  const select = el("select", { onchange: () => chosen(select.value) }, ...keys.map((key) => el("option", { value: key }, QUANTITIES[key].label)));
  return el("div", { class: "controls" }, el("label", {}, label, select));
}

function numbers(...keys) {
  return keys.map(([key, label, show]) => ({ key, label, kind: "number", show: show || count }));
}

function networksCard() {
  const networks = data.networks;
  const chart = el("div");
  let key = "macs";
  let kept = networks;
  const redo = () => { forget(chart); chart.replaceChildren(compared(kept, key)); };
  const keys = ["macs", "params", "flops", "moved_bytes", "peak_bytes", "latency_ms"].filter((name) => some(networks, name));
  const columns = [
    { key: "name", label: "Network", kind: "name", node: (row) => el("a", { href: link(row) }, row.name) },
    { key: "ok", label: "Verdict", node: holds },
    ...numbers(["claims", "Claims"], ["agree", "Agree"], ["knownWrong", "Known wrong"], ["differ", "Differ"], ["unchecked", "Unchecked"]),
    ...numbers(["params", "Parameters"], ["macs", "MACs"], ["peak_bytes", "Peak memory", bytes]),
    ...(some(networks, "latency_ms") ? numbers(["latency_ms", "Time (ms)", milliseconds]) : []),
  ];
  const choice = some(networks, "family") ? { key: "family", label: "Family" } : null;
  const table = sortable({ caption: "Networks", columns, rows: networks, choice, first: "name", changed: (rows) => { kept = rows; redo(); } });
  return card("Networks", table, el("div", { class: "more" }, picker("Compare by", keys, (name) => { key = name; redo(); }), chart));
}

function compared(networks, key) {
  const { label, show } = QUANTITIES[key];
  const most = [...networks].filter((one) => known(one[key])).sort((a, b) => b[key] - a[key]).slice(0, MOST_COMPARED);
  const left = networks.length - most.length;
  const said = `${plural(most.length, "network")}, the largest first${left ? `; ${left} more: filter the table to choose` : ""}.`;
  if (key === "latency_ms") {
    const samples = () => Object.fromEntries(most.map((one) => [one.name, one.samples["whole call"]]));
    return figure("Time of one call", `${said} ${BOXES}`, (narrow) => spread(samples(), narrow), { rows: most.length * 2 });
  }
  const items = () => most.map((one) => ({ name: one.name, full: one.title, value: one[key], text: show(one[key]), colour: PALETTES[theme()][0], more: [`${label}: ${show(one[key])}`] }));
  return figure(`${label} of one sample`, said, (narrow) => bars(items(), label, show, narrow), { rows: most.length });
}

function overview(network) {
  const facts = [["Spec", network.target], ["Input", network.input], ["Run on", network.device]];
  const documents = network.sources.flatMap(({ title, url }, index) => [index ? "; " : "", /^https?:/.test(url) ? el("a", { href: url, rel: "noreferrer" }, title) : title]);
  const list = el("dl", { class: "facts" }, ...facts.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
  if (documents.length) list.append(el("dt", {}, "Document"), el("dd", {}, ...documents));
  for (const note of network.notes) list.append(el("dt", {}, "Note"), el("dd", {}, note));
  const tiles = ["params", "macs", "flops", "moved_bytes", "peak_bytes", "latency_ms"].map((key) => {
    const { label, show } = QUANTITIES[key];
    return el("li", {}, el("b", {}, known(network[key]) ? show(network[key]) : "not measured"), el("span", {}, label));
  });
  const heading = el("h2", { id: "network", tabindex: "-1" }, network.title || network.name);
  return el("section", { class: "card", "aria-labelledby": "network" }, el("div", { class: "lead" }, heading, holds(network)), el("p", {}, `${network.summary}.`), list, el("ul", { class: "tiles" }, ...tiles));
}

function verdictsCard(network) {
  const rows = objects(network.checks, data.checkColumns);
  if (!rows.length) return card("Verdicts", el("p", { class: "none" }, "The document claims nothing."));
  const text = (key, label, kind) => ({ key, label, kind });
  const columns = [
    text("layer", "Layer", "name"), { key: "status", label: "Verdict", node: (row) => badge(row.status) }, text("quantity", "Quantity"),
    text("documented", "Documented", "number"), text("inferred", "Inferred", "number"), text("seen", "Seen", "number"), text("type", "Type"), text("hint", "Hint", "long"),
    { key: "line", label: "Line", kind: "number", show: (value) => (known(value) ? String(value) : NOTHING) }, text("at", "In the document"),
  ];
  return card("Verdicts", sortable({ caption: "Verdicts", columns, rows, choice: { key: "status", label: "Verdict" }, first: "layer" }));
}

function layersCard(network, layers) {
  const timed = some(layers, "latency_ms");
  const columns = [
    { key: "number", label: "No.", kind: "number" }, { key: "layer", label: "Layer", kind: "name" }, { key: "type", label: "Type" },
    { key: "output", label: "Output", kind: "number" },
    ...numbers(["params", "Parameters"], ["macs", "MACs"], ["share", "Share of MACs", percent], ["flops", "FLOPs"], ["moved_bytes", "Bytes moved"]),
    ...(timed ? [...numbers(["latency_ms", "Time (ms)", milliseconds], ["latency_spread", "Spread", percent], ["gflops_per_s", "GFLOP/s", fixed(2)]), { key: "bound", label: "Waits for" }] : []),
  ];
  return card("Layers", sortable({ caption: "Layers", columns, rows: layers, choice: { key: "type", label: "Type" }, first: "layer" }));
}

function costCard(network, layers) {
  const place = el("div");
  const keys = ["macs", "params", "flops", "moved_bytes", "latency_ms"].filter((key) => layers.some((layer) => layer[key] > 0));
  if (!keys.length) return card("Cost by module and by layer", el("p", { class: "none" }, "No cost of any layer is known."));
  const chosen = (key) => { forget(place); place.replaceChildren(costs(layers, key)); };
  chosen(keys[0]);
  return card("Cost by module and by layer", picker("Show", keys, chosen), place);
}

function costs(layers, key) {
  const total = layers.reduce((sum, layer) => sum + (layer[key] || 0), 0);
  const colours = () => coloursOf(layers, key);
  const { label, show } = QUANTITIES[key];
  const top = sharesOf(layers, key, total, colours(), 3).slice(0, 3).map((item) => `${item.full} ${item.text.replace(/\s+/g, " ")}`);
  const unknown = layers.filter((layer) => !known(layer[key])).length;
  const open = unknown ? ` Not known of ${plural(unknown, "row")}.` : "";
  const items = () => sharesOf(layers, key, total, colours(), MOST_BARS);
  const tree = figure(`${label} by module`, "An area is a share; a press on a module opens it. Every number is in the table of layers.", () => treemap(layers, key, total, colours()), { legend: colours });
  const shares = figure(`${label} by layer`, `${show(total)} in all; most: ${top.join("; ")}.${open}`, (narrow) => bars(items(), label, show, narrow), { rows: items().length, legend: colours });
  return el("div", { class: "charts" }, tree, shares);
}

const BOXES = "Boxes are quartiles with the median, whiskers p10 and p90, dots the samples.";
const UNMEASURED = "Not measured: nothing was run. Name a device that runs the network, as --device cpu.";

function timesCard(network, layers) {
  const place = el("div", { class: "charts" });
  const rows = Object.keys(network.samples).length;
  const timed = layers.filter((layer) => layer.gflops_per_s > 0 && layer.batch_flops > 0 && layer.batch_bytes > 0);
  if (!rows) return card("Time and roofline", el("p", { class: "none" }, UNMEASURED));
  const samples = network.samples["whole call"].length;
  place.append(figure("Time of one call", `Median ${time(network.latency_ms)} of ${plural(samples, "sample")}. ${BOXES}`, (narrow) => spread(network.samples, narrow), { rows: rows * 3 + 3 }));
  if (network.ceilings && timed.length) {
    const [most, bandwidth] = network.ceilings;
    const said = `${plural(timed.length, "layer")} under the measured ceilings: ${+most.toPrecision(3)} GFLOP/s and ${+bandwidth.toPrecision(3)} GB/s. A slanted line is memory, the level one arithmetic.`;
    place.append(figure("Roofline", said, (narrow) => roofline(timed, network.ceilings, narrow), { legend: () => coloursOf(timed, "latency_ms") }));
  }
  return card("Time and roofline", place);
}

function show(network) {
  const total = network.macs;
  const layers = objects(network.layers, data.layerColumns);
  for (const layer of layers) layer.share = total && known(layer.macs) ? layer.macs / total : null;
  forget(detail);
  detail.replaceChildren(overview(network), verdictsCard(network), costCard(network, layers), timesCard(network, layers), layersCard(network, layers));
  document.title = `${network.name} - archcheck report`;
}

function pickNetwork() {
  const select = el("select", { id: "pick", onchange: () => { location.hash = link({ name: select.value }); } }, ...data.networks.map((one) => el("option", { value: one.name }, one.name)));
  return el("div", { class: "controls" }, el("label", {}, "Network", select));
}

function go() {
  const asked = decodeURIComponent((location.hash.match(/^#network\/(.*)$/) || ["", ""])[1]);
  const network = data.networks.find((one) => one.name === asked);
  if (!network) return;
  show(network);
  document.getElementById("pick").value = network.name;
  document.getElementById("network").focus();
}

function paint(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.getElementById("theme").setAttribute("aria-pressed", String(dark));
  redraw();
}

function summary() {
  const sum = (key) => data.networks.reduce((all, one) => all + one[key], 0);
  const wrong = data.networks.filter((one) => !one.ok).length;
  const parts = [["agree", "agree"], ["knownWrong", "known wrong"], ["differ", "differ"], ["notReached", "not reached"], ["unchecked", "unchecked"]];
  const told = parts.filter(([key]) => sum(key)).map(([key, word]) => `${count(sum(key))} ${word}`).join(", ");
  const verdicts = wrong ? `${count(wrong)} of them ${wrong === 1 ? "differs" : "differ"} from what is documented` : "what is documented holds";
  return `${plural(data.networks.length, "network")}: ${verdicts}. ${plural(sum("claims"), "claim")}${told ? `: ${told}` : ""}.`;
}

const detail = el("div");
const prefers = matchMedia("(prefers-color-scheme: dark)");
paint(prefers.matches);
prefers.addEventListener("change", (event) => paint(event.matches));
document.getElementById("theme").addEventListener("click", () => paint(theme() !== "dark"));
document.getElementById("summary").textContent = summary();
document.getElementById("made").textContent = `Made by archcheck ${data.version} report. Costs are of one sample; time, bytes moved in the roofline and peak memory of the batch that was run.`;
if (data.networks.length > 1) main.append(networksCard(), pickNetwork());
main.append(detail);
if (data.networks.length) show(data.networks[0]);
go();
window.addEventListener("hashchange", go);
window.addEventListener("resize", redraw);
