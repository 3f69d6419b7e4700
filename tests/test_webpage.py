"""The page to look at, in a real browser: it loads alone, sorts, filters, can be read, and keeps names as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from archcheck import api, targets
from archcheck.costs import Ceilings, Profile, Timing
from archcheck.profiling.settings import Settings
from archcheck.report import folder
from archcheck.webpage.data import Shown
from archcheck.webpage.page import html, island
from tests.browser import CONTRASTS, browser, logged, look
from tests.command_line import run

HOSTILE = "</script><script>window.broken = 1</script>"
IMAGE = "<img src=x onerror='window.broken = 1'>"
SPEC = "input: [1, 8, 8]\nlayers:\n  - Conv2d: {out_channels: 2, kernel_size: 3}\n"


def timed(cost: Profile) -> Profile:
    """Return a profile as of a run: the layers take 1, 2, 3 ... ms."""
    layers = tuple(
        replace(layer, latency_ms=float(number), latency_spread=0.1, gflops_per_s=2.0, bound="memory")
        for number, layer in enumerate(cost.layers, 1)
    )
    return replace(cost, layers=layers, latency=Timing((9.0, 1.0, 2.0, 3.0)), ceilings=Ceilings(100.0, 10.0))


@pytest.fixture(scope="module")
def shown() -> list[Shown]:
    made = folder.make(targets.find(["lenet5", "alexnet_half"]), "meta")
    settings = Settings(witnesses=False, memory=False)
    lenet, alexnet = (
        Shown(page, api.profile(page.spec, "meta", settings))
        for page in sorted(made.pages, key=lambda page: page.spec.name, reverse=True)
    )
    first, *others = lenet.cost.layers
    named = replace(lenet.cost, layers=(replace(first, layer=HOSTILE, type=IMAGE), *others))
    titled = replace(lenet.page, spec=replace(lenet.page.spec, title=HOSTILE + IMAGE))
    return [Shown(titled, timed(named)), alexnet]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def address(shown: list[Shown], tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(html(shown), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(driver: Chrome, address: str) -> Chrome:
    driver.get("about:blank")
    logged(driver)
    look(driver, 1440)
    driver.get(address)
    return driver


def card(page: Chrome, title: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, f"section[aria-label='{title}']")


def column(part: WebElement, label: str) -> list[str]:
    """Return a column's cells, from the first row to the last."""
    heads = [head.text for head in part.find_elements(By.CSS_SELECTOR, "thead th")]
    cells = f"tbody tr > :nth-child({heads.index(label) + 1})"
    return [cell.get_property("textContent") for cell in part.find_elements(By.CSS_SELECTOR, cells)]  # type: ignore[misc]


def head(part: WebElement, label: str) -> WebElement:
    return next(one for one in part.find_elements(By.CSS_SELECTOR, "thead button") if one.text == label)


def draw_all(page: Chrome) -> int:
    """Bring every chart into view until each is drawn, and return how many there are."""
    charts = page.find_elements(By.CLASS_NAME, "chart")
    for chart in charts:
        page.execute_script("arguments[0].scrollIntoView()", chart)
        WebDriverWait(page, 10).until(lambda _, chart=chart: chart.find_elements(By.TAG_NAME, "svg"))  # type: ignore[misc]
    return len(charts)


def asked(page: Chrome, script: str) -> Any:
    return page.execute_script(script)


def test_it_loads_alone_and_draws_every_chart_without_a_word_in_the_console(page: Chrome) -> None:
    assert draw_all(page) == 5  # networks; the tree, the shares; time, roofline
    assert logged(page) == []
    assert asked(page, "return performance.getEntriesByType('resource').map((one) => one.name)") == []


def test_a_request_is_refused_by_the_page_itself(page: Chrome) -> None:
    asked(page, "document.body.append(Object.assign(new Image(), {src: 'https://example.invalid/x.png'}))")
    WebDriverWait(page, 10).until(
        lambda at: any("Content Security Policy" in one["message"] for one in logged(at))
    )


def test_names_stay_text(page: Chrome) -> None:
    draw_all(page)
    assert column(card(page, "Layers"), "Layer")[0] == HOSTILE
    assert column(card(page, "Layers"), "Type")[0] == IMAGE
    assert page.find_element(By.ID, "network").text == HOSTILE + IMAGE
    assert asked(page, "return [window.broken, document.images.length]") == [None, 0]


def test_a_column_sorts_by_mouse_and_by_keyboard(page: Chrome, shown: list[Shown]) -> None:
    part = card(page, "Layers")
    macs = [layer.macs for layer in shown[0].cost.layers]
    down = [f"{count:,}" for count in sorted((one for one in macs if one is not None), reverse=True)]
    head(part, "MACs").click()
    assert column(part, "MACs") == down
    head(part, "MACs").send_keys(Keys.ENTER)
    assert column(part, "MACs") == down[::-1]
    marked = part.find_elements(By.CSS_SELECTOR, "th[aria-sort]")
    assert [(one.text, one.get_attribute("aria-sort")) for one in marked] == [("MACs", "ascending")]


def test_rows_are_filtered_by_words_and_by_a_choice(page: Chrome, shown: list[Shown]) -> None:
    part = card(page, "Verdicts")
    told = [check for check in shown[0].page.result.checks if check.claimed]
    unchecked = [check for check in told if check.status == "unchecked"]
    assert 0 < len(unchecked) < len(told)
    Select(part.find_element(By.TAG_NAME, "select")).select_by_value("unchecked")
    assert column(part, "Verdict") == ["unchecked"] * len(unchecked)
    status = part.find_element(By.CSS_SELECTOR, "[role=status]")
    assert status.text == f"{len(unchecked)} of {len(told)} rows"
    part.find_element(By.CSS_SELECTOR, "input").send_keys("no such word")
    assert part.find_element(By.TAG_NAME, "tbody").text == "No row fits the filter."


def test_networks_stand_side_by_side_and_one_opens_by_its_link(page: Chrome, shown: list[Shown]) -> None:
    part = card(page, "Networks")
    assert column(part, "Parameters") == [f"{one.cost.params:,}" for one in shown]
    assert part.find_element(By.CLASS_NAME, "chart").get_attribute("aria-label") == (
        "MACs of one sample. 2 networks, the largest first."
    )
    part.find_element(By.LINK_TEXT, "alexnet_half").click()
    WebDriverWait(page, 10).until(lambda at: at.title == "alexnet_half - archcheck report")
    assert len(column(card(page, "Layers"), "Layer")) == len(shown[1].cost.layers)
    assert asked(page, "return document.activeElement.id") == "network"
    times = card(page, "Time and roofline").text
    assert "Not measured: nothing was run. Name a device that runs the network, as --device cpu." in times


def test_another_quantity_is_drawn_when_it_is_picked(page: Chrome) -> None:
    part = card(page, "Cost by module and by layer")
    Select(part.find_element(By.TAG_NAME, "select")).select_by_visible_text("Parameters")
    assert [one.text for one in part.find_elements(By.TAG_NAME, "h4")] == [
        "Parameters by module",
        "Parameters by layer",
    ]
    draw_all(page)
    assert logged(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [375, 768, 1440])
def test_it_fits_and_can_be_read(page: Chrome, width: int, dark: bool) -> None:
    look(page, width, dark=dark)
    page.refresh()
    draw_all(page)
    assert asked(page, "return document.documentElement.dataset.theme") == ("dark" if dark else "light")
    assert asked(page, "return document.documentElement.scrollWidth - innerWidth") <= 0
    seen, low = asked(page, CONTRASTS)
    assert (seen > 100, low) == (True, [])
    assert logged(page) == []


def test_too_little_contrast_is_found(page: Chrome) -> None:
    asked(page, "document.getElementById('summary').style.color = '#999'")
    assert len(asked(page, CONTRASTS)[1]) == 1


def test_the_theme_is_also_a_button_and_the_first_tab_skips_to_the_results(page: Chrome) -> None:
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to the results"
    button = page.find_element(By.ID, "theme")
    button.send_keys(Keys.SPACE)
    assert button.get_attribute("aria-pressed") == "true"
    assert asked(page, "return document.documentElement.dataset.theme") == "dark"


def test_everything_has_a_name_for_who_does_not_see_it(page: Chrome) -> None:
    draw_all(page)
    named = "return [...document.querySelectorAll('.chart, .scroll, input, select, button')]"
    elements: list[WebElement] = asked(page, named)
    assert len(elements) > 30
    assert [
        one.get_attribute("outerHTML") for one in elements if one.is_displayed() and not one.accessible_name
    ] == []


def test_ten_thousand_layers_open_at_once(driver: Chrome, shown: list[Shown], tmp_path: Path) -> None:
    layer = shown[1].cost.layers[0]
    many = tuple(replace(layer, layer=f"blocks.{number // 10}.{number}") for number in range(10_000))
    path = tmp_path / "large.html"
    path.write_text(html([Shown(shown[1].page, replace(shown[1].cost, layers=many))]), encoding="utf-8")
    driver.set_page_load_timeout(20)
    driver.get(path.as_uri())
    part = card(driver, "Layers")
    assert len(column(part, "Layer")) == 200
    more = part.find_element(By.CLASS_NAME, "more")
    assert more.text == "Show all 10,000 rows"
    more.click()
    assert len(part.find_elements(By.CSS_SELECTOR, "tbody tr")) == 10_000
    assert logged(driver) == []


@pytest.mark.parametrize("text", [HOSTILE, "<!-- <script>", "a & b", "\u2028", 'a"b\\c'])
def test_data_is_text_to_a_browser_and_comes_back_whole(text: str) -> None:
    assert not set("<>&\u2028\u2029") & set(island({text: [text]}))
    assert json.loads(island({text: [text]})) == {text: [text]}


def test_the_library_in_the_page_comes_with_its_licence(shown: list[Shown]) -> None:
    kept = Path(folder.__file__).parent.parent / "webpage" / "vendor" / "echarts"
    version = (kept / "VERSION").read_text(encoding="utf-8").strip()
    assert f'"{version}"' in (kept / "echarts.min.js").read_text(encoding="utf-8")
    assert "Apache License" in (kept / "LICENSE").read_text(encoding="utf-8")
    assert "Licensed to the Apache Software Foundation" in html(shown)


def test_the_command_writes_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(SPEC, encoding="utf-8")
    made = run("report", "mine.yaml", "--format", "html")
    assert (made.exit_code, made.stdout, made.stderr) == (0, "archcheck.html: written\n", "")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "archcheck.html"}
    assert (
        run("report", "mine.yaml", "--format", "html", "-o", "-").stdout == Path("archcheck.html").read_text()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--check"], "--check: is for pages of markdown; one of html has times, which vary"),
        (["-o", "mine.yaml"], "-o mine.yaml: that is a target; the output would replace it"),
        (["-o", "no/page.html"], "no/page.html: cannot be written: No such file or directory"),
        (
            ["broken.yaml"],
            "broken.yaml:3:5: layer '0': no module 'Conv2' in torch.nn; did you mean 'Conv2d'?",
        ),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(SPEC, encoding="utf-8")
    Path("broken.yaml").write_text(SPEC.replace("Conv2d", "Conv2"), encoding="utf-8")
    made = run("report", "mine.yaml", "--format", "html", *words)
    assert (made.exit_code, made.stdout, made.stderr) == (2, "", f"archcheck: {said}\n")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "broken.yaml"}
