"""Figure -> where everything stands, in pixels: rows of columns, ways below each other, and room for every text.

A sequence has an axis that its volumes are centred on: above them stands what made them, below them their size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wcwidth import wcswidth

from archcheck.drawing.figure import Figure, Fork, Item, Step, Tone, Way, steps
from archcheck.drawing.volumes import Scale, Solid, scale_of
from archcheck.drawing.words import Line, heading, of_network, size_lines

ROW = 1000.0
"""As wide as a row may be before the network goes on below: on a page of this width its letters are still read."""
MARGIN, GAP, LANE, TURN = 28.0, 26.0, 22.0, 40.0
"""Round it all, between columns, between ways and rows, and for a line to reach a way that lies higher or lower."""
STUB = 12.0
"""What of a turn is level, before a volume and behind it."""
LETTER, LINE, NEAR = 6.6, 14.0, 8.0
"""The widest that a letter is on average, the height of a line of text, and how near it stands."""
MOST_LETTERS = 18
"""A longer line of text is broken, at a blank if there is one."""
LEGEND: tuple[Line, ...] = (
    ("✓ documented, and so", "agrees"),
    ("! documented, and known to be wrong", "known wrong"),
    ("✗ documented, and not so", "differs"),
    ("Sides, channels and features are in proportion, each to a scale of its own.", "silent"),
)
_PIECE = re.compile(r"[^ ._]+[._ ]*|[._ ]+")
Point = tuple[float, float]
Tail = tuple[Point, ...]
"""A line that has begun and not yet reached a volume."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text on its base line `y`; `x`: its middle, or where it starts."""

    x: float
    y: float
    words: str
    tone: Tone = "silent"
    strong: bool = False
    starts: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """A step's solid; `x`, `y`: the left bottom corner of its front."""

    x: float
    y: float
    solid: Solid
    step: Step
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that was placed, and the size of it; lines are curved between points that share neither x nor y."""

    width: float
    height: float
    volumes: tuple[Volume, ...]
    lines: tuple[Tail, ...]
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """The room that items need: their width, how far they reach from their axis, and half of the highest volume."""

    width: float
    above: float
    below: float
    half: float = 0.0


def lay_out(figure: Figure) -> Sheet:
    """Return the figure with a place for everything."""
    pen = _Pen(scale_of(step.shape for step in steps(figure.items)))
    y = MARGIN + LINE
    for words, tone in ((figure.summary, "silent"), *of_network(figure.checks)):
        y += LINE + 2
        pen.texts.append(Text(MARGIN, y, words, tone, starts=True))
    title = Text(MARGIN, MARGIN + 4, figure.title, strong=True, starts=True)
    tails: tuple[Tail, ...] = ()
    said = (*(text.words for text in pen.texts), *(words for words, _ in LEGEND))
    width = max(1.5 * wcswidth(figure.title), *map(wcswidth, said)) * LETTER  # a title's letters are larger
    for row in _rows(figure.items, pen):
        extent = pen.extent(row)
        axis = y + LANE + extent.above
        tails = pen.sequence(row, MARGIN, axis, extent, _to_next_row(tails, y + LANE / 2, axis))
        tails = tuple((*tail, (MARGIN + extent.width + LANE / 2, axis)) for tail in tails)
        y = axis + extent.below + LANE
        width = max(width, extent.width)
    for words, tone in LEGEND:
        y += LINE + 2
        pen.texts.append(Text(MARGIN, y, words, tone, starts=True))
    texts = (title, *pen.texts)
    return Sheet(width + 2 * MARGIN, y + MARGIN, tuple(pen.volumes), tuple(pen.lines), texts)


def _rows(items: Sequence[Item], pen: _Pen) -> list[tuple[Item, ...]]:
    """Return the items of each row: as few rows as can be, and of these the narrowest."""
    widths = [pen.width(item) + GAP for item in items]
    fewest = _packed(items, widths, ROW)
    limits = (ROW * step / 20 for step in range(8, 20))
    return next(
        (rows for limit in limits if len(rows := _packed(items, widths, limit)) == len(fewest)), fewest
    )


def _packed(items: Sequence[Item], widths: Sequence[float], limit: float) -> list[tuple[Item, ...]]:
    """Return rows of items that are no wider than the limit, unless one item alone is."""
    rows: list[tuple[Item, ...]] = [()]
    left = limit + GAP
    for item, width in zip(items, widths, strict=True):
        if rows[-1] and width > left:
            rows.append(())
            left = limit + GAP
        rows[-1] = (*rows[-1], item)
        left -= width
    return rows


def _to_next_row(tails: tuple[Tail, ...], between: float, axis: float) -> tuple[Tail, ...]:
    """Return the tails led down between two rows, and to where the next begins."""
    left = MARGIN - LANE / 2
    return tuple((*tail, (tail[-1][0], between), (left, between), (left, axis)) for tail in tails)


@dataclass(slots=True)
class _Pen:
    """What places items, and has placed."""

    scale: Scale
    volumes: list[Volume] = field(default_factory=list)
    lines: list[Tail] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    rooms: dict[int, Extent] = field(default_factory=dict)

    def extent(self, items: Sequence[Item]) -> Extent:
        """Return the room that a sequence needs."""
        alone = [item for item in items if isinstance(item, Step)]
        half = max((self.scale.solid(step.shape).whole_height / 2 for step in alone), default=0.0)
        above = max((half + NEAR + LINE * len(_broken(heading(step))) for step in alone), default=LANE / 2)
        below = max((half + NEAR + LINE * len(_broken(size_lines(step))) for step in alone), default=LANE / 2)
        forks = [self.fork_extent(item) for item in items if isinstance(item, Fork)]
        widths = sum(self.width(item) for item in items) + GAP * max(len(items) - 1, 0)
        return Extent(
            widths,
            max([above, *(fork.above for fork in forks)]),
            max([below, *(fork.below for fork in forks)]),
            half,
        )

    def width(self, item: Item) -> float:
        """Return the width of a column, or of a fork."""
        if isinstance(item, Fork):
            return self.fork_extent(item).width
        texts = _broken((*heading(item), *size_lines(item)))
        return max(
            self.scale.solid(item.shape).whole_width, *(wcswidth(words) * LETTER for words, _ in texts)
        )

    def fork_extent(self, fork: Fork) -> Extent:
        """Return the room that a fork needs: worked out once, for forks in forks ask for it again and again."""
        found = self.rooms.get(id(fork))
        if found is None:
            found = self.rooms[id(fork)] = self.fork_room(fork)
        return found

    def fork_room(self, fork: Fork) -> Extent:
        """Return the room that ways below each other need; their axis is the way in the middle, or else between two."""
        ways = [self.way_extent(way) for way in fork.ways]
        height = sum(way.above + way.below for way in ways) + LANE * (len(ways) - 1)
        lanes, top = [], 0.0
        for way in ways:
            lanes.append(top + way.above)
            top += way.above + way.below + LANE
        nearest = min(lanes, key=lambda lane: abs(lane - height / 2))
        axis = nearest if abs(nearest - height / 2) < LANE else height / 2
        return Extent(max(way.width for way in ways) + 2 * TURN, axis, height - axis)

    def way_extent(self, way: Way) -> Extent:
        """Return the room that one way needs, its name above it."""
        extent = self.extent(way.items)
        named = LINE if way.name else 0.0
        return Extent(
            max(extent.width, wcswidth(way.name) * LETTER), extent.above + named, extent.below, extent.half
        )

    def sequence(
        self, items: Sequence[Item], x: float, axis: float, extent: Extent, tails: tuple[Tail, ...]
    ) -> tuple[Tail, ...]:
        """Place items one behind the other from `x` on; lead the tails to the first, and return those of the last."""
        for item in items:
            width = self.width(item)
            if isinstance(item, Step):
                tails = self.step(item, x, axis, extent.half, tails)
            else:
                tails = self.fork(item, x, axis, tails)
            x += width + GAP
        return tails

    def step(
        self, step: Step, x: float, axis: float, half: float, tails: tuple[Tail, ...]
    ) -> tuple[Tail, ...]:
        """Place a volume and its texts in a column that begins at `x`."""
        solid, middle = self.scale.solid(step.shape), x + self.width(step) / 2
        left = middle - solid.whole_width / 2
        above, below = _broken(heading(step)), _broken(size_lines(step))
        names = len(_broken(heading(step)[:1]))
        top, bottom = axis - half - NEAR - LINE * len(above), axis + half + NEAR
        texts = (
            *(
                Text(middle, top + LINE * row - 3, words, tone, strong=row <= names)
                for row, (words, tone) in enumerate(above, 1)
            ),
            *(
                Text(middle, bottom + LINE * row - 3, words, tone)
                for row, (words, tone) in enumerate(below, 1)
            ),
        )
        self.volumes.append(Volume(left, axis + solid.whole_height / 2, solid, step, texts))
        if step.source is None:
            self.lines += ((*tail, (left - 2, axis)) for tail in tails)
        return (((left + solid.whole_width + 2, axis),),)

    def fork(self, fork: Fork, x: float, axis: float, tails: tuple[Tail, ...]) -> tuple[Tail, ...]:
        """Place ways below each other; return a tail for each that goes on."""
        whole = self.fork_extent(fork)
        y, left, right = axis - whole.above, x + TURN, x + whole.width - TURN
        before, after = left - STUB, right + STUB
        found: list[Tail] = []
        for way in fork.ways:
            extent = self.way_extent(way)
            lane = y + extent.above
            if way.name:
                self.texts.append(Text(left, y + LINE - 3, way.name, starts=True))
            entering = tuple((*tail, (x, axis), (before, lane)) for tail in tails)
            leaving = self.sequence(way.items, left, lane, extent, entering)
            if not way.aside:
                found += ((*tail, (after, lane), (x + whole.width, axis)) for tail in leaving)
            y = lane + extent.below + LANE
        return tuple(found)


def _broken(lines: Sequence[Line]) -> list[Line]:
    """Return lines of text none of which is too long."""
    return [(part.rstrip(), tone) for words, tone in lines for part in _parts(words)]


def _parts(words: str) -> Iterator[str]:
    """Yield the parts of a line: it is broken at blanks, or where a name is long behind its points and underlines."""
    part = ""
    for piece in _PIECE.findall(words):
        if part and len((part + piece).rstrip(" ")) > MOST_LETTERS:
            yield part
            part = ""
        part += piece
    if part:
        yield part
