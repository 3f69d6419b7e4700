"""Whether what may be a shape is one: surely, perhaps, or not.

| it is                                          | surely                        | perhaps                       |
|------------------------------------------------|-------------------------------|-------------------------------|
| called a shape, or `torch.Size`                | numbers, names of axes        | names that are of no axis     |
| numbers in brackets, `[48, 55, 55]`            | as sizes go                   | as depths and lists go        |
| names in brackets, `(N, C, H, W)`              | the batch first, or of 3 axes | `(w, h)`, strange names       |
| one entry, `[B]`, `[8732,]`                    | `[B*T]`                       | a capital letter; a comma     |
| `3x224x224`, `28 x 28`, `16*5*5`, `6@28x28`    | alone on its line             | `3x3`, in a sentence          |
| `B, C, H, W`, `b c h w`                        | names of axes alone           | two of them                   |

What has a coordinate, a hyper-parameter or plain English among its sizes is none, and so is what is called a kernel, a
stride, an index or the like. Words around it that speak of something else make it perhaps at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from archcheck.dialects.labels import Label
from archcheck.dialects.sizes import Found
from archcheck.dialects.stated import REST, Role, Size
from archcheck.dialects.vocabulary import ROWS, is_axis, is_batch, is_never, names_in

Grade = Literal["surely", "perhaps", "no"]
"""How clear it is that it is a shape."""
SMALL = 9
"""Kernels, strides, depths of stages and labels are mostly this small."""
_PICTURE = {"h", "w", "height", "width"}
_SIDES = {"left", "right", "top", "bottom", "front", "back"}


def grade(found: Found, label: Label) -> Grade:
    """Return whether it is a shape, by its sizes and its label."""
    zeros = (label.keyed and label.role is None) or found.form == "size"
    if _is_barred(found, label) or any(_is_wrong(size, zeros) for size in found.shape.sizes):
        return "no"
    if found.form == "size":
        return "surely"
    own = _keyed(found, label.attached, label.role) if label.keyed else _own(found, label)
    return _led(own, found, label)


def _is_barred(found: Found, label: Label) -> bool:
    """Return whether its label makes it something else, or it has two places for any number of axes."""
    interval = (label.within or (_is_unit(found) and not label.keyed)) and len(found.shape.sizes) < 3
    rests = sum(size.value == REST for size in found.shape.sizes)
    return label.blind or interval or rests > 1 or (label.blind_to_numbers and _is_numbers(found))


def _is_unit(found: Found) -> bool:
    """Return whether it is `[-1, 1]`, between which values lie."""
    sizes = found.shape.sizes
    below = sizes[0].value is None and sizes[0].end - sizes[0].start == 2 if sizes else False
    return below and [size.value for size in sizes[1:]] == [1]


def grade_flow(nodes: Sequence[tuple[Found, Label]]) -> Grade:
    """Return whether shapes with arrows between are shapes: one that surely is speaks for those with one entry."""
    if any(_is_axis(found) for found, _ in nodes):
        return _axes(nodes)
    if any(found.form == "compact" for found, _ in nodes):
        letters = {"".join(sorted(str(size.value) for size in found.shape.sizes)) for found, _ in nodes}
        return "surely" if len(letters) == 1 else "no"
    grades = [grade(found, replace(label, led="bare")) for found, label in nodes]
    for place, (found, label) in enumerate(nodes):
        single = len(found.shape.sizes) == 1 and not label.blind
        if grades[place] == "no" and single and not _is_wrong(found.shape.sizes[0], zeros=False):
            grades[place] = "perhaps"
    if "no" in grades:
        return "no"
    doubt = any(label.doubt or label.led == "words" for _, label in nodes)
    return "surely" if "surely" in grades and not doubt else "perhaps"


def _is_axis(found: Found) -> bool:
    return found.shape.layout == "axis"


def _axes(nodes: Sequence[tuple[Found, Label]]) -> Grade:
    """Return the grade of `224 -> 112`: numbers alone, of which one is no setting."""
    first = nodes[0][1]
    if not all(_is_axis(found) for found, _ in nodes) or first.blind or first.doubt:
        return "no"
    if (first.led != "bare" or first.names) and not first.keyed:
        return "no"
    biggest = max(_at_least(found.shape.sizes[0].value) for found, _ in nodes)
    return "surely" if biggest > SMALL else "perhaps"


def _led(own: Grade, found: Found, label: Label) -> Grade:
    """Return the grade under the words before it."""
    if own == "no" or label.led == "bare":
        return "perhaps" if own == "surely" and label.doubt else own
    if label.led == "words" and not label.keyed and _is_numbers(found) and not _is_picture(found):
        return "no"
    if label.led == "words" and not label.keyed and _are_its_sides(found.shape.sizes):
        return "no"
    if label.led == "ended" and not label.doubt and not _is_numbers(found):
        return own
    return "perhaps"


def _keyed(found: Found, attached: bool, role: Role | None) -> Grade:
    """Return the grade of what is called a shape, or an input or output."""
    sizes = found.shape.sizes
    strange = sum(_is_strange(size) for size in sizes)
    if len(sizes) == 1:
        named = found.square and _is_names(sizes[0])
        surely = not strange and found.form == "group" and (found.closed_by_comma or attached or named)
        return "surely" if surely else "no" if strange else "perhaps"
    if strange * 2 > len(sizes) or (strange and found.form == "list"):
        return "perhaps" if len(sizes) > 2 and found.form != "list" else "no"
    if found.shape.layout == "sides" and role is not None and _is_numbers(found):
        return _chain(found)
    return "perhaps" if _is_size_of_picture(sizes) else "surely"


def _own(found: Found, label: Label) -> Grade:
    """Return the grade of what nothing is said of."""
    layout = found.shape.layout
    if layout in ("volume", "sides", "product"):
        return _chain(found)
    if layout == "maps":
        return "surely"
    if layout == "axis" or found.form == "compact":  # these are shapes in a flow alone
        return "no"
    if len(found.shape.sizes) == 1:
        return _single(found, label) if label.led == "bare" else "no"
    return _numbers(found) if _is_numbers(found) else _names(found)


def _single(found: Found, label: Label) -> Grade:
    size = found.shape.sizes[0]
    if isinstance(size.value, int):
        return "perhaps" if found.closed_by_comma and size.value > SMALL else "no"
    names = _names_of(size)
    if not names or not all(is_axis(name) for name in names):
        return "no"
    if any(is_axis(name) and len(name) == 1 for name in label.names) and size.value != names[0]:
        return "no"  # `N = [C*T/P]` is an equation
    product = len(names) > 1 and "*" in str(size.value)
    if product or found.closed_by_comma or (label.names and found.square):
        return "surely"
    return (
        "perhaps"
        if size.value == names[0] and ((names[0].isupper() and len(names[0]) == 1) or is_batch(names[0]))
        else "no"
    )


def _numbers(found: Found) -> Grade:
    """Return the grade of numbers alone: `[48, 55, 55]` is a shape, `[3, 4, 6, 3]`, `[64, 128, 256]` may be a list."""
    sizes = [size.value for size in found.shape.sizes if isinstance(size.value, int)]
    if found.form == "list" and (len(sizes) < 3 or _is_thousands(found)):
        return "no"
    if _is_picture(found):
        return "surely"
    runs = len(sizes) > 2 and len({later - one for one, later in itertools.pairwise(sizes)}) == 1
    doubles = len(sizes) > 2 and all(later == 2 * one for one, later in itertools.pairwise(sizes))
    ordered = len(sizes) > 3 and sizes in (sorted(set(sizes)), sorted(set(sizes), reverse=True))
    if max(sizes, default=0) <= SMALL or runs or doubles or ordered or len(sizes) > 6:
        return "no" if runs and max(sizes) <= SMALL else "perhaps"
    return "surely"


def _is_picture(found: Found) -> bool:
    """Return whether two sides that are equal come last, as no list of settings has them: `[48, 55, 55]`."""
    sizes = [size.value for size in found.shape.sizes]
    if found.shape.layout == "volume" and len(sizes) == 3 and sizes[0] == sizes[1]:
        sizes = sizes[::-1]
    if len(sizes) < 3 or not all(isinstance(size, int) for size in sizes[-2:]):
        return False
    return (
        sizes[-1] == sizes[-2]
        and len(set(sizes)) > 1
        and (len(sizes) > 3 or max(map(_at_least, sizes)) > SMALL)
    )


def _at_least(value: int | str | None) -> int:
    return value if isinstance(value, int) else 0


def _is_thousands(found: Found) -> bool:
    """Return whether `1,000,000` may be one number."""
    sizes = found.shape.sizes
    if sizes[0].value == sizes[1].value:  # `104,104,128`: the sides and the channels
        return False
    near = all(later.start == one.end + 1 for one, later in itertools.pairwise(sizes))
    return near and all(size.end - size.start == 3 for size in sizes[1:])


def _names(found: Found) -> Grade:
    """Return the grade of sizes with names among them."""
    sizes = found.shape.sizes
    strange = sum(_is_strange(size) for size in sizes)
    named = sum(1 for size in sizes if _names_of(size)) - strange
    led = is_batch(str(sizes[0].value)) or sizes[0].value in (None, REST)
    if _is_row(sizes) or (named == 0 and not led):
        return "no"
    if named == 0 and not strange:
        biggest = max(_at_least(size.value) for size in sizes)
        return "surely" if biggest > SMALL else "perhaps" if biggest else "no"
    if strange:
        return _half_strange(found, strange, led)
    if found.form == "letters" and len(sizes) == 2:
        return "no"
    if len(sizes) == 2 and found.form == "list":
        arithmetic = any(not str(size.value).isidentifier() for size in sizes)
        return "surely" if led else "perhaps" if arithmetic else "no"
    if _is_size_of_picture(sizes):
        return "perhaps"
    if all(_is_numbered(size) for size in sizes):  # `[K1, K1, K2, K2]`: which, not how many
        stems = {str(size.value)[:1] for size in sizes}
        return "no" if found.square and len(stems) == 1 else "perhaps"
    if len(sizes) == 2 and not led:
        return "surely" if _is_telling(sizes) else "perhaps"
    if found.form == "list" and not led:
        return "surely" if any(_is_clear(size) for size in sizes) else "perhaps"
    return "surely"


def _is_numbered(size: Size) -> bool:
    return isinstance(size.value, str) and size.value[1:].isdecimal()


def _half_strange(found: Found, strange: int, led: bool) -> Grade:
    """Return the grade of names some of which are of no axis; of `(s1, state1, r1)` the first one of each."""
    sizes = found.shape.sizes
    fair = strange * 2 <= len(sizes) and len(sizes) > 2 and not _is_strange(sizes[0])
    firsts = all(str(size.value)[-1:].isdecimal() for size in sizes)
    return "no" if found.form != "group" or firsts or not (fair or led) else "perhaps"


def _is_counting(sizes: tuple[Size, ...]) -> bool:
    """Return whether it is values that go on, `[1, 2, ..., T]`."""
    values = [size.value for size in sizes]
    return len(values) > 2 and values[1:3] == [2, REST] and values[0] in (0, 1)


def _are_sides(sizes: tuple[Size, ...]) -> bool:
    """Return whether all are of sides of a picture, as a padding is: `(W_left, W_right)`."""
    return all(str(size.value).rpartition("_")[2] in _SIDES for size in sizes)


def _is_clear(size: Size) -> bool:
    """Return whether a size in a list without brackets is no setting: a number, arithmetic, a capital letter."""
    return not isinstance(size.value, str) or not size.value.isidentifier() or size.value[-1].isupper()


def _is_telling(sizes: tuple[Size, ...]) -> bool:
    """Return whether one of two sizes is a word, arithmetic or a capital letter."""
    return any(
        len(str(size.value)) > 1 or str(size.value).isupper() for size in sizes if isinstance(size.value, str)
    )


def _chain(found: Found) -> Grade:
    sizes = found.shape.sizes
    if any(_is_strange(size) for size in sizes) or {size.value for size in sizes} == {"k"}:
        return "no"
    if found.shape.layout == "product":
        return _product(found)
    if not _is_numbers(found):
        return "surely" if len(sizes) > 2 or is_batch(str(sizes[0].value)) else "perhaps"
    biggest = max(_at_least(size.value) for size in sizes)
    if len(sizes) == 2:
        kernel = biggest == 11 or (biggest <= SMALL and biggest % 2)
        return "perhaps" if kernel else "surely"
    return "surely" if _is_picture(found) or biggest > SMALL else "perhaps"


def _product(found: Found) -> Grade:
    """Return the grade of `28*28`: sides, not arithmetic such as `60*60*24`."""
    sizes = [size.value for size in found.shape.sizes]
    if not _is_numbers(found) or len(sizes) > 4:
        return "no"
    return "surely" if sizes[-1] == sizes[-2] and max(map(_at_least, sizes)) > SMALL else "perhaps"


def _is_wrong(size: Size, zeros: bool) -> bool:
    if size.value == 0:
        return not zeros
    return isinstance(size.value, str) and size.value.isidentifier() and is_never(size.value)


def _is_strange(size: Size) -> bool:
    """Return whether it has names, and none of an axis."""
    names = _names_of(size)
    return bool(names) and not any(is_axis(name) for name in names)


def _names_of(size: Size) -> list[str]:
    return names_in(size.value) if isinstance(size.value, str) else []


def _is_names(size: Size) -> bool:
    return bool(_names_of(size))


def _is_numbers(found: Found) -> bool:
    return all(isinstance(size.value, int) for size in found.shape.sizes)


def _is_size_of_picture(sizes: tuple[Size, ...]) -> bool:
    """Return whether it is `(w, h)`, the value of a size rather than a shape."""
    return len(sizes) == 2 and all(str(size.value) in _PICTURE for size in sizes)


def _are_its_sides(sizes: tuple[Size, ...]) -> bool:
    """Return whether it is `(H, W)`, as a sentence speaks of the sides of a picture."""
    return len(sizes) == 2 and all(str(size.value).lower() in _PICTURE for size in sizes)


def _is_row(sizes: tuple[Size, ...]) -> bool:
    return _is_row_of_letters(sizes) or _is_counting(sizes) or _are_sides(sizes)


def _is_row_of_letters(sizes: tuple[Size, ...]) -> bool:
    """Return whether it is `(A, B, C)`, `(R, G, B)` or `(Q, K, V)`."""
    word = "".join(str(size.value) for size in sizes).upper()
    return word in ROWS or (len(word) > 2 and word == "ABCDEFGH"[: len(word)])
