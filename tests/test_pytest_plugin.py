"""The pytest plugin: what it collects, and what passes, is skipped and fails."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archcheck
from archcheck.documented import opened, stated
from archcheck.pytest_plugin.claims import claims_of, keyed
from tests.readme import README, files

SPEC = """\
input: [1, 8, 8]
layers:
  c1: {Conv2d: {out_channels: 2, kernel_size: 3}, output: [2, 6, 6], params: 20}
  c2:
    Conv2d: {out_channels: 4, kernel_size: 3}
    output: [4, 6, 6]
    params: {documented: 100, wrong: a slip of the book}
documented:
  layers: {Conv2d: 2}
  unchecked:
    - {says: it trains well, why: nothing here trains}
"""  # c2: 3x3 windows of 6x6 are 4x4, and it has 4 * 2 * 9 + 4 = 76 parameters
RIGHT = "input: [1, 8, 8]\nlayers:\n  f: {flatten: {}, output: [64]}\n"
FAMILY = """\
params: {width: 2}
variants: {narrow: {}, wide: {with: {width: 4}}}
input: [1, 8, 8]
layers:
  c: {Conv2d: {out_channels: "${width}", kernel_size: 3}, output: ["${width}", 6, 6]}
"""
PAGE = """\
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(1, 2, 3),  # [N, 2, 26, 26]
    nn.Flatten(),  # [N, 1000]
)
y = net(torch.rand(5, 1, 28, 28))
z = unknown(y)  # [5, 7]
"""
PRINTED = """\
```python
from torch import nn

net = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
print(net)
```

```
Sequential(
  (0): Linear(in_features=4, out_features=3, bias=True)
  (1): ReLU()
)
```
"""
FAILS = """\
import torch
from torch import nn

net = nn.Linear(4, 2)
net(torch.ones(3, 5))
"""
BOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": "a",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": PAGE,
            }
        ],
    }
)
TEST = "def test_it():\n    assert True\n"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load all that a session loads before pytester takes note of what is loaded: the rest it unloads after a run."""
    folder = tmp_path_factory.mktemp("loaded")
    for name, text in {"a.yaml": RIGHT, "a.py": PAGE, "a.md": PRINTED, "a.ipynb": BOOK}.items():
        (folder / name).write_text(text)
        archcheck.verify(folder / name, "meta")


@pytest.fixture
def project(loaded: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a project that has this plugin and xdist alone, whether archcheck is installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "BUILD_NUMBER"):  # on such a machine pytest cuts no line of its summary
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist -p archcheck.pytest_plugin")
    return pytester


def write(project: pytest.Pytester, **texts: str) -> None:
    """Write files: `specs_a_yaml` is `specs/a.yaml`."""
    for name, text in texts.items():
        *folders, stem, ending = name.split("_")
        path = project.path.joinpath(*folders, f"{stem}.{ending}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def collected(project: pytest.Pytester, *words: str) -> list[str]:
    """Return the ids that a session collects."""
    result = project.runpytest_inprocess("--collect-only", "-q", *words)
    return [line for line in result.outlines if "::" in line]


def usage_errors(result: pytest.RunResult) -> list[str]:
    """Return what a session says that ends for its settings."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    return [line for line in result.errlines if line]


class TestVerdicts:
    def test_a_spec_passes_fails_and_is_skipped_claim_by_claim(self, project: pytest.Pytester) -> None:
        write(project, specs_net_yaml=SPEC)
        result = project.runpytest_inprocess("--archcheck", "-v", "-ra")
        result.assert_outcomes(passed=5, failed=1, skipped=1)
        result.stdout.fnmatch_lines(
            [
                "specs/net.yaml::c1::output PASSED*",
                "specs/net.yaml::c1::params PASSED*",
                "specs/net.yaml::c2::output FAILED*",
                "specs/net.yaml::c2::params PASSED*",
                "specs/net.yaml::network::layers.Conv2d PASSED*",
                "specs/net.yaml::network::statement SKIPPED*",
                "specs/net.yaml::whole PASSED*",
            ]
        )

    def test_a_failure_has_the_three_numbers_the_line_and_the_hint(self, project: pytest.Pytester) -> None:
        write(project, specs_net_yaml=SPEC)
        result = project.runpytest_inprocess("--archcheck", "-ra")
        lines = result.outlines
        begin = next(i for i, line in enumerate(lines) if "_ specs/net.yaml c2 output _" in line)
        assert lines[begin + 1 : begin + 3] == [
            "specs/net.yaml:6: c2 (Conv2d): output: documented 4x6x6, inferred 4x4x4, seen 4x4x4",
            "    (6 + 2*0 - 3) // 1 + 1 = 4; 6 needs padding 1, an input side of 8, or kernel 1",
        ]
        assert not any("Traceback" in line or "pytest_plugin" in line for line in lines)
        result.stdout.fnmatch_lines(
            [
                "SKIPPED [[]1[]] specs/net.yaml:11: nothing here trains",
                "FAILED specs/net.yaml::c2::output - specs/net.yaml:6: documented 4x6x6, *",
            ]
        )

    def test_known_wrong_passes_and_is_counted_and_shown(self, project: pytest.Pytester) -> None:
        write(project, specs_net_yaml=SPEC)
        result = project.runpytest_inprocess("--archcheck", "-rP", "--junitxml=out.xml")
        result.stdout.fnmatch_lines(
            [
                "*specs/net.yaml c2 params*",
                "specs/net.yaml:7: c2 (Conv2d): params: documented 100, inferred 76, seen 76",
                "    a slip of the book",
                "archcheck: 1 claim known to be wrong; -rP shows them",
            ]
        )
        cases = {
            (case.get("classname"), case.get("name")): case
            for case in ElementTree.parse(project.path / "out.xml").iter("testcase")
        }
        told = cases["specs.net.yaml.c2", "params"].find("properties/property")
        assert told is not None
        assert told.attrib == {"name": "archcheck known wrong", "value": "a slip of the book"}
        failure = cases["specs.net.yaml.c2", "output"].find("failure")
        assert failure is not None
        assert failure.get("message") == ("specs/net.yaml:6: documented 4x6x6, inferred 4x4x4, seen 4x4x4")

    def test_a_claim_that_is_no_longer_wrong_fails(self, project: pytest.Pytester) -> None:
        write(project, specs_net_yaml=SPEC.replace("documented: 100", "documented: 76"))
        result = project.runpytest_inprocess("--archcheck", "specs/net.yaml::c2::params")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*marked wrong, but it holds: take 'wrong:' away"])

    def test_the_line_alone_names_its_place_once(self, project: pytest.Pytester) -> None:
        write(project, specs_net_yaml=SPEC)
        result = project.runpytest_inprocess("--archcheck", "--tb=line")
        assert "specs/net.yaml:6: documented 4x6x6, inferred 4x4x4, seen 4x4x4" in result.outlines

    def test_a_network_that_cannot_run_fails_though_nothing_of_it_is_claimed(
        self, project: pytest.Pytester
    ) -> None:
        write(
            project,
            specs_net_yaml="input: [8]\nlayers:\n  c: {Conv2d: {out_channels: 2, kernel_size: 3}}\n",
        )
        result = project.runpytest_inprocess("--archcheck", "--tb=line")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["specs/net.yaml:3: c (Conv2d): output: Conv2d(*) fails on 8: *"])

    def test_a_document_passes_fails_and_is_skipped_line_by_line(self, project: pytest.Pytester) -> None:
        write(project, page_py=PAGE)
        result = project.runpytest_inprocess("--archcheck", "-ra", "-v", "page.py")
        result.assert_outcomes(passed=2, failed=1, skipped=1)
        result.stdout.fnmatch_lines(
            [
                "page.py::5::Conv2d output PASSED*",
                "page.py::6::Flatten output FAILED*",
                "page.py::9::unknown(y) output SKIPPED*",
                "page.py::whole PASSED*",
                "page.py:6: Flatten: comment says [[]N, 1000[]]; it gives [[]5, 1352[]]",
                "SKIPPED [[]1[]] page.py:9: *",
                "FAILED page.py::6::Flatten output - page.py:6: *",
            ]
        )

    def test_a_printed_model_fails_where_it_differs(self, project: pytest.Pytester) -> None:
        write(project, page_md=PRINTED)
        result = project.runpytest_inprocess("--archcheck", "page.md")
        result.assert_outcomes(failed=1, passed=1)
        result.stdout.fnmatch_lines(
            [
                "page.md:10: Sequential: output says (0): Linear(in_features=4, out_features=3, bias=True); *",
                "FAILED page.md::9::Sequential repr - page.md:10: *",
            ]
        )

    def test_what_a_document_tries_itself_must_go_through(self, project: pytest.Pytester) -> None:
        write(project, page_py=FAILS)
        result = project.runpytest_inprocess("--archcheck", "page.py")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["page.py:5: net(torch.ones(3, 5)) fails with 3x5: *"])

    def test_a_document_whose_run_ends_early_fails(self, project: pytest.Pytester) -> None:
        write(project, page_py="import ctypes\nctypes.string_at(0)\n" + PAGE)
        result = project.runpytest_inprocess("--archcheck", "page.py")
        result.assert_outcomes(failed=1, skipped=3)
        result.stdout.fnmatch_lines(["page.py:2: the run ended here: its process was ended by SIGSEGV"])

    def test_a_device_that_is_not_here_fails_in_a_line(self, project: pytest.Pytester) -> None:
        write(project, specs_net_yaml=RIGHT)
        result = project.runpytest_inprocess("--archcheck", "-o", "archcheck_device=cuda:99")
        result.assert_outcomes(failed=2)
        result.stdout.fnmatch_lines(["--device cuda:99: not here (*); there are: cpu, *"])
        assert not any("Traceback" in line for line in result.outlines)


def test_ids_are_readable(project: pytest.Pytester) -> None:
    write(project, net_yaml=SPEC, nets_yaml=FAMILY, page_py=PAGE, book_ipynb=BOOK)
    assert collected(project, "--archcheck", "net.yaml", "nets.yaml", "page.py", "book.ipynb") == [
        "net.yaml::c1::output",
        "net.yaml::c1::params",
        "net.yaml::c2::output",
        "net.yaml::c2::params",
        "net.yaml::network::layers.Conv2d",
        "net.yaml::network::statement",
        "net.yaml::whole",
        "nets.yaml::narrow::c::output",
        "nets.yaml::narrow::whole",
        "nets.yaml::wide::c::output",
        "nets.yaml::wide::whole",
        "page.py::5::Conv2d output",
        "page.py::6::Flatten output",
        "page.py::9::unknown(y) output",
        "page.py::whole",
        "book.ipynb::cell 1:5::Conv2d output",
        "book.ipynb::cell 1:6::Flatten output",
        "book.ipynb::cell 1:9::unknown(y) output",
        "book.ipynb::whole",
    ]


def test_claims_of_one_name_are_numbered(project: pytest.Pytester) -> None:
    runs = "documented:\n  runs: [{input: [2, 1, 8, 8]}, {input: [3, 1, 8, 8]}]\n"
    write(project, net_yaml=RIGHT + runs)
    found = collected(project, "--archcheck", "net.yaml")
    assert found[1:] == ["net.yaml::network::runs", "net.yaml::network::runs (2)", "net.yaml::whole"]


def test_a_page_that_states_nothing_has_no_test(project: pytest.Pytester) -> None:
    write(project, page_md="# Nothing\n\n```python\nx = 1\n```\n")
    assert collected(project, "--archcheck", "page.md") == []


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["net.yaml::c2"], ["c2::output", "c2::params"]),
        (["net.yaml::c2::params"], ["c2::params"]),
        (["net.yaml", "-k", "params and c1"], ["c1::params"]),
        (["net.yaml", "-m", "not archcheck"], []),
        (["net.yaml", "-m", "archcheck", "-k", "whole"], ["whole"]),
    ],
)
def test_claims_are_chosen_as_tests_are(project: pytest.Pytester, words: list[str], left: list[str]) -> None:
    write(project, net_yaml=SPEC)
    assert collected(project, "--archcheck", "--strict-markers", *words) == [
        f"net.yaml::{name}" for name in left
    ]


def test_last_failed_and_the_first_that_fails(project: pytest.Pytester) -> None:
    write(project, net_yaml=SPEC)
    words = ("--archcheck-lint", "-p", "cacheprovider", "net.yaml")
    project.runpytest_inprocess(*words, "-x").assert_outcomes(passed=2, failed=1)
    project.runpytest_inprocess(*words, "--lf").assert_outcomes(failed=1)


def test_lint_leaves_documents_out_and_says_so(project: pytest.Pytester) -> None:
    write(project, net_yaml=SPEC, page_py=PAGE)
    result = project.runpytest_inprocess("--archcheck-lint", "-rs", "net.yaml", "page.py")
    result.assert_outcomes(passed=5, failed=1, skipped=5)
    result.stdout.fnmatch_lines(["SKIPPED [[]1[]] page.py:5: --archcheck-lint runs no document's code"])


def test_a_spec_that_cannot_be_read_is_one_line(project: pytest.Pytester) -> None:
    write(project, specs_bad_yaml="input: [8]\nlayers: {a: Flaten}\n", specs_good_yaml=RIGHT)
    result = project.runpytest_inprocess("--archcheck-lint", "--continue-on-collection-errors")
    result.assert_outcomes(passed=2, errors=1)
    begin = next(i for i, line in enumerate(result.outlines) if "ERROR collecting specs/bad.yaml" in line)
    assert result.outlines[begin + 1] == (
        "specs/bad.yaml:2:13: layer 'a': no module 'Flaten' in torch.nn; did you mean 'Flatten'?"
    )
    assert not any("Traceback" in line for line in result.outlines)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("x = (\n", "page.py:1: "),
        (f"# archcheck: input=no\n{PAGE}", "page.py:1: # archcheck: input=no: "),
    ],
)
def test_a_document_that_cannot_be_read_is_one_line(project: pytest.Pytester, page: str, said: str) -> None:
    write(project, page_py=page)
    result = project.runpytest_inprocess("--archcheck", "page.py")
    result.assert_outcomes(errors=1)
    begin = next(i for i, line in enumerate(result.outlines) if "ERROR collecting page.py" in line)
    assert result.outlines[begin + 1].startswith(said)


def test_one_variant_that_cannot_be_read_is_no_matter_of_the_others(project: pytest.Pytester) -> None:
    write(project, nets_yaml=FAMILY.replace("width: 4}", "width: null}"))
    result = project.runpytest_inprocess("--archcheck-lint", "--continue-on-collection-errors", "nets.yaml")
    result.assert_outcomes(passed=2, errors=1)


SETTINGS = [
    (
        "archcheck_device = gpu",
        "archcheck_device = gpu: no such device name; write auto, cpu, cuda, cuda:N, mps or meta",
    ),
    ("archcheck_timeout = soon", "archcheck_timeout = soon: needs a number of seconds, more than 0"),
    ("archcheck_timeout = -1", "archcheck_timeout = -1: needs a number of seconds, more than 0"),
    ("archcheck_timeout = inf", "archcheck_timeout = inf: needs a number of seconds, more than 0"),
    (
        "archcheck_specs = nets/*.yaml",
        "archcheck_specs: 'nets/*.yaml' names nothing in {} that ends in .yaml, .yml",
    ),
    ("archcheck_specs = page.py", "archcheck_specs: 'page.py' names nothing in {} that ends in .yaml, .yml"),
    ("archcheck_specs = /a.yaml", "archcheck_specs: '/a.yaml' names nothing in {} that ends in .yaml, .yml"),
    (
        "archcheck_documents = *.yaml",
        "archcheck_documents: '*.yaml' names nothing in {} that ends in .md, .markdown, .mdx, .qmd, .rst, .py, "
        ".ipynb, .txt",
    ),
]


@pytest.mark.parametrize(("line", "said"), SETTINGS, ids=[line for line, _ in SETTINGS])
def test_a_setting_that_cannot_be_meant_is_one_line(project: pytest.Pytester, line: str, said: str) -> None:
    write(project, specs_net_yaml=RIGHT, page_py=PAGE)
    project.makeini(f"[pytest]\naddopts = --archcheck\n{line}\n")
    result = project.runpytest_inprocess()
    assert usage_errors(result) == [f"ERROR: {said.format(project.path)}"]


def test_where_there_is_nothing_to_check_is_told(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--archcheck")
    assert usage_errors(result) == [
        f"ERROR: --archcheck: there is no specs/*.yaml in {project.path}; name files, "
        "or set archcheck_specs or archcheck_documents"
    ]


def test_what_the_settings_name_is_checked_beside_the_tests(project: pytest.Pytester) -> None:
    write(project, specs_net_yaml=RIGHT, docs_page_py=PAGE, docs_other_py=PAGE, tests_test_py=TEST)
    project.makepyprojecttoml(
        '[tool.pytest.ini_options]\ntestpaths = ["tests"]\npython_files = ["test.py"]\n'
        'archcheck_specs = ["specs/*.yaml"]\narchcheck_documents = ["docs/page.py"]\n'
    )
    whole = collected(project)
    assert {name.split("::")[0] for name in whole} == {"tests/test.py", "specs/net.yaml", "docs/page.py"}
    assert collected(project, "tests") == ["tests/test.py::test_it"]
    assert collected(project, "docs/other.py") == []
    assert len(whole) == len(set(whole))


def test_a_named_file_in_a_folder_that_pytest_passes_over_is_not_forgotten(project: pytest.Pytester) -> None:
    write(project, build_net_yaml=RIGHT)
    project.makeini("[pytest]\narchcheck_specs = build/*.yaml\n")
    assert usage_errors(project.runpytest_inprocess()) == [
        "ERROR: build/net.yaml: is named to be checked, in a folder that pytest passes over; "
        "take the folder out of norecursedirs"
    ]
    project.makeini("[pytest]\narchcheck_specs = build/*.yaml\ntestpaths = tests\n")
    write(project, tests_a_py="")
    assert collected(project) == ["build/net.yaml::f::output", "build/net.yaml::whole"]
    project.makeini("[pytest]\narchcheck_specs = **/*.yaml\n")
    assert usage_errors(project.runpytest_inprocess()) == [
        f"ERROR: archcheck_specs: '**/*.yaml' names nothing in {project.path} that ends in .yaml, .yml"
    ]


def test_no_document_is_taken_that_was_not_named(project: pytest.Pytester) -> None:
    write(
        project,
        page_py=PAGE,
        specs_net_yaml=RIGHT,
        test_py=TEST,
        specs_page_md="```python\nx = 1 # [1, 2]\n```\n",
    )
    assert {name.split("::")[0] for name in collected(project, "--archcheck")} == {"specs/net.yaml"}


def test_tests_stay_tests(project: pytest.Pytester) -> None:
    (project.path / "test_b.py").write_text(f"import os\nx = os.getcwd()  # [1, 2]\n{TEST}")
    assert collected(project, "--archcheck", "test_b.py") == ["test_b.py::test_it"]
    named = collected(project, "-o", "archcheck_documents=test_b.py", "test_b.py")
    assert named == ["test_b.py::2::os.getcwd() output", "test_b.py::whole", "test_b.py::test_it"]


def test_a_named_module_is_not_imported(project: pytest.Pytester) -> None:
    write(project, page_py=f"raise SystemExit\n{PAGE}")
    assert collected(project, "--archcheck", "page.py")[0] == "page.py::6::Conv2d output"


COUNTING = """\
import os
from pathlib import Path
from archcheck import api

def verify(target, device, *, seconds):
    with (Path(__file__).parent / "verified.txt").open("a") as file:
        file.write(f"{os.getpid()} {target.shown} {device} {seconds}\\n")
    return api.lint(target)

api.verify = verify

def pytest_collection_finish(session):
    groups = {mark.args[0] for item in session.items for mark in item.iter_markers("xdist_group")}
    (Path(__file__).parent / "groups.txt").write_text(" ".join(sorted(groups)))
"""


@pytest.mark.parametrize("dist", ["load", "loadfile", "worksteal", "loadgroup"])
def test_xdist_verifies_a_target_once_a_process(project: pytest.Pytester, dist: str) -> None:
    write(project, specs_net_yaml=SPEC, specs_nets_yaml=FAMILY, specs_more_yaml=RIGHT)
    project.makeconftest(COUNTING)
    result = project.runpytest_subprocess("--archcheck", "-n", "2", "--dist", dist, "-ra")
    result.assert_outcomes(passed=11, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["FAILED specs/net.yaml::c2::output* - specs/net.yaml:6: documented 4x6x6, *"]
    )
    verified = (project.path / "verified.txt").read_text().splitlines()
    assert len(verified) == len(set(verified))
    targets = sorted(line.split()[1] for line in verified)
    each = ["specs/more.yaml", "specs/net.yaml", "specs/nets.yaml:narrow", "specs/nets.yaml:wide"]
    assert sorted(set(targets)) == each
    if dist == "loadfile":
        assert targets == each
    assert (project.path / "groups.txt").read_text() == "more.yaml narrow net.yaml wide"


def test_the_settings_say_how_targets_are_verified(project: pytest.Pytester) -> None:
    write(project, specs_net_yaml=RIGHT)
    project.makeconftest(COUNTING)
    project.makeini("[pytest]\naddopts = --archcheck\narchcheck_device = meta\narchcheck_timeout = 1.5\n")
    project.runpytest_subprocess().assert_outcomes(passed=2)
    (line,) = (project.path / "verified.txt").read_text().splitlines()
    assert line.endswith(" specs/net.yaml meta 1.5")


LOADED = """\
import sys
from pathlib import Path

def pytest_sessionfinish():
    heavy = {"torch", "pandas", "click", "numpy", "yaml", "archcheck.api"}
    Path(__file__).with_name("loaded.txt").write_text(" ".join(sorted(heavy & set(sys.modules))))
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ([], ""),
        (["--archcheck", "--collect-only", "net.yaml", "page.py"], "archcheck.api yaml"),
        (["--archcheck-lint", "net.yaml", "page.py"], "archcheck.api yaml"),
    ],
    ids=["a session without specs", "collecting", "linting"],
)
def test_nothing_is_imported_before_it_must(project: pytest.Pytester, words: list[str], loaded: str) -> None:
    write(project, net_yaml=RIGHT, page_py=PAGE)
    project.makeconftest(LOADED)
    project.makepyfile(test_it=TEST)
    assert project.runpytest_subprocess(*words).ret == pytest.ExitCode.OK
    assert (project.path / "loaded.txt").read_text() == loaded


def test_pyproject_names_the_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installing writes the entry points of pyproject.toml where pytest finds them; this writes them so."""
    project = tomllib.loads((README.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["pytest11"]
    info = pytester.path / "site" / "as_installed-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: as_installed\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[pytest11]\n" + "".join(f"as_installed = {module}\n" for module in points.values())
    )
    monkeypatch.syspath_prepend(info.parent)
    result = pytester.runpytest_inprocess("--help", "-p", "no:archcheck")
    result.stdout.fnmatch_lines(["archcheck: what documents say of networks:", "*--archcheck *"])


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", list(files(README.read_text(encoding="utf-8"))))
def test_every_claim_is_known_before_the_run_and_found_after_it(name: str, tmp_path: Path) -> None:
    for other, text in files(README.read_text(encoding="utf-8")).items():
        (tmp_path / other).write_text(text, encoding="utf-8")
    for target in each_target(tmp_path / name):
        before = (
            stated(opened(tmp_path / name, name)) if name.endswith(".py") else archcheck.lint(target).checks
        )
        after = keyed(archcheck.verify(target, "meta").checks)
        claims = claims_of(before or ())
        assert [claim.key for claim in claims] == list(after)
        assert len({(claim.group, claim.name) for claim in claims}) == len(claims)


def test_the_readme_shows_what_pytest_prints(project: pytest.Pytester) -> None:
    text = README.read_text(encoding="utf-8")
    settings, shown = re.findall(r"<!-- pytest: .*? -->\n```\w+\n(.*?)```", text, flags=re.DOTALL)
    project.makepyprojecttoml(settings)
    given = files(text)
    write(project, specs_paper_yaml=given["paper.yaml"], docs_cnn_py=given["cnn.py"])
    result = project.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    expected = [re.sub(r"(_)_+|\d+\.\d+s$|\.\.\.$", r"\1", line) for line in shown.splitlines()[1:]]
    assert [re.sub(r"(_)_+|\d+\.\d+s$|\.\.\.$", r"\1", line) for line in result.outlines] == expected


def each_target(path: Path) -> Iterator[str]:
    from archcheck import targets

    yield from (target.shown for target in targets.find([str(path)]))
