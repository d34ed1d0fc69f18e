"""Weights that are whole numbers: how much of each update is cut off when it is written into an integer array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.graph.node import Node, Ref, ancestors
from backproof.observations import Crash
from backproof.scripts.naming import place
from backproof.scripts.recording import Recording
from backproof.scripts.sites import Site

PRODUCTS = frozenset({"matmul", "dot", "mul", "inner", "einsum", "tensordot", "vdot", "sum"})
MOST = 400  # writes that are looked at in a window
WORTH_TELLING = 0.1  # of the change: rounding of floats takes 1e-16 of it, cutting off all of a step below 1
REMEDY = "Make it an array of floats where it is created: `3.0` in place of `3`, or `dtype=float`"


@dataclass(frozen=True, slots=True)
class Cut:
    """One write: where it was, and which share of the intended change was cut off."""

    node: Node
    name: str
    share: float


def cut_off(recordings: Sequence[Recording], sites: Sequence[Site], crash: Crash | None) -> list[Finding]:
    """A finding for each array of integers that loses a good part of its updates, or that refused them.

    Args:
        recordings: The recorded windows.
        sites: Of the recorder.
        crash: The exception that ended the program, if one did.
    """
    if crash is not None and crash.kind == "casting":
        return [_refused(crash)] if _is_refusal(crash) else []
    by_name: dict[str, list[Cut]] = {}
    for recording in recordings:
        for cut in _cuts(recording, sites):
            by_name.setdefault(cut.name, []).append(cut)
    found = {name: float(np.mean([cut.share for cut in cuts])) for name, cuts in by_name.items()}
    return [_lost(by_name[name][0], share) for name, share in found.items() if share >= WORTH_TELLING]


def _is_refusal(crash: Crash) -> bool:
    """Whether an array of integers was to take fractions, and is no data that is being scaled."""
    if len(crash.operands) < 2:
        return False
    into, value = crash.operands[:2]
    whole = (into.kind or "").startswith(("int", "uint")) and (value.kind or "").startswith("float")
    return whole and into.text not in value.text and "/=" not in crash.expression


def _refused(crash: Crash) -> Finding:
    into, value = crash.operands[:2]
    made = next((made.place for made in into.made), None)
    says = (
        f"{into.text} is an array of integers ({into.kind}): NumPy refuses to write `{value.text}`, which has "
        f"fractions (up to {max(abs(value.low or 0.0), abs(value.high or 0.0)):.3g}), into it, and the program stops"
    )
    where = (replace(crash.place, name=into.text, kind="update"), *((made,) if made else ()))
    return _finding(says, into.text, 1.0, where)


def _lost(cut: Cut, share: float) -> Finding:
    says = f"{cut.name} is an array of integers: {share:.0%} of what a step changes is cut off to whole numbers"
    return _finding(says, cut.name, share, (place(cut.node.span, cut.name, "update"),))


def _finding(says: str, name: str, share: float, where: tuple[Place, ...]) -> Finding:
    expected = Expected("==", 0.0, "floats keep all of it")
    evidence = Evidence("share of the update that whole numbers do not take", name, (0,), (share,), expected)
    return Finding("integer-weights", Severity.ERROR, says, where, (evidence,), (Remedy(REMEDY),))


# -- writes that are cut off


def _cuts(recording: Recording, sites: Sequence[Site]) -> Iterator[Cut]:
    nodes = recording.nodes
    whole = [node for node in nodes if _is_whole(node) and node.op in ("setitem", "astype", "array", "asarray")]
    for node in whole[:MOST]:
        found = _written(node) if node.op == "setitem" else _converted(node)
        if found is None:
            continue
        wanted, old = found
        made, change = np.trunc(wanted), wanted - old
        moved = float(np.sum(np.abs(change)))
        if moved > 0 and _is_update(node, nodes):
            share = min(float(np.sum(np.abs(wanted - made))) / moved, 1.0)
            yield Cut(node, _name(node, recording, sites), share)


def _is_whole(node: Node) -> bool:
    return node.kind in ("i", "u") and isinstance(node.value, np.ndarray)


def _fractions(argument: Any) -> Any:
    """The value of an argument that holds numbers between the whole ones; None for any other."""
    if not isinstance(argument, Ref):
        return None
    value = argument.node.value
    number = type(value) is float or isinstance(value, np.floating)
    if not number and not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return None
    array = np.asarray(value, np.float64)
    return array if np.all(np.isfinite(array)) and np.any(array != np.trunc(array)) else None


def _written(node: Node) -> tuple[Any, Any] | None:
    """What `w[key] = value` was to write, and what stood there."""
    wanted = _fractions(node.args[2]) if len(node.args) > 2 else None
    base = node.args[0]
    if wanted is None or not isinstance(base, Ref):
        return None
    try:
        key = node.args[1].node.value if isinstance(node.args[1], Ref) else node.args[1]
        return wanted, np.asarray(base.node.value, np.float64)[key]
    except (IndexError, TypeError):
        return None


def _converted(node: Node) -> tuple[Any, Any] | None:
    """What `(w - step).astype(int)` was to give, and `w`."""
    wanted = _fractions(node.args[0]) if node.args else None
    if wanted is None:
        return None
    before = [parent for parent in node.args[0].node.parents if _is_whole(parent) and parent.shape == node.shape]
    return (wanted, np.asarray(before[0].value, np.float64)) if before else None


def _is_update(node: Node, nodes: Sequence[Node]) -> bool:
    """Whether what is written was computed by way of a product with an older version of the array itself."""
    behind = ancestors(list(node.parents))
    versions = {i for i, n in behind.items() if _is_whole(n) and n.shape == node.shape}
    views = versions | {i for i, n in behind.items() if n.op in ("getitem", "gather", "transpose") and _of(n, versions)}
    elements = {int(v) for i in versions for v in np.ravel(behind[i].value)[:MOST]}
    return any(n.op in PRODUCTS and (_of(n, views) or _multiplies(n, elements)) for n in behind.values())


def _multiplies(node: Node, elements: set[int]) -> bool:
    """Whether an element of the array, which is no recorded value once it is read, is a factor."""
    return any(isinstance(arg, np.integer) and int(arg) in elements for arg in node.args)


def _of(node: Node, indices: set[int]) -> bool:
    return any(parent.index in indices for parent in node.parents)


def _name(node: Node, recording: Recording, sites: Sequence[Site]) -> str:
    index = recording.sites[node.index]
    target = sites[index].target if index >= 0 else None
    return target.split("[")[0] if target else f"an array (line {node.span.line})" if node.span else "an array"
