"""What the network does differently when the training is over: are units still dropped when it predicts?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.derivatives import canonical
from backproof.graph.node import Node, Ref
from backproof.observations import Observation, Quantity, Run
from backproof.scripts.called import named_place
from backproof.scripts.recording import Recording
from backproof.scripts.roles import Roles
from backproof.scripts.windows import Window

Array = NDArray[Any]
MEASURES = (Quantity.PREDICTING_DROPPED,)
RANDOM = re.compile(r"rand|binomial|bernoulli|choice|uniform|normal|dropout", re.IGNORECASE)
NO_MASK = "no units are dropped while training"
NOT_SEEN = "no prediction was seen after the training"
STEPS = 3  # of a window in which masks are looked for
SAME_INPUT = 3  # predictions for one input, from which they are many on purpose (an average over masks)


def with_predicting(
    run: Run, windows: Sequence[Window], recordings: Sequence[Recording], files: Mapping[str, str]
) -> Run:
    """The run with the share of units that is dropped when it predicts, for every place where units are dropped."""
    masks = {} if not windows else dict(_masks(windows[0].roles, files))
    if not masks:
        return replace(run, unseen={**run.unseen, Quantity.PREDICTING_DROPPED: NO_MASK})
    later = list(_afterwards(windows, recordings))
    found, places = [], dict(run.structure.places)
    for site, node in masks.items():
        shares = [share for nodes, sites in later if (share := _dropped(nodes, sites, site)) is not None]
        if shares:
            name, places[name] = named_place(windows[0].roles, _mask_of(node) or node, "layer")
            found.append(Observation(run.total_steps or 0, Quantity.PREDICTING_DROPPED, name, shares[-1]))
    if not found:
        return replace(run, unseen={**run.unseen, Quantity.PREDICTING_DROPPED: NOT_SEEN})
    unseen = {q: why for q, why in run.unseen.items() if q not in MEASURES}
    structure = replace(run.structure, places=places)
    return replace(run, observations=(*run.observations, *found), structure=structure, unseen=unseen)


def _masks(roles: Roles, files: Mapping[str, str]) -> Iterator[tuple[int, Node]]:
    """Where values of the network are multiplied with random zeros and ones, by the site."""
    for before, step in pairwise(roles.steps[: STEPS + 1]):
        for node in roles.nodes[before.last_update : step.last_update]:
            if canonical(node.op) == "mul" and roles.depends[node.index] and node.index not in roles.stop:
                mask = _mask_of(node, roles.depends)
                if mask is not None and _is_drawn(mask, before.last_update, files):
                    yield roles.recording.sites[node.index], node


def _mask_of(node: Node, depends: Sequence[int] | None = None) -> Node | None:
    """The operand that holds zeros and one other number, and was not made of the network's values."""
    operands = [a.node for a in node.args[:2] if isinstance(a, Ref)]
    for operand in operands:
        value = np.asarray(operand.value)
        made = depends is not None and depends[operand.index]
        if len(operands) < 2 or made or value.ndim == 0 or value.dtype.kind not in "bfiu" or not value.size:
            continue
        kept = value[value != 0]
        if 0 < kept.size < value.size and np.all(kept == kept.flat[0]):
            return operand
    return None


def _is_drawn(mask: Node, since: int, files: Mapping[str, str]) -> bool:
    """Was it drawn at random after node `since`? Labels that a batch picks were there before."""
    waiting, seen = [mask], set[int]()
    while waiting:
        node = waiting.pop()
        if node.index <= since or node.index in seen:
            continue
        seen.add(node.index)
        if node.function is None and RANDOM.search(_text(node, files)):
            return True
        waiting.extend(node.parents if node.op != "getitem" else [a.node for a in node.args[:1] if isinstance(a, Ref)])
    return False


def _text(node: Node, files: Mapping[str, str]) -> str:
    span = node.span
    if span is None or span.file not in files:
        return ""
    lines = files[span.file].splitlines()[span.line - 1 : span.end_line]
    return " ".join(lines)[span.column :][: 4 * (span.end_column - span.column) + 200] if lines else ""


# -- after the training


def _afterwards(windows: Sequence[Window], recordings: Sequence[Recording]) -> Iterator[tuple[list[Node], list[int]]]:
    """What was recorded behind the last update of the run."""
    last = windows[-1]
    ended = last.recording.closed_because == "the script ended"
    if ended and last.recording is recordings[-1]:
        end = max(step.last_update for step in last.roles.all_steps) + 1
        yield last.recording.nodes[end:], last.recording.sites[end:]
    updates = {last.roles.recording.sites[c.after] for step in last.roles.all_steps for c in step.changes.values()}
    updates.discard(-1)  # of what was recorded at no place of its own
    enough = 2 * len(windows[0].recording.nodes) / max(len(windows[0].roles.all_steps), 1)
    for recording in recordings:
        over = recording.closed_because == "the script ended" or len(recording.nodes) > enough
        if recording.number > last.recording.number and over and updates.isdisjoint(recording.sites):
            yield recording.nodes, recording.sites


def _dropped(nodes: list[Node], sites: list[int], site: int) -> float | None:
    """The share of zeros in the masks that were used at `site`; None where it is not passed, or again and again."""
    used = [node for node, where in zip(nodes, sites, strict=True) if where == site]
    masks = [(node, mask) for node in used if (mask := _mask_of(node)) is not None]
    if not used or _on_purpose(used):
        return None
    share = [float(np.mean(np.asarray(mask.value) == 0)) for _, mask in masks]
    return float(np.mean(share)) if share else 0.0


def _on_purpose(used: list[Node]) -> bool:
    """Several masks on the same values: an average over masks."""
    kept = [tuple(np.ravel(np.asarray(p.value, np.float64)).tolist()) for node in used[:20] for p in node.parents]
    return len(used) >= SAME_INPUT and max(kept.count(values) for values in kept) >= SAME_INPUT
