"""Labels that are used as the index of a class: how many classes there is room for, and which labels miss them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from backproof.graph.node import Node, Ref
from backproof.observations import Crash, Observation, Operand, Quantity, Run
from backproof.scripts.naming import place
from backproof.scripts.recording import Recording
from backproof.scripts.sites import Site

Q = Quantity
MEASURES = (Q.LABEL_MIN, Q.LABEL_MAX, Q.CLASSES, Q.LABELS_COLLIDE)
LABEL = re.compile(r"\[|label|target|class|digit|\by\w*\b")  # what an index is called that is one
ONE_HOT = re.compile(r"\b(eye|identity)\(")
MOST_CLASSES = 10_000  # more rows than that are no classes
NONE_SEEN = "no label is used as the index of a class"


class Labels(NamedTuple):
    """Labels as they are used: the name, the smallest and largest, classes, and the share that lands on another's."""

    name: str
    low: float
    high: float
    classes: int
    collide: float


def with_labels(run: Run, recordings: Sequence[Recording], sites: Sequence[Site], crash: Crash | None) -> Run:
    """The run with the labels that were used as indices."""
    found, places = [], dict(run.structure.places)
    refused = _refused(crash)
    if refused is not None and crash is not None:
        found.append(refused)
        places[refused.name] = replace(crash.place, name=refused.name)
    for recording in recordings[:1]:
        for node, labels in _used(recording, sites):
            if labels.name not in places or all(labels.name != one.name for one in found):
                found.append(labels)
                places[labels.name] = place(node.span, labels.name, "expression")
    if not found:
        return replace(run, unseen={**run.unseen, **dict.fromkeys(MEASURES, NONE_SEEN)})
    step = run.total_steps or 0
    seen = [
        Observation(step, quantity, one.name, value)
        for one in found
        for quantity, value in zip(MEASURES, one[1:], strict=True)
    ]
    unseen: dict[Quantity, str] = {q: why for q, why in run.unseen.items() if q not in MEASURES}
    structure = replace(run.structure, places=places)
    return replace(run, observations=(*run.observations, *seen), structure=structure, unseen=unseen)


def _refused(crash: Crash | None) -> Labels | None:
    """The labels of which one stopped the program."""
    if crash is None or crash.kind != "index" or crash.length is None or crash.axis is None or not crash.operands:
        return None
    base, *keys = crash.operands
    two_axes = len(base.shape or ()) == 2 and crash.axis == 1
    for key in reversed(keys):
        if _misses(key, crash.length) and (two_axes or ONE_HOT.search(base.text) or LABEL.search(key.text)):
            return Labels(key.text, key.low or 0.0, key.high or 0.0, crash.length, 0.0)
    return None


def _misses(key: Operand, length: int) -> bool:
    whole = (key.kind or "").startswith(("int", "uint"))
    return whole and key.low is not None and key.high is not None and (key.high >= length or key.low < -length)


def _used(recording: Recording, sites: Sequence[Site]) -> Iterator[tuple[Node, Labels]]:
    """Elements that are picked by labels of which some are negative, so that they count from the end."""
    done: set[int] = set()
    for node in recording.nodes:
        site = recording.sites[node.index]
        if node.op != "getitem" or site in done or not node.args or not isinstance(node.args[0], Ref):
            continue
        labels, classes = _picked(node.args[0].node, node.args[1])
        if labels is None:
            continue
        done.add(site)
        named = sites[site].span.line if site >= 0 else 0
        whole = set(np.unique(labels).tolist())
        lands = [label for label in whole if label < 0 and label + classes in whole]
        share = float(np.mean(np.isin(labels, lands)))
        yield node, Labels(f"labels at line {named}", float(labels.min()), float(labels.max()), classes, share)


def _picked(base: Node, key: Any) -> tuple[Any, int]:
    """The labels by which one element of each row, or one row of an identity, is picked; and the number of classes."""
    table = base.value
    if not isinstance(table, np.ndarray) or table.ndim != 2 or not 2 <= table.shape[1] <= MOST_CLASSES:
        return None, 0
    parts = key if type(key) is tuple else (key,)
    parts = tuple(part.node.value if isinstance(part, Ref) else part for part in parts)
    if len(parts) == 2 and _counts(parts[0]) and _is_whole(parts[1]):
        return np.ravel(parts[1]), table.shape[1]
    square = table.shape[0] == table.shape[1]
    if len(parts) == 1 and _is_whole(parts[0]) and square and np.array_equal(table, np.eye(len(table))):
        return np.ravel(parts[0]), table.shape[1]
    return None, 0


def _counts(rows: Any) -> bool:
    """0, 1, 2, ...: the numbers of the rows."""
    flat = np.ravel(rows) if isinstance(rows, range | list | np.ndarray) else np.zeros(0)
    return len(flat) > 1 and bool(np.array_equal(flat, np.arange(len(flat))))


def _is_whole(labels: Any) -> bool:
    return isinstance(labels, np.ndarray) and labels.dtype.kind in "iu" and labels.size > 1
