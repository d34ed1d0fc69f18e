"""The places of recorded steps where something else may stand, and what may stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.gradcheck.matching import aligned
from backproof.gradcheck.mistakes._mistake import (
    ActivationSite,
    Array,
    At,
    ErrorSite,
    LinkSite,
    OutputSite,
    ProductSite,
)
from backproof.gradcheck.options import Option, Sites, collect, distinct
from backproof.gradcheck.sweeps import Adjoints, StepGraph
from backproof.graph.layers import moves
from backproof.graph.node import Node, ancestors, replay
from backproof.graph.segments import Layer, Product, Segment


def error_options(graphs: Sequence[StepGraph], entries: Sequence[Adjoints]) -> list[Option]:
    """What else could arrive at the predictions, or as delta at the z of the output."""

    def at_predictions(graph: StepGraph, true: Adjoints) -> Callable[[], Sites]:
        return lambda: _error_sites(graph, true)

    def at_outputs(graph: StepGraph, true: Adjoints) -> Callable[[], Sites]:
        return lambda: _output_sites(graph, true)

    pairs = list(zip(graphs, entries, strict=True))
    errors = collect(At.ERROR, [at_predictions(*pair) for pair in pairs])
    truth = [{p.index: true.get(p.index, np.zeros(p.shape)) for p in graph.step.predictions} for graph, true in pairs]
    deltas = collect(At.OUTPUT, [at_outputs(*pair) for pair in pairs])
    true_delta = [_true_deltas(graph, true) for graph, true in pairs]
    return [*distinct(errors, truth), *distinct(deltas, true_delta)]


def _error_sites(graph: StepGraph, true: Adjoints) -> Sites:
    count = len(graph.step.predictions)
    pairs = zip(graph.step.predictions, graph.step.targets, strict=False)
    for number, (prediction, target) in enumerate(pairs, start=1):
        y = np.asarray(prediction.value, dtype=float)
        arriving = true.get(prediction.index, np.zeros(y.shape))
        yield prediction.index, ErrorSite(y, aligned(target, y.shape), arriving, (number, count))


def _output_sites(graph: StepGraph, true: Adjoints) -> Sites:
    for prediction, target in zip(graph.step.predictions, graph.step.targets, strict=False):
        segment = _segment_of(graph, prediction)
        if segment is not None:
            a = np.asarray(segment.a.value, dtype=float)
            arriving = np.reshape(true.get(prediction.index, np.zeros(a.shape)), a.shape)
            y = aligned(target, a.shape)
            yield segment.z.index, OutputSite(a, y, graph.derivative(segment), segment.axis, arriving)


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

    options = collect(At.ACTIVATION, [at_activations(graph) for graph in graphs])
    truth = [
        {s.a.index: slope for s in graph.layer(number).segments if (slope := graph.derivative(s)) is not None}
        for graph in graphs
    ]
    return distinct(options, truth)


def _activation_site(graph: StepGraph, number: int, position: int) -> ActivationSite:
    layer = graph.layer(number)
    segment = layer.segments[position]

    def derivative_of(values: Array) -> Array:
        return graph.derivative_of(segment, values)

    def backward(arriving: Array) -> Array:
        return graph.backward(segment, arriving)

    z, a = (np.asarray(node.value, dtype=float) for node in (segment.z, segment.a))
    neighbours = tuple(_neighbours(graph, layer, position))
    return ActivationSite(z, a, graph.derivative(segment), derivative_of, backward, neighbours)


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


def link_options(graphs: Sequence[StepGraph], number: int) -> list[Option]:
    """What else could stand for the weights of a layer on the way back to the layer below."""
    return _link_options(graphs, [frozenset(graph.layer(number).weights) for graph in graphs], recurrent=False)


def recurrent_options(graphs: Sequence[StepGraph], number: int) -> list[Option]:
    """What else could stand for one of the weights of a recurrent layer on the way back through time."""
    first = graphs[0].layer(number)
    if first.low == first.high:
        return []
    found: list[Option] = []
    for index in first.weights:
        name = graphs[0].parameters[index].name
        same = [frozenset(p.before.index for p in graph.step.parameters if p.name == name) for graph in graphs]
        found += _link_options(graphs, same, recurrent=True)
    return found


def _link_options(graphs: Sequence[StepGraph], weights: Sequence[frozenset[int]], *, recurrent: bool) -> list[Option]:
    def at_weights(graph: StepGraph, indices: frozenset[int]) -> Callable[[], Sites]:
        return lambda: ((index, _link_site(graph, index, recurrent)) for index in sorted(indices))

    pairs = list(zip(graphs, weights, strict=True))
    truth = [{i: np.asarray(graph.forward.nodes[i].value) for i in indices} for graph, indices in pairs]
    return distinct(collect(At.LINK, [at_weights(*pair) for pair in pairs]), truth)


def _link_site(graph: StepGraph, index: int, recurrent: bool) -> LinkSite:
    member = graph.parameters[index]
    before = np.asarray(member.before.value, dtype=float)
    after = None if member.after is None else np.asarray(member.after.value, dtype=float)
    if after is not None and after.shape != before.shape:
        after = None
    return LinkSite(before, after, tuple(_others(graph, index, before.shape)), recurrent)


def _others(graph: StepGraph, index: int, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    own = graph.forward.layer_of(index)
    for layer in graph.forward.layers:
        for weight in layer.weights:
            node = graph.forward.nodes[weight]
            if own is not None and abs(layer.number - own.number) == 1 and node.shape == shape and node.size > 1:
                words = "above" if layer.number > own.number else "below"
                yield f"the weights of the layer {words}", np.asarray(node.value, dtype=float)


def product_options(graphs: Sequence[StepGraph], number: int, parameters: Sequence[frozenset[int]]) -> list[Option]:
    """What else could be the input in the gradient of some parameters (by step, their indices)."""

    def at_products(graph: StepGraph, wanted: frozenset[int]) -> Callable[[], Sites]:
        feeds = _feeds(graph, number)
        return lambda: (
            (product.node.index, _product_site(graph, number, product, feeds))
            for product in graph.layer(number).products
            if product.position is not None and not wanted.isdisjoint(product.parameters)
        )

    options = collect(At.PRODUCT, [at_products(g, wanted) for g, wanted in zip(graphs, parameters, strict=True)])
    truth = [
        {p.node.index: _input_value(p) for p in g.layer(number).products if not wanted.isdisjoint(p.parameters)}
        for g, wanted in zip(graphs, parameters, strict=True)
    ]
    return distinct(options, truth)


def _input_value(product: Product) -> Array:
    if product.input is not None:
        return np.asarray(product.input.value, dtype=float)
    return np.zeros(()) if product.position is None else np.asarray(product.node.args[product.position], dtype=float)


def _product_site(graph: StepGraph, number: int, product: Product, feeds: Feeds) -> ProductSite:
    value = _input_value(product)
    own = feeds.segment.get(product.node.index)
    before = None if product.input is None else feeds.before.get(product.input.index)
    return ProductSite(
        value,
        _fitting(before, value),
        _fitting(None if own is None else own.a.value, value),
        _fitting(None if own is None else own.z.value, value),
        _fitting(_network_input(graph, number), value) if value.size > 1 else None,
    )


def _fitting(candidate: Any, value: Array) -> Array | None:
    """The candidate, if it can stand for `value`; a vector may stand for the scalar that it multiplies."""
    if candidate is None or (np.shape(candidate) != value.shape and value.size > 1):
        return None
    return np.asarray(candidate, dtype=float)


@dataclass(frozen=True, slots=True)
class Feeds:
    """Around the products of a layer: the activation that each goes into, and the inputs with every z in place of a."""

    segment: Mapping[int, Segment]
    before: Mapping[int, Any]


def _feeds(graph: StepGraph, number: int) -> Feeds:
    layer, level = graph.layer(number), graph.forward.level
    products = {product.node.index for product in layer.products}
    segment_of: dict[int, Segment] = {}
    outside = frozenset(i for i in graph.forward.nodes if level.get(i, 0) < layer.low) | graph.stop
    for segment in layer.segments:
        for index in ancestors([segment.z], outside):
            if index in products:
                segment_of.setdefault(index, segment)
    return Feeds(segment_of, _before_activation(graph, number))


def _before_activation(graph: StepGraph, number: int) -> Mapping[int, Any]:
    """Values as they would be with every a of the layer below replaced by its z."""
    if number == 1:
        return {}
    below, level = graph.layer(number - 1), graph.forward.level
    values = {s.a.index: s.z.value for s in below.segments if s.axis is None}
    nodes = [node for i, node in graph.forward.nodes.items() if below.low <= level.get(i, 0) <= below.high]
    try:
        with np.errstate(all="ignore"):
            return replay(nodes, values)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return {}


def _network_input(graph: StepGraph, number: int) -> Any:
    first = graph.layer(1).products
    if number == 1 or len(first) != 1 or first[0].position is None:
        return None
    return _input_value(first[0])
