"""Drawings in a real browser: no text lies on another, on a volume or outside, and each can be read, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from archcheck import api, targets
from archcheck.drawing.plan import figure
from archcheck.drawing.to_svg import svg
from archcheck.infer import infer
from tests.browser import browser, look

LOOK = """
const page = document.documentElement.getBoundingClientRect();
const texts = [...document.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
const volumes = [...document.querySelectorAll("g")].map((group) => {
  const sides = [...group.querySelectorAll("path")].map((path) => path.getBoundingClientRect());
  const outer = (side, of) => of(...sides.map((box) => box[side]));
  const [left, top] = [outer("left", Math.min), outer("top", Math.min)];
  return { left, top, right: outer("right", Math.max), bottom: outer("bottom", Math.max) };
});
const beside = (a, b) => a.left > b.right - .5 || b.left > a.right - .5;
const over = (a, b) => !beside(a, b) && a.top < b.bottom - 1.5 && b.top < a.bottom - 1.5;
const outside = (a) => a.left < page.left || a.right > page.right || a.top < page.top || a.bottom > page.bottom;
const wrong = [];
texts.forEach(([words, box], index) => {
  if (outside(box)) wrong.push(`${words}: outside`);
  for (const [other, its] of texts.slice(index + 1)) if (over(box, its)) wrong.push(`${words}: on ${other}`);
  if (volumes.some((volume) => over(box, volume))) wrong.push(`${words}: on a volume`);
});
return [texts.length, wrong];
"""
CONTRASTS = """
const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const fill = (node) => light(getComputedStyle(node).fill);
const ground = fill(document.querySelector(".ground"));
return [...document.querySelectorAll("text")].map((text) => {
  const [dark, bright] = [fill(text), ground].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
});
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def opened(driver: Chrome, target: targets.Target, folder: Path, *depths: int | None) -> Iterator[int | None]:
    """Open the drawing of `target` at each of `depths`, one after the other."""
    spec = api.load(target)
    model, verdicts, file = infer(spec), api.lint(spec), folder / "net.svg"
    for depth in depths:
        file.write_text(svg(figure(spec, model, verdicts, depth)), encoding="utf-8")
        driver.get(file.as_uri())
        yield depth


def test_nothing_lies_on_anything_in_any_shipped_network(driver: Chrome, tmp_path: Path) -> None:
    for target in targets.find([]):
        for depth in opened(driver, target, tmp_path, None, 0, 2):
            number, wrong = driver.execute_script(LOOK)
            assert (number > 5, wrong) == (True, []), (target.shown, depth)


def test_what_lies_on_something_is_found(driver: Chrome, tmp_path: Path) -> None:
    next(opened(driver, targets.one("lenet5"), tmp_path, None))
    driver.execute_script(
        "const [a, b] = document.querySelectorAll('g text'); a.setAttribute('y', b.getAttribute('y'));"
        "document.querySelectorAll('text')[4].setAttribute('y', 2000);"
    )
    _, wrong = driver.execute_script(LOOK)
    assert {line.partition(": ")[2].split()[0] for line in wrong} == {"outside", "on"}


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read(driver: Chrome, tmp_path: Path, dark: bool) -> None:
    look(driver, 1100, dark=dark)
    next(opened(driver, targets.one("inception_v3"), tmp_path, None))
    ratios = driver.execute_script(CONTRASTS)
    assert len(ratios) > 50
    assert min(ratios) >= 4.5  # WCAG 2.2, 1.4.3
