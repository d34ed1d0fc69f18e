"""What the steps do: gradients, deltas and updates, and how each step changes the loss of its own batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, ancestors, replay
from backproof.observations import Quantity
from backproof.observers import measure
from backproof.observers.looks import Look, ParameterNames, Sheet, swept_back
from backproof.scripts.followed import loss_in
from backproof.scripts.losses import Loss, predictions_of
from backproof.scripts.network import Network
from backproof.scripts.roles import Roles, Step
from backproof.scripts.seen import SeenStep
from backproof.scripts.steps import update_of
from backproof.scripts.windows import Window

Array = NDArray[Any]
Q = Quantity
GRADIENTS = (Q.RELATIVE_GRADIENT, Q.DELTA_RMS, Q.GRADIENT_RMS, Q.WEIGHT_RMS, Q.UPDATE_RATIO)
CHANGES = (Q.BATCH_LOSS_CHANGE, Q.BATCH_LOSS_CHANGE_TENTH)
RIGHT = 0.9  # share of the parameters whose steps follow the loss, so that a step of it can be judged
MANY = 200  # parameters that are measured one by one


# -- gradients


def observe_gradients(network: Network, looks: list[Look], sheet: Sheet) -> None:
    """Note gradients and deltas at each moment, and their size relative to the first."""
    first, names = 0.0, ParameterNames()
    for look in looks:
        named = names.of(look)
        _parameters(look, named, sheet)
        if network.followed is None:
            continue
        made = [(seen, swept_back(look.roles, seen, network.followed)) for seen in look.swept()]
        known = [(seen, arrived) for seen, arrived in made if arrived is not None]
        # Steps before the numbers were lost say how it came to that.
        swept = [one for one in known if all(np.isfinite(each).all() for each in one[1].values())] or known
        if not swept:
            continue
        size = _gradients(look, swept, named, sheet)
        first = first or size
        if first > 0 and np.isfinite(first):
            sheet.add(look.number, Q.RELATIVE_GRADIENT, "parameters", size / first)
        _deltas(network, look, swept, sheet)


def _gradients(
    look: Look, swept: list[tuple[SeenStep, dict[int, Array]]], named: dict[int, str], sheet: Sheet
) -> float:
    """Gradients of the mean over a step's samples; gives their RMS over everything."""
    by_root: dict[int, list[Array]] = {}
    for seen, arrived in swept:
        samples = len(seen.targets) if seen.targets is not None else 1
        for root, change in seen.step.changes.items():
            node = look.roles.nodes[change.before]
            gradient = arrived.get(change.before)
            flat = np.zeros(node.size) if gradient is None else np.ravel(_as_one(look, seen, root, gradient)) / samples
            by_root.setdefault(root, []).append(flat)
    for root, found in list(by_root.items())[:MANY]:
        sheet.add(look.number, Q.GRADIENT_RMS, named[root], measure.rms(np.concatenate(found), np))
    return measure.rms(np.concatenate([flat for found in by_root.values() for flat in found]), np)


def _as_one(look: Look, seen: SeenStep, root: int, gradient: Array) -> Array:
    """Copies of one value along an axis (a bias stored once per example) have one gradient: the sum of theirs."""
    value = np.asarray(look.roles.nodes[seen.step.changes[root].before].value)
    for axis in range(value.ndim):
        if value.shape[axis] > 1 and float(np.ptp(value, axis=axis).max()) == 0:
            update = update_of(look.roles, seen.step, root)
            if np.any(update) and float(np.ptp(update, axis=axis).max()) == 0:
                return np.asarray(gradient.sum(axis))
    return gradient


def _deltas(network: Network, look: Look, swept: list[tuple[SeenStep, dict[int, Array]]], sheet: Sheet) -> None:
    for k, layer in enumerate(network.layers):
        found = [
            np.ravel(arrived.get(node.index, np.zeros(node.shape)))
            for seen, arrived in swept
            if len(seen.layers) > k
            for node in seen.layers[k].z_nodes
        ]
        if found:
            sheet.add(look.number, Q.DELTA_RMS, layer.name, measure.rms(np.concatenate(found), np))


def _parameters(look: Look, named: dict[int, str], sheet: Sheet) -> None:
    """Sizes of the parameters, and of the last step's updates of them."""
    step = look.steps[-1].step
    for root, change in list(step.changes.items())[:MANY]:
        weight = np.asarray(look.roles.nodes[change.before].value, dtype=np.float64)
        sheet.add(look.number, Q.WEIGHT_RMS, named[root], measure.rms(weight, np))
        ratio = measure.update_ratio(update_of(look.roles, step, root), weight, np)
        sheet.add(look.number, Q.UPDATE_RATIO, named[root], ratio)


# -- steps made again


def observe_changes(network: Network, window: Window, sheet: Sheet) -> None:
    """Replay the judged steps on their own samples, whole and with a tenth of their length."""
    best, followed = window.best, network.followed
    if best is None or followed is None:
        return
    if best.share < RIGHT or best.loss.key != followed.key:
        for quantity in CHANGES:
            sheet.reasons.setdefault(quantity, "the steps do not follow a loss")
        return
    for t, step in enumerate(window.judge.steps):
        loss = None if followed.name else loss_in(window.roles, step, followed.key)
        if step not in window.roles.steps or (loss is None and not followed.name):
            continue
        again = _Again(window.roles, step, followed.name, loss, window.judge.updates[t])
        before = again.loss(None if window.whole is None else 0.0)  # what was recorded is the loss of all rows
        number = window.first_step + window.roles.steps.index(step)
        for quantity, share in zip(CHANGES, (1.0, 0.1), strict=True):
            change = measure.relative_change(before, again.loss(share))
            sheet.add(number, quantity, "loss", change, finite=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Again:
    """One step, to be made again with another length."""

    roles: Roles
    step: Step
    name: str | None
    other: Loss | None
    updates: Mapping[int, Array]

    def loss(self, share: float | None) -> float:
        """The loss of the step's own samples after `share` of the step was made; None for the recorded one."""
        values: dict[int, Any] = {}
        for root, update in self.updates.items() if share is not None else ():
            old = self.roles.nodes[self.step.changes[root].before]
            values[old.index] = _like(np.asarray(old.value, np.float64) + share * np.reshape(update, old.shape), old)
        if self.other is not None:
            replay(_stretch(self.roles, list(self.other.seeds)), values)
            return self.other.evaluate(values)
        pairs = predictions_of(self.roles, self.step)
        replay(_stretch(self.roles, [self.roles.nodes[i] for i in pairs]), values)
        total = 0.0
        for index, pair in pairs.items():
            p = np.atleast_1d(np.asarray(values.get(index, self.roles.nodes[index].value), np.float64))
            target = np.asarray(pair.target, np.float64)
            total += measure.average_loss(self.name or "", p, target, np) * len(p)
        return total


def _stretch(roles: Roles, ends: list[Node]) -> list[Node]:
    """The nodes that `ends` are computed from, without versions of parameters, in recording order."""
    behind = ancestors(ends, roles.stop)
    return [behind[i] for i in sorted(behind) if i not in roles.stop]


def _like(value: Array, node: Node) -> Any:
    """The value in the kind that the script had: a float, a matrix, an array of its type."""
    if isinstance(node.value, np.matrix):
        return np.asmatrix(value)
    if isinstance(node.value, np.ndarray):
        return value.astype(node.value.dtype)
    return type(node.value)(value)
