"""Comments on lines of their own that are about the code above them alone, by how they stand there.

One with code right above it and none right below is; so is one between two statements, or two elements of a bracket,
where each in that run has its comment behind it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from archcheck.binding.comments import Comment
from archcheck.binding.layout import Layout
from archcheck.binding.tree import Tree
from archcheck.dialects.stated import Statement

Telling = tuple[Comment, Sequence[Statement]]
"""A comment that states shapes, and what it states."""
_AHEAD = re.compile(
    r"\b(?:then|next|now|to|into|for|before|below|following|will|now)\b|[-=]>|[→⇒]|[:：]\s*$", re.I
)
"""What a comment has that may be about what comes next."""


def lines_behind(telling: Sequence[Telling], layout: Layout, tree: Tree) -> frozenset[int]:
    """Return the lines of the comments that are about what stands above them alone."""
    own = [one for one in telling if one[0].at is None]
    blocks = [list(block) for _, block in groupby(own, key=lambda one: one[0].top)]
    kept = (*_of_statements(blocks, layout, tree), *_of_elements(blocks, layout, tree))
    return frozenset(comment.line for block in kept if _looks_back(block) for comment, _ in block)


def _looks_back(block: Sequence[Telling]) -> bool:
    """Return whether no line of a block of comments speaks of what comes next, or says more than shapes."""
    first = block[0][0]
    whole = len(block) == first.bottom - first.top + 1
    return whole and not any(_AHEAD.search(comment.text) for comment, _ in block)


def _of_statements(
    blocks: Sequence[Sequence[Telling]], layout: Layout, tree: Tree
) -> Iterator[Sequence[Telling]]:
    run: list[Sequence[Telling]] = []
    awaited, taken = (
        None,
        None,
    )  # the statement between the last block and this one, and one with a block above it
    for block in blocks:
        above, below = _neighbours(block[0][0], layout, tree)
        if above is None:
            run, taken = [], below
            continue
        run = [*run, block] if run and awaited == above else [] if taken == above else [block]
        if below is None:
            yield from run or [block]
            run = []
        awaited, taken = below, None if run else below


def _neighbours(comment: Comment, layout: Layout, tree: Tree) -> tuple[int | None, int | None]:
    """Return the statements right above and right below a block of comments, in its own block of code."""
    if layout.inside(tree, (comment.line, comment.margin)):
        return None, None
    following = _below(comment)
    below = layout.beginning(following) if following and following[1] == comment.margin else None
    if comment.last[0] != comment.top - 1:
        return None, below
    above = layout.ended(tree, (comment.line, comment.margin), comment.margin)
    node = None if above is None else tree.nodes[above]
    if not isinstance(node, ast.stmt) or node.end_lineno != comment.last[0]:
        return None, below  # what stands above is a header, `else:`
    return above, below if below is not None and layout.before.get(below) == above else None


def _below(comment: Comment) -> tuple[int, int] | None:
    return comment.next if comment.next is not None and comment.next[0] == comment.bottom + 1 else None


def _of_elements(
    blocks: Sequence[Sequence[Telling]], layout: Layout, tree: Tree
) -> Iterator[Sequence[Telling]]:
    """Yield the blocks between the elements of brackets whose last element has its comment behind it, too."""
    within: dict[int, list[tuple[Sequence[Telling], bool, bool]]] = {}
    for block in blocks:
        comment = block[0][0]
        before = layout.ending.get(comment.last)
        after = layout.starting.get(comment.next) if comment.next else None
        one = before if before is not None else after
        if one is not None and layout.inside(tree, (comment.line, comment.margin)):
            near = comment.last[0] == comment.top - 1
            within.setdefault(tree.parents[one], []).append(
                (block, before is not None and near, after is not None)
            )
    for found in within.values():
        (first, behind, _), (*_, followed) = found[0], found[-1]
        if not followed and (behind or all(one.role == "input" for _, said in first for one in said)):
            yield from (block for block, near, _ in found if near)
