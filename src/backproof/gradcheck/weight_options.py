"""What else may be done with the weights and biases of a layer: on the way back, and in their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backproof.gradcheck.delta_options import gate_options
from backproof.gradcheck.mistakes._mistake import Array, At, BiasSite, LinkSite, ProductSite
from backproof.gradcheck.options import Option, Sites, collect, distinct
from backproof.gradcheck.sweeps import StepGraph
from backproof.graph.autodiff import Override
from backproof.graph.node import ancestors
from backproof.graph.segments import Product, Segment
from backproof.graph.shadows import shadows

_SEVERAL = 6  # weights of one layer that are looked at one by one; lists of single numbers have hundreds


def link_options(graphs: Sequence[StepGraph], number: int) -> list[Option]:
    """What else could stand for the weights of a layer on the way back to the layer below."""
    weights = graphs[0].layer(number).weights
    found = _link_options(graphs, [frozenset(graph.layer(number).weights) for graph in graphs])
    if 1 < len(weights) <= _SEVERAL:
        for same in _one_by_one(graphs, number):
            found += _link_options(graphs, same, alone=True)
    return found


def own_options(graphs: Sequence[StepGraph], number: int) -> list[Option]:
    """What else could be done within a layer: at its masks, and with one of its weights if it is recurrent."""
    found = gate_options(graphs, number)
    first = graphs[0].layer(number)
    if first.low < first.high:
        for same in _one_by_one(graphs, number):
            found += _link_options(graphs, same, recurrent=True, alone=True)
    return found


def _one_by_one(graphs: Sequence[StepGraph], number: int) -> Iterator[list[frozenset[int]]]:
    """Each weight of a layer: its index, by step."""
    for index in graphs[0].layer(number).weights:
        name = graphs[0].parameters[index].name
        yield [frozenset(p.before.index for p in graph.step.parameters if p.name == name) for graph in graphs]


def _link_options(
    graphs: Sequence[StepGraph], weights: Sequence[frozenset[int]], *, recurrent: bool = False, alone: bool = False
) -> list[Option]:
    def at_weights(graph: StepGraph, indices: frozenset[int]) -> Callable[[], Sites]:
        return lambda: (
            (index, replace(_link_site(graph, index), recurrent=recurrent, alone=alone)) for index in sorted(indices)
        )

    pairs = list(zip(graphs, weights, strict=True))
    truth = [{i: np.asarray(graph.forward.nodes[i].value) for i in indices} for graph, indices in pairs]
    return distinct(collect(At.LINK, [at_weights(*pair) for pair in pairs]), truth)


def bias_options(graphs: Sequence[StepGraph], number: int, parameters: Sequence[frozenset[int]]) -> list[Option]:
    """What else could be reduced to the gradient of some biases (by step, their indices)."""

    def at_joins(graph: StepGraph, wanted: frozenset[int]) -> Callable[[], Sites]:
        joins = graph.joins(graph.layer(number), wanted)
        return lambda: ((i, BiasSite(graph.forward.nodes[i].shape, axes)) for i, axes in joins.items())

    return collect(At.BIAS, [at_joins(graph, wanted) for graph, wanted in zip(graphs, parameters, strict=True)])


def overrides_of(option: Option | None, graph: StepGraph, number: int, step: int) -> dict[int, Override]:
    """What an option puts in place within a layer."""
    if option is None:
        return {}
    layer, values = graph.layer(number), option.values[step]
    if option.at is At.LINK:
        return graph.through_weights(layer, values)
    if option.at is At.GATE:
        return graph.with_gates(layer, values)
    if option.at is At.BIAS:
        return graph.with_biases(values)
    return graph.with_inputs({p: values[p.node.index] for p in layer.products if p.node.index in values})


def _link_site(graph: StepGraph, index: int) -> LinkSite:
    member = graph.parameters[index]
    before = np.asarray(member.before.value, dtype=float)
    after = None if member.after is None else np.asarray(member.after.value, dtype=float)
    if after is not None and after.shape != before.shape:
        after = None
    return LinkSite(before, after, tuple(_others(graph, index, before.shape)))


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
        copies = shadows(nodes, values)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return {}
    return {index: copy.value for index, copy in copies.items()}


def _network_input(graph: StepGraph, number: int) -> Any:
    first = graph.layer(1).products
    if number == 1 or len(first) != 1 or first[0].position is None:
        return None
    return _input_value(first[0])
