"""Central differences of one recorded operation: for operations whose derivative is in no table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backproof.graph.node import Node, Span, Value
from backproof.graph.operands import Array, Contribution, evaluate, flat, is_complex, is_real, leaves, rebuild, shape_of

RUNGS = 14  # steps tried for an element near zero, each ten times shorter: its scale may be 1 or its own size
AGREEMENT = 1e-8  # relative, of two slopes: better than what differences with this step can promise
REPEATABLE = 1e-4  # of the largest result: evaluated again, a deterministic operation is nearer even in float32

RANDOM = frozenset(
    {
        *("normal", "gauss", "normalvariate", "standard_normal", "randn", "uniform", "rand", "random", "random_sample"),
        *("choice", "permutation", "permuted", "shuffle", "sample", "binomial", "poisson", "exponential", "laplace"),
        *("triangular", "lognormal", "multivariate_normal", "truncnorm", "rvs", "dirichlet"),
    }
)  # never evaluated again: that would draw from the program's generator


class Differenced(NamedTuple):
    """An operation that had to be differentiated by differences, and where it stands in the program."""

    op: str
    span: Span | None


DIFFERENCED: set[Differenced] = set()  # all since the start of the process, or since it was cleared


def difference(node: Node, adjoint: Array) -> list[Contribution]:
    """The vector-Jacobian product of `node` by central differences, and a record of it in `DIFFERENCED`.

    Args:
        node: Any operation with a function.
        adjoint: Of its value; flattened for operations with several results.

    Returns:
        For each parent with floating-point numbers; NaN where the operation is random or complex, fails, is not finite,
        or does not return the same value twice.

    Source: Ridders, Advances in Engineering Software 4 (1982) for choosing among several steps by their agreement.
    """
    DIFFERENCED.add(Differenced(node.op, node.span))
    parents = [parent for parent in node.parents if is_real(parent.value) or is_complex(parent.value)]
    adjoint = adjoint.ravel()
    if not adjoint.any():
        return [(parent, np.zeros(shape_of(parent.value))) for parent in parents]
    undefined = node.op in RANDOM or any(is_complex(each.value) for each in (node, *parents))
    if undefined or not _repeatable(node):
        return [(parent, np.full(shape_of(parent.value), np.nan)) for parent in parents]
    return [(parent, _operand_adjoint(node, parent, adjoint)) for parent in parents]


def _repeatable(node: Node) -> bool:
    """Whether the operation gives its recorded value again."""
    try:
        again, recorded = flat(evaluate(node, {})), flat(node.value)
    except Exception:  # whatever somebody's function raises
        return False
    finite = np.abs(recorded[np.isfinite(recorded)])
    scale = finite.max() if finite.size else 0.0
    return again.shape == recorded.shape and np.allclose(again, recorded, 0.0, REPEATABLE * scale, equal_nan=True)


def _operand_adjoint(node: Node, parent: Node, adjoint: Array) -> Array:
    """The adjoint of one operand, element by element; zero for integers within it."""
    point = flat(parent.value)
    real = np.concatenate([np.full(np.size(leaf), is_real(leaf)) for leaf in leaves(parent.value)])
    probe = _Probe(node, parent, adjoint, point)
    result = np.zeros(point.size)
    for element in np.flatnonzero(real):
        result[element] = probe.derivative(int(element))
    return result.reshape(shape_of(parent.value))


class _Probe:
    """Derivatives of `adjoint @ result` with respect to single elements of one operand."""

    def __init__(self, node: Node, parent: Node, adjoint: Array, point: Array) -> None:
        """Probe `node` around `point`, shape (n,), the elements of `parent`."""
        self.node = node
        self.parent = parent
        self.adjoint = adjoint
        self.support = adjoint != 0
        self.point = point
        self.step = float(np.cbrt(np.finfo(np.float32 if self._single() else np.float64).eps))

    def _single(self) -> bool:
        """Whether the operation rounds more coarsely than float64 although it gets float64."""
        try:
            result = evaluate(self.node, {self.parent.index: rebuild(self.parent.value, self.point)})
        except Exception:  # whatever somebody's function raises
            return False
        return any(
            isinstance(leaf, (np.ndarray, np.floating)) and leaf.dtype in ("f2", "f4") for leaf in leaves(result)
        )

    def _operand(self, element: int, step: float) -> Value:
        moved = self.point.copy()
        moved[element] += step
        return rebuild(self.parent.value, moved)

    def derivative(self, element: int) -> float:
        """At steps from 1 down to the size of the element itself: the one that its neighbour agrees with best."""
        size = abs(float(self.point[element]))
        scale = max(size, 1.0)
        best, change = self._slope(element, self.step * scale), np.inf
        slope = best
        for _ in range(RUNGS if 0 < size < scale else 0):
            scale = max(scale / 10, size)
            before, slope = slope, self._slope(element, self.step * scale)
            if np.isnan(before) or abs(slope - before) < change:
                best, change = slope, abs(slope - before) if np.isfinite(before) else np.inf
            if change <= AGREEMENT * abs(best) or scale == size:
                break
        return best

    def _slope(self, element: int, step: float) -> float:
        """The central difference; NaN where a value is not finite or the operation fails."""
        try:
            above, below = (
                flat(evaluate(self.node, {self.parent.index: self._operand(element, signed)}))
                for signed in (step, -step)
            )
            change = (above - below)[self.support]
            slope = float(self.adjoint[self.support] @ change) / (2 * step)
        except Exception:  # whatever somebody's function raises
            return float("nan")
        return slope if np.isfinite(slope) else float("nan")
