"""Reading `budget:`: what the network may cost at most."""

from __future__ import annotations

from archcheck.spec import read
from archcheck.spec.budget import COUNTS, Budget
from archcheck.spec.source import Node, Pairs, Scalar
from archcheck.units import read_bytes, read_exact

KEYS = (*COUNTS, "memory", "latency_ratio")


def budget(node: Node) -> Budget:
    """Read `budget:`; a limit that is left out is None, and there is at least one."""
    mapping = read.pairs(node, "budget")
    read.only_keys(mapping, KEYS, "budget")
    if not mapping.pairs:
        raise node.place.error(f"budget needs at least one of {', '.join(KEYS)}, given none")
    params, macs, flops = (_count(mapping, name) for name in COUNTS)
    return Budget(params, macs, flops, _memory(mapping), _ratio(mapping), node.place)


def _count(mapping: Pairs, name: str) -> int | None:
    node = mapping.get(name)
    if node is None:
        return None
    count = read_exact(node.value if isinstance(node, Scalar) else None)
    if count is None or not 0 <= count <= read.MAX_SIZE:
        raise node.place.error(f"budget: {name} needs a count such as 600 or 5M, given {read.shown(node)}")
    return count


def _memory(mapping: Pairs) -> int | None:
    node = mapping.get("memory")
    if node is None:
        return None
    count = read_bytes(node.value if isinstance(node, Scalar) else None)
    if count is None or not 0 <= count <= read.MAX_SIZE:
        raise node.place.error(
            f"budget: memory needs bytes such as 200MB or 1.5GiB, given {read.shown(node)}"
        )
    return count


def _ratio(mapping: Pairs) -> float | None:
    node = mapping.get("latency_ratio")
    if node is None:
        return None
    value = node.value if isinstance(node, Scalar) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise node.place.error(
            f"budget: latency_ratio needs a number above 0 such as 1.1, given {read.shown(node)}"
        )
    return float(value)
