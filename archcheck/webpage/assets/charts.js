"use strict";

const PALETTES = {
  light: ["#1d5fa7", "#a34a05", "#1c7042", "#7b3f9e", "#a5275b", "#0a6c72", "#80590a", "#4d5a67"],
  dark: ["#79b4f2", "#f0a060", "#74cf9a", "#c99be6", "#f08fb4", "#5cc8cf", "#d9b45a", "#a9b5c2"],
};
const INKS = {
  light: { text: "#1b2027", quiet: "#55606d", line: "#d5dae1", card: "#ffffff", on: "#ffffff" },
  dark: { text: "#e7ebf0", quiet: "#a7b2bf", line: "#36404c", card: "#191f26", on: "#11151a" },
};
const theme = () => document.documentElement.dataset.theme;
const ink = () => INKS[theme()];

/** The types of layers in their colours, for the eye; whoever does not see colours has them in the table. */
function legendOf(colours) {
  return colours.legend.map(([type, colour]) => {
    const mark = el("i", { "aria-hidden": "true" });
    mark.style.background = colour;
    return el("li", {}, mark, type);
  });
}

/** A colour a type of layer, the costliest first; what is left over shares the last. */
function coloursOf(layers, key) {
  const sums = new Map();
  for (const layer of layers) sums.set(layer.type, (sums.get(layer.type) || 0) + (layer[key] || 0));
  const types = [...sums].filter(([, sum]) => sum > 0).sort((a, b) => b[1] - a[1]).map(([type]) => type);
  const palette = PALETTES[theme()];
  const last = palette.length - 1;
  const own = types.length > palette.length ? last : palette.length;
  const legend = types.slice(0, own).map((type, index) => [type, palette[index]]);
  if (own === last) legend.push(["other types", palette[last]]);
  return { of: (type) => palette[Math.min(Math.max(types.indexOf(type), 0), last)], legend };
}

function tip(title, ...lines) {
  return el("div", { class: "tip" }, el("b", {}, title), ...lines.filter(Boolean).map((text) => el("div", {}, text)));
}

function common(narrow) {
  const colours = ink();
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colours.text },
    tooltip: { confine: true, backgroundColor: colours.card, borderColor: colours.line, textStyle: { color: colours.text } },
    grid: { left: 20, right: narrow ? 60 : 96, top: 12, bottom: 44, containLabel: true },
  };
}

function axis(name, more) {
  const colours = ink();
  return {
    name, nameLocation: "middle", nameTextStyle: { color: colours.quiet }, axisLabel: { color: colours.quiet, hideOverlap: true },
    axisLine: { lineStyle: { color: colours.line } }, splitLine: { lineStyle: { color: colours.line } }, ...more,
  };
}

/** A part with a smaller share has no room for its number: half a number would be a wrong one. */
const ROOM_FOR_TEXT = 0.06;

/** The layers as a tree of modules; a module that runs twice is one leaf with the sum. */
function treeOf(layers, key, colours) {
  const top = { children: new Map() };
  for (const layer of layers) {
    if (!(layer[key] > 0)) continue;
    const path = layer.layer.split(".");
    if (layer.kind === "function") path.push(layer.type);
    let node = top;
    path.forEach((name, depth) => {
      if (!node.children.has(name)) node.children.set(name, { name, path: path.slice(0, depth + 1).join("."), children: new Map(), own: 0 });
      node = node.children.get(name);
    });
    node.own += layer[key];
    node.type = layer.type;
  }
  return [...top.children.values()].map((node) => branch(node, colours));
}

function branch(node, colours) {
  const children = [...node.children.values()].map((child) => branch(child, colours));
  if (children.length && node.own) children.push({ name: node.name, path: node.path, type: node.type, value: node.own, itemStyle: { color: colours.of(node.type) } });
  const value = children.length ? children.reduce((sum, child) => sum + child.value, 0) : node.own;
  const largest = children.reduce((most, child) => (most && most.value >= child.value ? most : child), null);
  const colour = largest ? largest.itemStyle.color : colours.of(node.type);
  const made = { name: node.name, path: node.path, type: children.length ? "" : node.type, value, itemStyle: { color: colour } };
  if (children.length) made.children = children;
  return made;
}

function treemap(layers, key, total, colours) {
  const { show } = QUANTITIES[key];
  const shades = ink();
  const upper = { show: true, height: 20, color: shades.text, fontSize: 12, overflow: "truncate", formatter: (at) => (at.value / total < ROOM_FOR_TEXT ? "" : at.name) };
  const level = (width, gap, named) => ({
    itemStyle: { borderColor: shades.line, borderWidth: width, gapWidth: gap }, upperLabel: named ? upper : { show: false },
  });
  return {
    ...common(),
    tooltip: {
      ...common().tooltip,
      formatter: (at) => (at.data && at.data.path ? tip(at.data.path, at.data.type, `${show(at.value)}, ${percent(at.value / total)}`) : ""),
    },
    series: [{
      type: "treemap", name: "the network", roam: false, left: 0, right: 0, top: 0, bottom: 34, visibleMin: 30, leafDepth: 3, drillDownIcon: "",
      data: treeOf(layers, key, colours),
      label: { color: shades.on, fontSize: 12, lineHeight: 16, overflow: "truncate", formatter: (at) => (at.value / total < ROOM_FOR_TEXT ? at.name : `${at.name} ${at.data.type || ""}\n${percent(at.value / total)}`) },
      levels: [level(0, 3, false), level(2, 2, true), level(2, 1, true), level(1, 1, false), level(1, 1, false)],
      itemStyle: { borderColor: shades.line },
      emphasis: { label: { color: shades.on }, upperLabel: { color: shades.text }, itemStyle: { borderColor: shades.text } },
      breadcrumb: { bottom: 2, height: 24, itemStyle: { color: shades.card, borderColor: shades.quiet, textStyle: { color: shades.text } }, emphasis: { itemStyle: { color: shades.line, textStyle: { color: shades.text } } } },
    }],
  };
}

/** Horizontal bars, the first at the top. bars: {name, value, text, colour, more}. */
function bars(items, label, show, narrow) {
  const shades = ink();
  return {
    ...common(narrow),
    tooltip: { ...common().tooltip, trigger: "item", formatter: (at) => tip(items[at.dataIndex].full, ...items[at.dataIndex].more) },
    grid: { ...common(narrow).grid, bottom: 40, right: narrow ? 92 : 128 },
    xAxis: axis(label, { type: "value", nameGap: 26, splitNumber: narrow ? 2 : 4, axisLabel: { color: shades.quiet, hideOverlap: true, formatter: show } }),
    yAxis: { type: "category", inverse: true, data: items.map((item) => item.name), axisTick: { show: false }, axisLine: { lineStyle: { color: shades.line } }, axisLabel: { color: shades.text, interval: 0, width: narrow ? 110 : 190, overflow: "truncate" } },
    series: [{
      type: "bar", barMaxWidth: 18, data: items.map((item) => ({ value: item.value, itemStyle: { color: item.colour } })),
      label: { show: true, position: "right", color: shades.text, backgroundColor: shades.card, padding: [1, 3], formatter: (at) => items[at.dataIndex].text },
    }],
  };
}

function sharesOf(layers, key, total, colours, most) {
  const { show } = QUANTITIES[key];
  const costly = layers.filter((layer) => layer[key] > 0).sort((a, b) => b[key] - a[key]);
  const item = (name, full, value, colour, more) => ({ name, full, value, colour, more, text: `${show(value)}  ${percent(value / total)}` });
  const made = costly.slice(0, most).map((layer) => item(layer.layer, layer.layer, layer[key], colours.of(layer.type), [layer.type, layer.output, `${show(layer[key])}, ${percent(layer[key] / total)}`]));
  const rest = costly.slice(most);
  if (rest.length) {
    const sum = rest.reduce((all, layer) => all + layer[key], 0);
    const name = plural(rest.length, "other");
    made.push(item(name, name, sum, ink().quiet, [`${show(sum)}, ${percent(sum / total)}`]));
  }
  return made;
}
