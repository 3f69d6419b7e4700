"""Operators that make one number of many: sums, means, extremes, norms, softmax, sorting and running sums.

A sum of n numbers is n - 1 additions, their largest n - 1 comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from archcheck.counting.ops.base import OpCall, OpRule, size
from archcheck.operations import Operations


def _rows(call: OpCall) -> tuple[int, int]:
    """Return how many elements go in, and how many groups of them are reduced."""
    return size(call.given), size(call.gave)


def summed_up(call: OpCall) -> Operations:
    """Count a sum: what is left over is the first of each group."""
    given, gave = _rows(call)
    return Operations(adds=max(given - gave, 0)).times(1 + call.given.is_complex())


def averaged(call: OpCall) -> Operations:
    """Count a mean: a sum and a division."""
    return summed_up(call) + Operations(divisions=size(call.gave))


def multiplied_up(call: OpCall) -> Operations:
    """Count a product of many."""
    given, gave = _rows(call)
    return Operations(multiplies=max(given - gave, 0))


def largest(call: OpCall) -> Operations:
    """Count the largest or smallest, and where it stands."""
    given, gave = _rows(call)
    return Operations(comparisons=max(given - gave, 0))


def both_ends(call: OpCall) -> Operations:
    """Count the smallest and the largest."""
    return largest(call).times(2)


def variance(call: OpCall) -> Operations:
    """Count a variance: a mean, n differences, n squares, their sum and a division."""
    given, gave = _rows(call)
    return Operations(adds=2 * (given - gave) + given, multiplies=given, divisions=2 * gave)


def deviation(call: OpCall) -> Operations:
    """Count a standard deviation: a variance and its root."""
    return variance(call) + Operations(exponentials=size(call.gave))


def norm(call: OpCall) -> Operations | None:
    """Count ``(sum |x|^p)^(1/p)``: squares and a square root for 2, powers and a root for others.

    For 1 the absolute values are summed, for an infinite p their largest is taken, for 0 those that are not 0
    are counted.
    """
    order = call.argument(1, "ord" if "ord" in call.kwargs else "p", 2)
    order = 2 if order is None else order
    given, gave = _rows(call)
    if call.given.is_complex():
        return None
    if order == 0:
        return Operations(comparisons=given, adds=given - gave)
    if math.isinf(order):
        return Operations(comparisons=given - gave)
    if order == 1:
        return Operations(adds=given - gave)
    powers = Operations(multiplies=given) if order == 2 else Operations(exponentials=given)
    return powers + Operations(adds=given - gave, exponentials=gave)


def _along(call: OpCall) -> tuple[int, int]:
    """Return how many elements there are, and how many rows they make along the dimension of a softmax."""
    given = size(call.given)
    dim = call.argument(1, "dim", -1)
    length = call.given.shape[dim] if call.given.dim() else 1
    return given, given // length if length else 0


def softmax(call: OpCall) -> Operations:
    """Count `exp(x_i) / sum_j exp(x_j)`: n exps, n - 1 additions and n divisions a row of n."""
    given, rows = _along(call)
    return Operations(exponentials=given, adds=given - rows, divisions=given)


def log_softmax(call: OpCall) -> Operations:
    """Count a softmax and the logarithm of each."""
    return softmax(call) + Operations(exponentials=size(call.given))


def log_sum_exp(call: OpCall) -> Operations:
    """Count `log(sum_j exp(x_j))`."""
    given, gave = _rows(call)
    return Operations(exponentials=given + gave, adds=given - gave)


def running(part: str) -> OpRule:
    """Return the rule of a running sum, product or extreme: n - 1 operations a row of n."""

    def rule(call: OpCall) -> Operations:
        given, rows = _along(call)
        return Operations(**{part: given - rows})

    return rule


def sorting(call: OpCall) -> Operations:
    """Count what merging takes at most: n * ceil(log2(n)) comparisons a row of n."""
    given = size(call.given)
    dim = next((one for one in (*call.args[1:], call.kwargs.get("dim", -1)) if type(one) is int), -1)
    length = call.given.shape[dim] if call.given.dim() else 1
    return Operations(comparisons=given * math.ceil(math.log2(max(length, 1))))


def sorting_all(call: OpCall) -> Operations:
    """Count what sorting all elements as one row takes: `unique`."""
    given = size(call.given)
    return Operations(comparisons=given * math.ceil(math.log2(max(given, 1))))


def largest_few(call: OpCall) -> Operations:
    """Count the k largest of n: a heap of k takes n * (1 + floor(log2(k))) comparisons at most."""
    few = max(int(call.argument(1, "k", 1)), 1)
    return Operations(comparisons=size(call.given) * few.bit_length())


def median(call: OpCall) -> Operations:
    """Count a median as the sort that finds it."""
    length = size(call.given) // max(size(call.gave), 1)
    return Operations(comparisons=size(call.given) * math.ceil(math.log2(max(length, 1))))


def accumulated(place: int, name: str) -> OpRule:
    """Return the rule of what adds each element of one argument to a place in the first."""

    def rule(call: OpCall) -> Operations:
        source = call.argument(place, name)
        return Operations(adds=size(source) if hasattr(source, "shape") else 0)

    return rule


def scattered_by(call: OpCall) -> Operations | None:
    """Count `scatter_reduce` and `scatter` with `reduce`: one operation an element of the source."""
    how = call.argument(4, "reduce")
    part = {"sum": "adds", "add": "adds", "prod": "multiplies", "multiply": "multiplies"}.get(
        how, "comparisons"
    )
    if how == "mean":
        return Operations(adds=size(call.args[3]), divisions=size(call.gave))
    return Operations(**{part: size(call.args[3])}) if hasattr(call.args[3], "shape") else None


def scattered(call: OpCall) -> Operations | None:
    """Count `scatter`, which moves, but with `reduce` is arithmetic."""
    return scattered_by(call) if call.argument(4, "reduce") is not None else Operations()


def put(values: int, call: OpCall) -> Operations:
    """Count `index_put` and `put`: an addition for each of the values with `accumulate`, else nothing."""
    return Operations(adds=size(call.args[values]) if call.argument(3, "accumulate", False) else 0)


def looked_up(sorted_ones: int, call: OpCall) -> Operations:
    """Count a binary search for each number among n sorted ones: ceil(log2(n + 1)) comparisons."""
    length = call.args[sorted_ones].shape[-1]
    return Operations(comparisons=size(call.gave) * length.bit_length())


def histogram(call: OpCall) -> Operations:
    """Count `histc`: each number against both ends, its place, `(x - min) / (max - min) * bins`, and 1 more there.

    Ends that are equal, as the defaults are, are those of the numbers themselves: (input, bins, min, max).
    """
    given = size(call.given)
    each = Operations(comparisons=2, adds=2, divisions=1, multiplies=1).times(given)
    asked = call.argument(2, "min", 0) == call.argument(3, "max", 0)
    return each + Operations(comparisons=2 * max(given - 1, 0) * asked)


def found_among(call: OpCall) -> Operations:
    """Count `isin`, each element compared with each of the others: (elements, test_elements)."""
    return Operations(comparisons=math.prod(size(one) for one in call.args[:2] if hasattr(one, "shape")))


def compared(call: OpCall) -> Operations:
    """Count a comparison for each element of the first argument."""
    return Operations(comparisons=size(call.given))


OPS: Mapping[str, OpRule] = {
    **dict.fromkeys(("sum", "nansum", "trace"), summed_up),
    **dict.fromkeys(("mean", "nanmean"), averaged),
    "prod": multiplied_up,
    **dict.fromkeys(("amax", "amin", "max", "min", "argmax", "argmin"), largest),
    **dict.fromkeys(("aminmax", "_aminmax"), both_ends),
    **dict.fromkeys(("var", "var_mean"), variance),
    **dict.fromkeys(("std", "std_mean"), deviation),
    **dict.fromkeys(("linalg_vector_norm", "norm"), norm),
    **dict.fromkeys(("_softmax", "_safe_softmax", "softmax"), softmax),
    **dict.fromkeys(("_log_softmax", "log_softmax"), log_softmax),
    "logsumexp": log_sum_exp,
    "cumsum": running("adds"),
    "cumprod": running("multiplies"),
    **dict.fromkeys(("cummax", "cummin", "_cummax_helper", "_cummin_helper"), running("comparisons")),
    **dict.fromkeys(("sort", "argsort", "msort"), sorting),
    "topk": largest_few,
    **dict.fromkeys(("median", "nanmedian", "kthvalue", "mode", "quantile"), median),
    "scatter_add": accumulated(3, "src"),
    "index_add": accumulated(3, "source"),
    "scatter_reduce": scattered_by,
    "scatter": scattered,
    **dict.fromkeys(("index_put", "_index_put_impl", "_unsafe_index_put"), partial(put, 2)),
    "put": partial(put, 2),
    "searchsorted": partial(looked_up, 0),
    "histc": histogram,
    "bucketize": partial(looked_up, 1),
    "isin": found_among,
    **dict.fromkeys(("equal", "allclose", "unique_consecutive"), compared),
    **dict.fromkeys(("_unique", "_unique2"), sorting_all),
}
"""The reductions, by name."""
