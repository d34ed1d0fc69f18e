"""Whether a gradient reproduces recorded updates: parameters in groups, fits of a step size, tolerances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backproof.gradcheck.mistakes._mistake import Array
from backproof.gradcheck.steps import ParameterStep, RecordedStep
from backproof.gradcheck.sweeps import Adjoints, StepGraph
from backproof.graph.node import Span

# Of a norm. Rounding in double precision costs a gradient through eight layers 1e-15 to 1e-12, saturated units up to
# 1e-9; in single precision 1e-6 to 2e-5. No two mistakes agree by chance in 8 digits (4 in single precision).
TOLERANCE = {8: 1e-8, 4: 5e-5, 2: 2e-2}
_NOISE = 1e-13  # of a gradient: an update by less, whatever the rate, is what rounding leaves of a sum that is zero
_VARIED = 1e3  # times the tolerance: less than this between elements is no evidence


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Parameters that are updated by one statement, in one role, in one layer: they have one step size.

    Attributes:
        layer: Number of their layer.
        bias: They are added, not multiplied.
        members: By step, in the same order.
        updates: By step, all in one axis.
        formed: What is compared is the gradient that goes into an optimiser.
    """

    layer: int
    bias: bool
    span: Span | None
    members: tuple[tuple[ParameterStep, ...], ...]
    updates: tuple[Array, ...]
    formed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """As the program calls the parameters."""
        return tuple(member.name for member in self.members[0])

    def gradient(self, step: int, adjoints: Adjoints, extra: Mapping[str, Array]) -> Array:
        """The gradient in the order of the updates, shape (n,)."""
        return np.concatenate([_gradient(member, adjoints, extra) for member in self.members[step]])

    def parameter(self) -> Array:
        """The parameters in the order of the updates, all steps in one axis."""
        return np.concatenate([_flat(m, np.asarray(m.before.value)) for step in self.members for m in step])

    def extra(self, extras: Sequence[Mapping[str, Array]]) -> Array:
        """The gradients of the loss parts that do not go through the predictions, all steps in one axis."""
        return np.concatenate([_gradient(m, {}, extras[t]) for t, step in enumerate(self.members) for m in step])


def _gradient(member: ParameterStep, adjoints: Adjoints, extra: Mapping[str, Array]) -> Array:
    value = adjoints.get(member.before.index)
    total = np.zeros(member.before.shape) if value is None else np.asarray(value, dtype=float)
    if member.name in extra:
        total = total + np.reshape(np.asarray(extra[member.name], dtype=float), total.shape)
    if member.tied_axis is not None:
        total = total.sum(axis=member.tied_axis)
    return total.ravel()


def _flat(member: ParameterStep, values: Array) -> Array:
    """Values of a parameter or its update, one for those that are tied."""
    array = np.asarray(values, dtype=float)
    return (array if member.tied_axis is None else array.take(0, axis=member.tied_axis)).ravel()


def make_groups(graphs: Sequence[StepGraph], *, formed: bool) -> list[Group]:
    """All parameters that belong to a layer, grouped; `formed`: compare what goes into an optimiser."""
    first = graphs[0]
    keys: dict[tuple[int, bool, Span | None], list[str]] = {}
    for member in first.step.parameters:
        layer = first.forward.layer_of(member.before.index)
        if layer is not None:
            is_bias = member.before.index in layer.biases
            keys.setdefault((layer.number, is_bias, member.span), []).append(member.name)
    return [_group(graphs, key, names, formed) for key, names in keys.items()]


def _group(graphs: Sequence[StepGraph], key: tuple[int, bool, Span | None], names: list[str], formed: bool) -> Group:
    by_name = [{p.name: p for p in graph.step.parameters} for graph in graphs]
    members = tuple(tuple(table[name] for name in names) for table in by_name)
    if not formed:
        return Group(*key, members, tuple(np.concatenate([update_of(m) for m in step]) for step in members))
    signs = [_direction([table[name] for table in by_name]) for name in names]
    rows = [[s * formed_of(m) for s, m in zip(signs, step, strict=True)] for step in members]
    return Group(*key, members, tuple(np.concatenate(row) for row in rows), True)


def rescaled(group: Group, sizes: Sequence[float]) -> Group:
    """The group with its updates divided by the relative sizes of the steps."""
    return replace(group, updates=tuple(update / size for update, size in zip(group.updates, sizes, strict=True)))


def without_noise(group: Group, gradient: Array) -> tuple[Group, float]:
    """The group, with zeros where updates are nothing but rounding beside the gradient; and how large that may be."""
    noise = _NOISE * float(np.linalg.norm(gradient))
    if np.linalg.norm(np.concatenate(group.updates)) > noise:
        return group, noise
    return replace(group, updates=tuple(np.zeros_like(update) for update in group.updates)), noise


def update_of(member: ParameterStep) -> Array:
    """The update of one parameter, shape (n,)."""
    return _flat(member, np.reshape(np.asarray(member.update, dtype=float), member.before.shape))


def formed_of(member: ParameterStep) -> Array:
    """The gradient that was formed for one parameter before any state of an optimiser came in, shape (n,)."""
    assert member.formed is not None
    values = np.asarray(member.formed.value, dtype=float)
    shape = member.before.shape
    return _flat(member, np.full(shape, values.ravel()[0]) if values.size == 1 else np.reshape(values, shape))


def _direction(members: Sequence[ParameterStep]) -> float:
    """Whether the updates go along (1) or against (-1) what was formed for them: an optimiser keeps the direction."""
    total = 0.0
    for member in members:
        update, formed = update_of(member), formed_of(member)
        size = float(np.linalg.norm(update) * np.linalg.norm(formed))
        total += float(update @ formed) / size if size else 0.0
    return 1.0 if total > 0 else -1.0


def through_optimiser(steps: Sequence[RecordedStep]) -> bool:
    """Whether some update is not a multiple of the gradient that was formed for it, so that state comes in."""
    by_name: dict[str, list[ParameterStep]] = {}
    for step in steps:
        for member in step.parameters:
            by_name.setdefault(member.name, []).append(member)
    for members in by_name.values():
        if any(m.formed is None or m.formed.size not in (1, m.before.size) for m in members):
            return False
    return any(not _multiple(members) for members in by_name.values())


def _multiple(members: list[ParameterStep]) -> bool:
    update = np.concatenate([update_of(member) for member in members])
    formed = np.concatenate([formed_of(member) for member in members])
    return not np.any(update) or fit([update], [formed], tolerance_of(m.before.value for m in members)) is not None


def tolerance_of(values: Iterable[Any]) -> float:
    """The tolerance for the least precise of some values."""
    sizes = [np.asarray(value).dtype.itemsize for value in values if np.asarray(value).dtype.kind == "f"]
    return TOLERANCE.get(min(sizes, default=8), TOLERANCE[8])


def fit(updates: Sequence[Array], columns: Sequence[Array], tolerance: float) -> tuple[float, ...] | None:
    """Coefficients with update = -(p x + q y + ...), or None if that does not hold to rounding.

    Args:
        updates: By step, each (n,).
        columns: x, y, ..., all steps in one axis each.
        tolerance: Of the residual, relative to the norm of the updates.
    """
    update = np.concatenate(updates)
    if not np.any(update) or not all(np.all(np.isfinite(column)) for column in columns):
        return None
    scales = [float(np.max(np.abs(column), initial=0.0)) for column in columns]
    if not all(scales):
        return None
    matrix = np.stack([column / scale for column, scale in zip(columns, scales, strict=True)], axis=1)
    size = float(np.max(np.abs(update)))
    target = -update / size
    found = (matrix.T @ target) / (matrix * matrix).sum(axis=0) if len(scales) == 1 else _solve(matrix, target)
    if found is None or np.linalg.norm(matrix @ found - target) > tolerance * np.linalg.norm(target):
        return None
    return tuple(float(value) * size / scale for value, scale in zip(found, scales, strict=True))


def may_fit(updates: Sequence[Array], gradients: Sequence[Array], tolerance: float) -> bool:
    """Whether the first step or two leave a chance: a single number always fits."""
    alone = len(updates) == 1 and updates[0].size == 1
    return alone or not np.any(updates) or fit(updates, [np.concatenate(gradients)], tolerance) is not None


def _solve(matrix: Array, target: Array) -> Array | None:
    """Least squares; None where the columns are as good as parallel."""
    found, _, rank, _ = np.linalg.lstsq(matrix, target, rcond=1e-9)
    return np.asarray(found) if rank == matrix.shape[1] else None


def proportional(left: Array, right: Array, tolerance: float) -> bool:
    """Whether two arrays of one size differ by a factor only."""
    left, right = left.ravel(), right.ravel()
    if not np.any(left) or not np.any(right):
        return not np.any(left) and not np.any(right)
    largest = int(np.argmax(np.abs(right)))
    sample = slice(None, None, max(1, right.size // 64))  # a look at a few decides nearly always
    factor = left[largest] / right[largest]
    if not np.allclose(left[sample], factor * right[sample], rtol=1e-3, atol=1e-6 * np.abs(left[largest])):
        return False
    return fit([left], [right], tolerance) is not None


def informative(updates: Sequence[Array], tolerance: float) -> bool:
    """Whether the entries differ enough that a match is no matter of course."""
    sizes = np.abs(np.concatenate(updates))
    return bool(sizes.size > 1 and np.ptp(sizes) > _VARIED * tolerance * sizes.max(initial=0.0) > 0)


def aligned(target: Array, shape: tuple[int, ...]) -> Array:
    """The target in the shape of its prediction."""
    values = np.asarray(target, dtype=float)
    if values.size == int(np.prod(shape)):
        return values.reshape(shape)
    return np.broadcast_to(values, shape)
