"""Some rows of a window's large data: what is measured of a hundred thousand samples can be measured of two thousand.

Verdicts need every row, statistics do not. Where the forward and the backward pass treat each row by itself, the
recorded graph can be cut down to some rows: values with a row per sample keep these, all others stay as they are. That
it is so is not assumed: every operation is made again on the rows that are left, and has to give the recorded ones.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref, ancestors, resolve
from backproof.graph.spared import is_kept
from backproof.scripts.chains import is_number_like
from backproof.scripts.data import ROWS
from backproof.scripts.losses import candidates
from backproof.scripts.pairs import Pair
from backproof.scripts.roles import Roles, Step
from backproof.scripts.verdict import LossFit
from backproof.scripts.windows import Window

Array = NDArray[Any]
WORTH = 10 * ROWS  # rows; with fewer there is little to be saved
MOST_NODES = 20_000  # of a window whose every operation is made again
SAME = 1e-6  # relative: sums of products over few columns are made in another order where there are fewer rows


class _UnevenError(Exception):
    """The rows are not treated one by one."""


def thinned(window: Window) -> Window:
    """The window with some of its rows; as it is, if it is small or its rows are not treated one by one."""
    count = _samples(window.roles)
    if count is None or window.others or len(window.roles.nodes) > MOST_NODES:
        return window
    try:
        with np.errstate(all="ignore"):
            return _Thinning(window, count).window()
    except Exception:  # whatever an operation raises on fewer rows
        return window


def _samples(roles: Roles) -> int | None:
    """How many samples each step has, if these are many, and no parameter has as many rows."""
    counts = {max(roles.nodes[p.prediction].shape, default=0) for step in roles.steps for p in step.pairs.values()}
    if len(counts) != 1 or min(counts) < WORTH or roles.by_scalars:
        return None
    (count,) = counts
    return None if any(count in roles.nodes[i].shape for i in roles.stop) else count


class _Thinning:
    """One window and the rows that are kept of it."""

    def __init__(self, whole: Window, count: int) -> None:
        self.whole, self.count = whole, count
        self.rows = self._chosen()
        self.nodes: list[Node] = []
        self._steps: dict[int, Step] = {}
        for node in whole.roles.nodes:
            self.nodes.append(self._thin(node))

    def _chosen(self) -> NDArray[np.intp]:
        """Rows at even distances, and those in which a value that predictions are made of is extreme."""
        found = [np.linspace(0, self.count - 1, ROWS).astype(np.intp)]
        roles = self.whole.roles
        ends = [roles.nodes[pair.prediction] for step in roles.steps for pair in step.pairs.values()]
        for node in ancestors(ends, roles.stop).values():
            if self.count in node.shape and is_kept(node) and node.value.base is None:
                table = np.asarray(node.value)
                places = [int(np.argmax(table)), int(np.argmin(table))]
                axis = self._axis(node.shape)
                found.append(np.array([np.unravel_index(k, table.shape)[axis] for k in places], np.intp))
        return np.unique(np.concatenate(found))

    def _axis(self, shape: tuple[int, ...]) -> int:
        if shape.count(self.count) != 1:
            raise _UnevenError
        return shape.index(self.count)

    def _cut(self, value: Any) -> Any:
        """The rows of one value that are left of it; the value itself if it has no row per sample."""
        shape = np.shape(value)
        return np.take(value, self.rows, self._axis(shape)) if self.count in shape else value

    def _thin(self, node: Node) -> Node:
        args = tuple(self._moved(argument) for argument in node.args)
        kwargs = {key: self._moved(argument) for key, argument in node.kwargs.items()}
        made = Node(node.index, node.op, node.function, args, kwargs, None, node.span, node.frames)
        made.inplace, made.shown = node.inplace, node.shown
        made.value = self._value(node, made)
        return made

    def _value(self, node: Node, made: Node) -> Any:
        if self.count not in node.shape:
            if not _is_finite(node.value):  # where the first such number came from is asked of every row
                raise _UnevenError
            return node.value
        if not is_kept(node):
            return made.evaluate({})
        cut = self._cut(node.value)
        if node.function is not None and not _alike(made.evaluate({}), cut):
            raise _UnevenError
        return cut

    def _moved(self, argument: Any) -> Any:
        return _mapped(argument, self.nodes)

    # -- what was found in the window, in terms of the rows that are left

    def window(self) -> Window:
        """The window with these rows."""
        roles, whole = self._roles(self.whole.roles), self.whole
        judge = copy.copy(whole.judge)
        judge.roles = roles
        judge.steps = [self._step(step) for step in whole.judge.steps]
        judge.before = [{root: self.nodes[node.index] for root, node in row.items()} for row in whole.judge.before]
        judge._formed = {}
        best = self._fit(roles, judge.steps, whole.best) if whole.best is not None else None
        return replace(whole, recording=roles.recording, roles=roles, judge=judge, best=best, whole=whole)

    def _roles(self, whole: Roles) -> Roles:
        roles = copy.copy(whole)
        roles.nodes = self.nodes
        roles.recording, roles.carried = copy.copy(whole.recording), copy.copy(whole.carried)
        roles.recording.nodes = roles.carried.nodes = self.nodes
        roles.pairs = {index: self._pair(pair) for index, pair in whole.pairs.items()}
        roles.steps = [self._step(step) for step in whole.steps]
        roles.all_steps = [self._step(step) for step in whole.all_steps]
        return roles

    def _pair(self, pair: Pair) -> Pair:
        return replace(pair, target=self._cut(pair.target))

    def _step(self, step: Step) -> Step:
        if id(step) not in self._steps:
            pairs = {index: self._pair(pair) for index, pair in step.pairs.items()}
            self._steps[id(step)] = Step(step.changes, pairs, step.first_update)
        return self._steps[id(step)]

    def _fit(self, roles: Roles, steps: Sequence[Step], fit: LossFit) -> LossFit:
        """The same fit, with the losses of these rows: how well the steps follow is what it was on all of them."""
        if len(fit.losses) != len(steps):
            raise _UnevenError
        losses = [next(loss for loss in candidates(roles, step) if loss.key == fit.loss.key) for step in steps]
        return replace(fit, loss=losses[0], losses=losses)


def _mapped(argument: Any, nodes: list[Node]) -> Any:
    """The argument with references to other nodes."""
    if isinstance(argument, Ref):
        return Ref(nodes[argument.node.index])
    return resolve(argument, lambda node: Ref(nodes[node.index]))


def _is_finite(value: Any) -> bool:
    return not is_number_like(value) or bool(np.all(np.isfinite(value)))


def _alike(again: Any, cut: Array) -> bool:
    if np.shape(again) != np.shape(cut):
        return False
    scale = float(np.max(np.abs(cut), initial=0.0, where=np.isfinite(cut)))
    return bool(np.allclose(again, cut, rtol=SAME, atol=SAME * scale, equal_nan=True))
