"""Sheet -> one SVG: it needs no network, follows the reader's light or dark, and tells who points at a volume all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from archcheck.drawing.figure import Figure
from archcheck.drawing.layout import Point, Sheet, Tail, Text, Volume, lay_out
from archcheck.drawing.words import full_text

STYLE = """
text { font: 11px "Liberation Sans", Arial, Helvetica, sans-serif; text-anchor: middle; fill: #1b2027; }
.start { text-anchor: start; }
.strong { font-weight: 700; }
.title { font-size: 16px; }
.ground { fill: #ffffff; }
.line { fill: none; stroke: #55606d; stroke-width: 1.2; }
.head { fill: #55606d; }
path.solid { stroke: #47525f; stroke-width: 1; stroke-linejoin: round; }
.silent path.solid { fill: #e4e9ef; } .silent path.side { fill: #cdd5de; }
.agrees path.solid { fill: #d3efdd; stroke: #0d6b3c; } .agrees path.side { fill: #b3dfc4; }
.known-wrong path.solid { fill: #fbe7bd; stroke: #7a4b00; } .known-wrong path.side { fill: #f2d391; }
.differs path.solid { fill: #fbd7d9; stroke: #a8131c; } .differs path.side { fill: #f3b4b8; }
.lost path.solid { stroke-dasharray: 3 2; }
text.agrees { fill: #0d6b3c; } text.known-wrong { fill: #7a4b00; } text.differs { fill: #a8131c; }
@media (prefers-color-scheme: dark) {
text { fill: #e7ebf0; } .ground { fill: #11151a; } .line { stroke: #a7b2bf; } .head { fill: #a7b2bf; }
path.solid { stroke: #c0cad5; }
.silent path.solid { fill: #36404c; } .silent path.side { fill: #2a323c; }
.agrees path.solid { fill: #14532d; stroke: #7be0a5; } .agrees path.side { fill: #0f3d22; }
.known-wrong path.solid { fill: #5c430c; stroke: #f4c76d; } .known-wrong path.side { fill: #46330a; }
.differs path.solid { fill: #6b1d22; stroke: #ff9ca2; } .differs path.side { fill: #4f161a; }
text.agrees { fill: #7be0a5; } text.known-wrong { fill: #f4c76d; } text.differs { fill: #ff9ca2; }
}
"""
HEAD = 6.0
"""How long an arrow's head is."""


def svg(figure: Figure) -> str:
    """Return the drawing as the text of an SVG file."""
    sheet = lay_out(figure)
    size = {"width": _px(sheet.width), "height": _px(sheet.height)}
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_px(sheet.width)} {_px(sheet.height)}",
            "role": "img",
            "aria-labelledby": "title summary",
            **size,
        },
    )
    _child(root, "title", {"id": "title"}, figure.title)
    _child(root, "desc", {"id": "summary"}, figure.summary)
    _child(root, "style", {}, STYLE)
    _child(root, "rect", {"class": "ground", "rx": "6", **size})
    root.extend(_drawn(sheet))
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _drawn(sheet: Sheet) -> Iterator[Element]:
    """Yield lines, then what stands on them: volumes and texts."""
    for line in sheet.lines:
        yield from _arrow(line)
    for volume in sheet.volumes:
        yield _volume(volume)
    title, *others = sheet.texts
    yield _text(title, "title")
    yield from map(_text, others)


def _volume(volume: Volume) -> Element:
    lost = " lost" if volume.step.shape is None else ""
    group = Element("g", {"class": f"{_class(volume.step.tone)}{lost}"})
    _child(group, "title", {}, full_text(volume.step))
    x, y, solid = volume.x, volume.y, volume.solid
    right, top, slant = x + solid.width, y - solid.height, solid.slant
    if slant:
        _child(
            group,
            "path",
            {
                "class": "solid side",
                "d": _closed((x, top), (x + slant, top - slant), (right + slant, top - slant), (right, top)),
            },
        )
        _child(
            group,
            "path",
            {
                "class": "solid side",
                "d": _closed(
                    (right, top), (right + slant, top - slant), (right + slant, y - slant), (right, y)
                ),
            },
        )
    _child(group, "path", {"class": "solid", "d": _closed((x, top), (right, top), (right, y), (x, y))})
    group.extend(map(_text, volume.texts))
    return group


def _text(text: Text, more: str = "") -> Element:
    flags = {
        "strong": text.strong,
        "start": text.starts,
        more: bool(more),
        _class(text.tone): text.tone != "silent",
    }
    classes = " ".join(name for name, given in flags.items() if given)
    element = Element("text", {"x": _px(text.x), "y": _px(text.y)})
    if classes:
        element.set("class", classes)
    element.text = text.words
    return element


def _arrow(line: Tail) -> Iterator[Element]:
    """Yield a line through points, with a head at its end."""
    (x, y) = line[-1]
    yield Element("path", {"class": "line", "d": _path((*line[:-1], (x - HEAD + 1, y)))})
    yield Element(
        "path", {"class": "head", "d": _closed((x, y), (x - HEAD, y - HEAD / 2), (x - HEAD, y + HEAD / 2))}
    )


def _path(points: Tail) -> str:
    """Return a path: straight between points that share x or y, else curved, level at both ends."""
    parts = [f"M{_point(points[0])}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if to_x == x or to_y == y:
            parts.append(f"L{_point((to_x, to_y))}")
        else:
            middle = (x + to_x) / 2
            parts.append(f"C{_point((middle, y))} {_point((middle, to_y))} {_point((to_x, to_y))}")
    return "".join(parts)


def _closed(*points: Point) -> str:
    return f"M{'L'.join(map(_point, points))}Z"


def _point(point: Point) -> str:
    return f"{_px(point[0])} {_px(point[1])}"


def _px(number: float) -> str:
    """Return pixels to a tenth: `12`, `12.5`."""
    return f"{number:.1f}".removesuffix(".0")


def _class(tone: str) -> str:
    return tone.replace(" ", "-")


def _child(parent: Element, tag: str, attributes: dict[str, str], text: str | None = None) -> Element:
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element
