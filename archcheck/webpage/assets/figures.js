"use strict";

const drawn = new Map();
const watching = new IntersectionObserver((seen) => {
  for (const entry of seen) if (entry.isIntersecting) draw(entry.target);
}, { rootMargin: "200px" });

/** Draw a chart, if it is on the page and has been looked at; its options are made anew, for the theme and the width. */
function draw(place) {
  const options = drawn.get(place);
  if (!options || !place.isConnected) return;
  const chart = echarts.getInstanceByDom(place) || echarts.init(place, null, { renderer: "svg" });
  chart.resize();
  chart.setOption(options(place.clientWidth < 520), true);
}

/** A chart with its heading and what it says in words; its numbers are in a table of the page. rows: of bars or boxes. */
function figure(title, said, options, { rows, legend } = {}) {
  const place = el("div", { class: "chart", role: "img", "aria-label": `${title}. ${said}` });
  if (rows) place.style.height = `${Math.max(rows, 2) * 24 + 56}px`;
  const key = legend ? el("ul", { class: "legend" }) : null;
  drawn.set(place, (narrow) => {
    if (key) key.replaceChildren(...legendOf(legend()));
    return options(narrow);
  });
  watching.observe(place);
  return el("figure", {}, el("h4", {}, title), key, place, el("figcaption", {}, said));
}

function forget(parent) {
  for (const place of parent.querySelectorAll(".chart")) {
    watching.unobserve(place);
    drawn.delete(place);
    const chart = echarts.getInstanceByDom(place);
    if (chart) chart.dispose();
  }
}

function redraw() {
  for (const place of drawn.keys()) if (echarts.getInstanceByDom(place)) draw(place);
}

/** What a layer does of a byte it moves, and how fast, under the two ceilings of the device. */
function roofline(layers, ceilings, narrow) {
  const [most, bandwidth] = ceilings;
  const shades = ink();
  const colours = coloursOf(layers, "latency_ms");
  const points = layers.map((layer) => ({ value: [layer.batch_flops / layer.batch_bytes, layer.gflops_per_s], layer, itemStyle: { color: colours.of(layer.type) } }));
  const ridge = most / bandwidth;
  const xs = points.map((point) => point.value[0]);
  const left = 10 ** Math.floor(Math.log10(Math.min(...xs, ridge)));
  const right = 10 ** Math.ceil(Math.log10(Math.max(...xs, ridge * 2)));
  const low = Math.min(...points.map((point) => point.value[1]), left * bandwidth);
  const power = (value) => (value >= 0.01 && value < 1e5 ? String(+value.toPrecision(3)) : value.toExponential(0));
  const labels = { color: shades.quiet, hideOverlap: true, formatter: power };
  return {
    ...common(narrow),
    grid: { left: 28, right: 20, top: 28, bottom: 44, containLabel: true },
    tooltip: { ...common().tooltip, formatter: (at) => (at.data.layer ? tip(at.data.layer.layer, at.data.layer.type, `${power(at.value[0])} FLOP a byte`, `${power(at.value[1])} GFLOP/s`, `waits for: ${at.data.layer.bound || NOTHING}`) : "") },
    xAxis: axis("FLOP a byte", { type: "log", min: left, max: right, nameGap: 28, axisLabel: labels }),
    yAxis: axis("GFLOP/s", { type: "log", min: 10 ** Math.floor(Math.log10(low)), max: 10 ** Math.ceil(Math.log10(most * 1.5)), nameGap: narrow ? 36 : 44, axisLabel: labels }),
    series: [
      {
        type: "line", symbol: "none", silent: true, lineStyle: { color: shades.text, width: 2 },
        data: [[left, left * bandwidth], [ridge, most], [right, most]],
        markPoint: { symbol: "circle", symbolSize: 1, silent: true, data: [{ coord: [right, most], value: "" , label: { show: true, position: ["-100%", -18], align: "right", color: shades.text, formatter: `${power(most)} GFLOP/s` } }] },
      },
      { type: "scatter", symbolSize: 9, data: points, itemStyle: { opacity: 0.85, borderColor: shades.card, borderWidth: 1 } },
    ],
  };
}

function quantile(sorted, part) {
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

/** Boxes over every sample. samples: {name: [milliseconds]}. */
function spread(samples, narrow) {
  const shades = ink();
  const colour = PALETTES[theme()][0];
  const names = Object.keys(samples);
  const boxes = names.map((name) => {
    const sorted = [...samples[name]].sort((a, b) => a - b);
    return [0.1, 0.25, 0.5, 0.75, 0.9].map((part) => quantile(sorted, part));
  });
  const dots = names.flatMap((name, row) => samples[name].map((value) => [value, row]));
  return {
    ...common(narrow),
    grid: { left: 20, right: 24, top: 12, bottom: 44, containLabel: true },
    tooltip: { ...common().tooltip, formatter: (at) => (at.seriesType === "boxplot" ? tip(names[at.dataIndex], `median ${time(boxes[at.dataIndex][2])}`, `p10 ${time(boxes[at.dataIndex][0])}`, `p90 ${time(boxes[at.dataIndex][4])}`) : tip(time(at.value[0]))) },
    xAxis: axis("milliseconds", { type: "value", scale: true, nameGap: 28, splitNumber: narrow ? 3 : 6 }),
    yAxis: { type: "category", inverse: true, data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: shades.line } }, axisLabel: { color: shades.text, interval: 0, width: narrow ? 100 : 170, overflow: "truncate" } },
    series: [
      { type: "scatter", symbolSize: 5, symbolOffset: [0, 17], data: dots, itemStyle: { color: shades.quiet, opacity: 0.5 } },
      { type: "boxplot", boxWidth: [10, 18], data: boxes, itemStyle: { color: shades.card, borderColor: colour, borderWidth: 2 } },
    ],
  };
}
