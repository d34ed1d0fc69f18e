"""How many digits the gradient of a step has: what rounding of errors and derivatives makes of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backproof.gradcheck.matching import aligned
from backproof.gradcheck.mistakes._mistake import Array, Backward
from backproof.gradcheck.sweeps import Adjoints, StepGraph
from backproof.graph.segments import Layer, Segment

_MARGIN = 10.0  # times the estimated noise: it is one draw of random signs
_WORST = 1e-4  # a tolerance beyond says too little: such steps are left out


def clear_steps(graphs: Sequence[StepGraph], tolerance: float) -> tuple[list[StepGraph], float]:
    """The steps with digits enough for the tolerance; or else the two clearest, with a tolerance that they allow.

    One alone is given where no other is clear.
    """
    noises = [_MARGIN * noise(graph, tolerance) for graph in graphs]
    clear = [graph for graph, each in zip(graphs, noises, strict=True) if each <= tolerance]
    worst = max(_WORST, tolerance)
    if len(clear) >= 2 or len(graphs) < 2:
        return clear, tolerance
    order = sorted(range(len(graphs)), key=noises.__getitem__)[:2]
    if noises[order[1]] > worst:
        return clear, tolerance
    return [graphs[i] for i in sorted(order)], noises[order[1]]


def noise(graph: StepGraph, tolerance: float) -> float:
    """The largest relative change of a parameter's gradient when everything is changed as much as rounding does."""
    epsilon = 1.2e-7 if tolerance > 1e-6 else 2.2e-16
    exact, _ = graph.entries()
    rounded = _rounded_errors(graph, exact, epsilon)
    if not any(np.any(value) for value in exact.values()) or not _finite(graph):
        return np.inf
    worst = 0.0
    with np.errstate(all="ignore"):
        for layer in reversed(graph.forward.layers):
            true = graph.sweep(layer, exact)
            other = graph.sweep(layer, rounded, _rounded_slopes(graph, layer, epsilon))
            worst = max([worst, *(_change(true.inside, other.inside, index) for index in layer.parameters)])
            exact, rounded = true.lower, other.lower
    return worst


def _finite(graph: StepGraph) -> bool:
    members = graph.step.parameters
    return all(np.all(np.isfinite(np.asarray(m.update, dtype=float))) for m in members) and all(
        np.all(np.isfinite(np.asarray(node.value, dtype=float))) for node in graph.step.predictions
    )


def _rounded_errors(graph: StepGraph, exact: Adjoints, epsilon: float) -> Adjoints:
    """A difference of prediction and target is as uncertain as these are."""
    rounded = dict(exact)
    for prediction, target in zip(graph.step.predictions, graph.step.targets, strict=False):
        if prediction.index in exact:
            y = np.asarray(prediction.value, dtype=float)
            t = aligned(target, y.shape)
            size = np.abs(y) + np.abs(t)
            change = np.divide(size, np.abs(y - t), out=np.zeros(y.shape), where=y != t)
            rounded[prediction.index] = exact[prediction.index] * (1 + epsilon * change * _signs(y))
    return rounded


def _rounded_slopes(graph: StepGraph, layer: Layer, epsilon: float) -> dict[int, Backward]:
    return {segment.a.index: _rounded_slope(graph, segment, epsilon) for segment in layer.segments}


def _rounded_slope(graph: StepGraph, segment: Segment, epsilon: float) -> Backward:
    """A derivative as a (1 - a) or 1 - a^2 is uncertain by the rounding of numbers around 1."""
    slope = graph.derivative(segment)

    def backward(arriving: Array) -> Array:
        if slope is None:
            return graph.backward(segment, arriving)
        return np.asarray(arriving * (slope + epsilon * _signs(slope)))

    return backward


def _signs(like: Array) -> Array:
    """Plus and minus one, without a pattern, the same at every call."""
    return np.random.default_rng(like.size).choice((-1.0, 1.0), size=like.shape)


def _change(exact: Adjoints, rounded: Adjoints, index: int) -> float:
    if index not in exact or not np.any(exact[index]):
        return 0.0
    change = float(np.linalg.norm(rounded[index] - exact[index]) / np.linalg.norm(exact[index]))
    return change if np.isfinite(change) else np.inf
