"use strict";

/** Make an element; strings become text, never markup. */
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const NOTHING = "-";
const known = (value) => value !== null && value !== undefined && value !== "";
const count = (value) => (known(value) ? value.toLocaleString("en-US") : NOTHING);
const fixed = (digits) => (value) =>
  known(value) ? value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }) : NOTHING;
const milliseconds = fixed(3);
const percent = (value) => (known(value) ? `${(100 * value).toFixed(1)} %` : NOTHING);

function scaled(value, base, units) {
  if (!known(value)) return NOTHING;
  let step = 0;
  while (Math.abs(value) >= base && step < units.length - 1) {
    value /= base;
    step += 1;
  }
  const digits = step === 0 && Number.isInteger(value) ? 0 : value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${units[step] ? `\u00a0${units[step]}` : ""}`;
}
const short = (value) => scaled(value, 1000, ["", "K", "M", "G", "T", "P"]);
const bytes = (value) => scaled(value, 1000, ["B", "KB", "MB", "GB", "TB", "PB"]);
const time = (value) => (known(value) ? `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}\u00a0ms` : NOTHING);

const QUANTITIES = {
  macs: { label: "MACs", show: short },
  params: { label: "Parameters", show: short },
  flops: { label: "FLOPs", show: short },
  moved_bytes: { label: "Bytes moved", show: bytes },
  latency_ms: { label: "Time", show: time },
  peak_bytes: { label: "Peak memory", show: bytes },
};

const badge = (status) => el("span", { class: `badge ${status.replace(" ", "-")}` }, status);
const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
