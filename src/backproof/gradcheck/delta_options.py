"""What else may be done with delta: at the predictions, at the activations, at masks of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from backproof.gradcheck.matching import aligned
from backproof.gradcheck.mistakes._mistake import (
    ActivationSite,
    Array,
    At,
    ErrorSite,
    GateSite,
    OutputSite,
    Times,
    Variant,
)
from backproof.gradcheck.options import Option, Sites, collect, distinct
from backproof.gradcheck.sweeps import Adjoints, StepGraph
from backproof.graph.layers import moves
from backproof.graph.node import Node
from backproof.graph.segments import Layer, Segment

_ROUNDING = 1e-6  # relative, also in single precision


def error_options(graphs: Sequence[StepGraph], entries: Sequence[Adjoints]) -> list[Option]:
    """What else could arrive at the predictions, or as delta at the z of the output."""
    pairs = list(zip(graphs, entries, strict=True))
    arriving = [site for pair in pairs for _, site in _error_sites(*pair)]
    unit = _unit(*(_flat([getattr(site, name) for site in arriving]) for name in ("prediction", "target", "true")))

    def at_predictions(graph: StepGraph, true: Adjoints) -> Callable[[], Sites]:
        return lambda: ((index, replace(site, unit=unit)) for index, site in _error_sites(graph, true))

    errors = collect(At.ERROR, [at_predictions(*pair) for pair in pairs])
    truth = [{p.index: true.get(p.index, np.zeros(p.shape)) for p in graph.step.predictions} for graph, true in pairs]
    return [*distinct(errors, truth), *_delta_options(pairs, unit)]


def _delta_options(pairs: Sequence[tuple[StepGraph, Adjoints]], unit: float) -> list[Option]:
    """At the z of the output; `unit` is that of the loss by the predictions."""
    true_delta = [_true_deltas(graph, true) for graph, true in pairs]
    sites = [dict(_output_sites(*pair)) for pair in pairs]
    errors = _flat([site.prediction - site.target for step in sites for site in step.values()])
    deltas = _flat([delta[index] for step, delta in zip(sites, true_delta, strict=True) for index in step])
    fused = _factor(deltas, errors) or unit

    def at_outputs(step: Mapping[int, OutputSite]) -> Callable[[], Sites]:
        return lambda: ((index, replace(site, unit=fused)) for index, site in step.items())

    return distinct(collect(At.OUTPUT, [at_outputs(step) for step in sites]), true_delta)


def _error_sites(graph: StepGraph, true: Adjoints) -> Iterator[tuple[int, ErrorSite]]:
    count = len(graph.step.predictions)
    pairs, penalised = zip(graph.step.predictions, graph.step.targets, strict=False), graph.penalised
    for number, (prediction, target) in enumerate(pairs, start=1):
        y = np.asarray(prediction.value, dtype=float)
        arriving, t = true.get(prediction.index, np.zeros(y.shape)), aligned(target, y.shape)
        yield prediction.index, ErrorSite(y, t, arriving, (number, count), penalised=penalised)


def _output_sites(graph: StepGraph, true: Adjoints) -> Iterator[tuple[int, OutputSite]]:
    for prediction, target in zip(graph.step.predictions, graph.step.targets, strict=False):
        segment = _segment_of(graph, prediction)
        if segment is not None:
            a = np.asarray(segment.a.value, dtype=float)
            arriving = np.reshape(true.get(prediction.index, np.zeros(a.shape)), a.shape)
            y = aligned(target, a.shape)
            yield segment.z.index, OutputSite(a, y, graph.derivative(segment), segment.axis, arriving)


def _unit(prediction: Array, target: Array, true: Array) -> float:
    """The constant factor of the loss, whichever of the usual losses it is; 1 if it is none."""
    error = prediction - target
    with np.errstate(all="ignore"):
        usual = (error, error / (prediction * (1 - prediction)), -target / prediction, np.sign(error))
        return next((factor for each in usual if (factor := _factor(true, each))), 1.0)


def _factor(values: Array, model: Array) -> float | None:
    """C in values = c * model to rounding; None if it is none, or not positive."""
    size = float(model @ model) if model.size else 0.0
    if values.size != model.size or not np.isfinite(size) or not size:
        return None
    factor = float(values @ model) / size
    same = np.linalg.norm(values - factor * model) <= _ROUNDING * np.linalg.norm(values)
    return factor if same and factor > 0 else None


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.ravel(np.asarray(each, dtype=float)) for each in arrays] or [np.zeros(0)])


def _true_deltas(graph: StepGraph, true: Adjoints) -> dict[int, Array]:
    found = {}
    for prediction in graph.step.predictions:
        segment = _segment_of(graph, prediction)
        if segment is not None:
            arriving = np.reshape(true.get(prediction.index, np.zeros(segment.a.shape)), segment.a.shape)
            found[segment.z.index] = graph.backward(segment, arriving)
    return found


def _segment_of(graph: StepGraph, prediction: Node) -> Segment | None:
    """The activation that ends at a prediction, through moves that keep all elements."""
    node: Node | None = prediction
    segments = {segment.a.index: segment for layer in graph.forward.layers for segment in layer.segments}
    while node is not None and node.index not in segments:
        trained = [parent for parent in node.parents if parent.index in graph.forward.level]
        node = trained[0] if len(trained) == 1 and moves(node) and trained[0].size == node.size else None
    return segments[node.index] if node is not None else None


def activation_options(graphs: Sequence[StepGraph], number: int) -> list[Option]:
    """What else could be done at the activations of a layer; arrays are turned into functions later."""

    def at_activations(graph: StepGraph) -> Callable[[], Sites]:
        return lambda: (
            (s.a.index, _activation_site(graph, number, i)) for i, s in enumerate(graph.layer(number).segments)
        )

    options = [*_at_kinks(graphs, number), *collect(At.ACTIVATION, [at_activations(graph) for graph in graphs])]
    truth = [
        {s.a.index: slope for s in graph.layer(number).segments if (slope := graph.derivative(s)) is not None}
        for graph in graphs
    ]
    return distinct(options, truth)


def _at_kinks(graphs: Sequence[StepGraph], number: int) -> Iterator[Option]:
    """The slopes of either side where some z is at a kink: `z > 0` and `z >= 0` differ for a sum of nothing."""
    sites = [(t, graph, s) for t, graph in enumerate(graphs) for s in graph.layer(number).segments if s.axis is None]
    if not sites or not any(_has_kink(graph, segment) for _, graph, segment in sites):
        return
    for side in (-np.inf, np.inf):
        values: list[dict[int, Times]] = [{} for _ in graphs]
        for t, graph, segment in sites:
            values[t][segment.a.index] = Times(partial(_slope_beside, graph, segment, side))
        yield Option("", At.ACTIVATION, Variant(f"the slope at {side:+g}", None, kink=True), tuple(values), "")


def _has_kink(graph: StepGraph, segment: Segment) -> bool:
    left, right = (_slope_beside(graph, segment, side) for side in (-np.inf, np.inf))
    return bool(np.any(np.abs(right - left) > _ROUNDING))


def _slope_beside(graph: StepGraph, segment: Segment, side: float) -> Array:
    return graph.derivative_of(segment, np.nextafter(np.asarray(segment.z.value, dtype=float), side))


def _activation_site(graph: StepGraph, number: int, position: int) -> ActivationSite:
    layer = graph.layer(number)
    segment = layer.segments[position]

    def derivative_of(values: Array) -> Array:
        return graph.derivative_of(segment, values)

    def backward(arriving: Array) -> Array:
        return graph.backward(segment, arriving)

    z, a = (np.asarray(node.value, dtype=float) for node in (segment.z, segment.a))
    neighbours = tuple(_neighbours(graph, layer, position))
    return ActivationSite(z, a, graph.derivative(segment), derivative_of, backward, neighbours, graph.penalised)


def _neighbours(graph: StepGraph, layer: Layer, position: int) -> Iterator[tuple[str, Callable[[], Array]]]:
    """The derivatives of the layers above and below, where they have the same shape."""
    for words, number in (("above", layer.number + 1), ("below", layer.number - 1)):
        if not 1 <= number <= len(graph.forward.layers):
            continue
        segments = graph.layer(number).segments
        if len(segments) != len(layer.segments) or segments[position].axis is not None:
            continue
        if segments[position].z.shape == layer.segments[position].z.shape and segments[position].z.size > 1:
            yield f"the derivative of the layer {words}", _slope_later(graph, segments[position])


def _slope_later(graph: StepGraph, segment: Segment) -> Callable[[], Array]:
    def slope() -> Array:
        found = graph.derivative(segment)
        assert found is not None  # element-wise
        return found

    return slope


def gate_options(graphs: Sequence[StepGraph], number: int) -> list[Option]:
    """What else could be done at the masks of a layer."""

    def at_gates(gates: Mapping[int, tuple[Node, Array]]) -> Callable[[], Sites]:
        return lambda: ((index, GateSite(np.asarray(mask, dtype=float))) for index, (_, mask) in gates.items())

    gates = [graph.gates(graph.layer(number)) for graph in graphs]
    truth = [{index: mask for index, (_, mask) in each.items()} for each in gates]
    return distinct(collect(At.GATE, [at_gates(each) for each in gates]), truth)
