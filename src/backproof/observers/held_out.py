"""Data that the script evaluates its network on and no step learns from: how well the network does there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.derivatives import canonical
from backproof.graph.node import Node, Ref, ancestors
from backproof.observations import Quantity
from backproof.observers import measure
from backproof.observers.looks import Look, Sheet
from backproof.scripts.chains import HANDING_ON
from backproof.scripts.network import Network
from backproof.scripts.roles import Roles
from backproof.scripts.weights import evaluate

Array = NDArray[Any]
WHERE = "held-out data"
MEASURES = (Quantity.HELD_OUT,)
NONE = "the script evaluates the network on no other data than it learns from, in a window that was seen"
COMPARING = frozenset({"sub", "mul", "eq", "ne"})  # of predictions and targets: p - y, y log p, p == y
VIEWS = HANDING_ON | {"T", "transpose", "getitem", "reshape"}
FEW = 5  # samples: fewer say nothing of other data
LOOKED_AT = 400  # nodes behind an evaluation


def observe(network: Network, looks: list[Look], sheet: Sheet) -> None:
    """Note the unexplained share on the other data at each moment."""
    data = network.data
    if data is None or not network.layers:
        sheet.reasons.setdefault(Quantity.HELD_OUT, "the inputs could not be read off the steps")
        return
    other = None if not data.whole else next(_evaluations(network), None)
    if other is None:
        sheet.reasons.setdefault(Quantity.HELD_OUT, NONE)
        return
    for look in looks:
        if look.weights is not None and other[0].shape[1] == look.weights[0].weight.shape[0]:
            p = evaluate(look.weights, other[0])
            sheet.add(look.number, Quantity.HELD_OUT, WHERE, measure.unexplained(p, other[1], np), finite=False)
    sheet.reasons.setdefault(Quantity.HELD_OUT, network.why_not)


def _evaluations(network: Network) -> Iterator[tuple[Array, Array]]:
    """Inputs (n, d) and targets (n, k) of forward passes of other samples through the same parameters."""
    assert network.data is not None
    known = {row.tobytes() for row in np.ascontiguousarray(network.data.inputs)}
    outputs = network.data.targets.shape[1]
    for seen in network.windows:
        if not seen.steps or not seen.steps[0].layers:
            continue
        roles = seen.window.roles
        roots = {roles.chain_of.get(i) for i in seen.steps[0].layers[0].layer.weights} - {None}
        for node, inputs in _first_products(roles, roots, network.data.inputs.shape[1]):
            fresh = np.mean([row.tobytes() not in known for row in np.ascontiguousarray(inputs)])
            if len(inputs) >= FEW and fresh > 0.5:
                targets = _targets(roles, node, len(inputs), outputs)
                if targets is not None:
                    yield inputs, targets


def _first_products(roles: Roles, roots: set[int | None], features: int) -> Iterator[tuple[Node, Array]]:
    """Products of the first layer's weights with a table, and that table with a row per sample."""
    for node in roles.nodes:
        if canonical(node.op) not in ("matmul", "dot") or len(node.args) < 2:
            continue
        operands = [argument.node for argument in node.args[:2] if isinstance(argument, Ref)]
        if len(operands) != 2:
            continue
        for k, weight in enumerate(operands):
            table = operands[1 - k]
            if roles.chain_of.get(_source(weight).index) in roots and not roles.depends[table.index]:
                values = np.asarray(table.value, np.float64)
                rows = values.T if k == 0 else values  # W @ X has a column per sample
                if rows.ndim == 2 and rows.shape[1] == features:
                    yield node, rows


def _source(node: Node) -> Node:
    """What `node` is a view of."""
    while node.op in VIEWS and len(node.parents) == 1:
        node = node.parents[0]
    return node


def _targets(roles: Roles, product: Node, samples: int, outputs: int) -> Array | None:
    """What the predictions of one evaluation are compared with, (samples, outputs)."""
    behind = {product.index}
    for node in roles.nodes[product.index + 1 : product.index + LOOKED_AT]:
        if behind.isdisjoint(parent.index for parent in node.parents) or node.index in roles.stop:
            continue
        behind.add(node.index)
        if canonical(node.op) not in COMPARING:
            continue
        for argument in node.args[:2]:
            if isinstance(argument, Ref) and not roles.depends[argument.node.index]:
                found = _table(argument.node, samples, outputs)
                if found is not None and not _is_input(argument.node, product):
                    return found
    return None


def _table(node: Node, samples: int, outputs: int) -> Array | None:
    values = np.asarray(node.value, np.float64)
    if values.size != samples * outputs or not np.ptp(values):
        return None
    if values.ndim == 2 and values.shape == (outputs, samples) and samples != outputs:
        return values.T
    return values.reshape(samples, outputs)


def _is_input(node: Node, product: Node) -> bool:
    """Whether it goes into the product itself."""
    return node.index in ancestors([product])
