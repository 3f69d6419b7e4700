"""Unified diffs of texts of as many lines: what `patch` makes of them is the new text."""

from __future__ import annotations

import random

import pytest

from archcheck.report.to_diff import unified_diff

TEN = "".join(f"{number}\n" for number in range(1, 11))
CUT = "\\ No newline at end of file\n"
FIVE = "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
ENDS = "@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+ten\n"
SHOWN = [
    (TEN, TEN, "", "nothing changed"),
    (TEN, TEN.replace("5", "five"), FIVE, "one line"),
    ("a\r\nb", "a\r\nc", f"@@ -1,2 +1,2 @@\n a\r\n-b\n{CUT}+c\n{CUT}", "no end, and a return"),
    (TEN, "one" + TEN[1:-3] + "ten\n", ENDS, "two hunks"),
]


@pytest.mark.parametrize(("before", "after", "hunks", "why"), SHOWN)
def test_what_is_shown(before: str, after: str, hunks: str, why: str) -> None:
    head = "--- a.md\n+++ a.md\n" if hunks else ""
    assert unified_diff("a.md", before, after) == head + hunks, why


def patched(text: str, diff: str) -> str:
    """Return a text with a diff made in it, as `patch` does; what it does not find there is an error."""
    lines, new, at = text.split("\n"), [], 0
    shown = diff.split("\n")[2:-1]
    for number, line in enumerate(shown):
        mark, rest = line[:1], line[1:]
        if mark == "@":
            first = int(rest.split("-")[1].split(",")[0]) - 1
            new += lines[at:first]
            at = first
        elif mark in (" ", "-"):
            assert lines[at] == rest
            new += [rest] if mark == " " else []
            at += 1
        elif mark == "+":
            new.append(rest)
        else:
            assert shown[number] == "\\ No newline at end of file"
    return "\n".join([*new, *lines[at:]])


def test_a_patch_makes_the_new_text() -> None:
    chance = random.Random(0)
    for _ in range(300):
        old = [chance.choice("ab\ré\x0c") * chance.randint(0, 3) for _ in range(chance.randint(1, 40))]
        new = [line if chance.random() < 0.8 else f"{line}Z" for line in old]
        end = chance.choice(["e", "e\n"])
        before, after = "\n".join([*old, end]), "\n".join([*new, end])
        assert patched(before, unified_diff("a", before, after)) == after
