"""How the run was set up and how it ends: initial scale, weight decay, the length of the steps, a loss that swings."""

from __future__ import annotations

import contextlib

import numpy as np

from backproof.observations import Quantity
from backproof.observers import measure
from backproof.observers.looks import Sheet
from backproof.scripts.decay import decays_of
from backproof.scripts.described import DescribedLayer
from backproof.scripts.naming import Names
from backproof.scripts.network import Network, SeenWindow, checked
from backproof.scripts.trainer import Stack, Variant, curvature
from backproof.scripts.unit_functions import LOSSES, UNITS
from backproof.scripts.variants import init_scales
from backproof.scripts.verdict import TOLERANCE
from backproof.scripts.weights import NotPlainError, evaluate

Q = Quantity
MEASURES = (Q.INIT_SCALE, Q.DECAY, Q.LOSS_SWING, Q.STEP_CURVATURE)
ROWS = 200  # of the data, for the curvature


def observe(network: Network, sheet: Sheet) -> None:
    """Note what can be said; what cannot be gets its reason."""
    sheet.attempt((Q.INIT_SCALE,), _initial_scale, network, sheet)
    sheet.attempt((Q.DECAY,), _decay, network, sheet)
    sheet.attempt((Q.LOSS_SWING,), _swing, network, sheet)
    sheet.attempt((Q.STEP_CURVATURE,), _step_length, network, sheet)
    for quantity in MEASURES:
        sheet.reasons.setdefault(quantity, network.why_not)


def _initial_scale(network: Network, sheet: Sheet) -> None:
    first = network.windows[0].first if network.windows else None
    if first is None or network.windows[0].window.first_step:
        return
    for layer, scale in zip(network.layers, init_scales(first), strict=False):
        sheet.add(0, Q.INIT_SCALE, layer.name, scale)


def _decay(network: Network, sheet: Sheet) -> None:
    if network.followed is None or network.followed.standard is None or not network.windows:
        sheet.reasons.setdefault(Q.DECAY, "the steps follow none of the standard losses")
        return
    window = network.windows[0].window
    found = decays_of(window, network.followed, network.batch_size or 1)
    if not found:
        sheet.reasons.setdefault(Q.DECAY, "an optimiser makes the steps")
    names = Names(window.roles, window.roles.sites).by_root
    for root, decay in found.items():
        if root in names:
            sheet.add(window.first_step, Q.DECAY, names[root], decay)


def _swing(network: Network, sheet: Sheet) -> None:
    """Of the last recorded steps: the loss on all known data, before each of them."""
    if network.data is None or network.followed is None or network.followed.name is None or not network.windows:
        return
    losses = []
    for layers in _each_step(network, network.windows[-1]):
        p = evaluate(layers, network.data.inputs)
        losses.append(measure.average_loss(network.followed.name, p, network.data.targets, np))
    if len(losses) > 2 and min(losses) > 0:
        number = network.windows[-1].window.first_step
        sheet.add(number, Q.LOSS_SWING, "loss", max(losses) / min(losses))


def _each_step(network: Network, window: SeenWindow) -> list[tuple[DescribedLayer, ...]]:
    """The layers before each recorded step of a window; none where one step cannot be taken apart."""
    single = window.window.judge.tolerance > TOLERANCE
    found: list[tuple[DescribedLayer, ...]] = []
    with contextlib.suppress(NotPlainError, ValueError, IndexError):
        found.extend(checked(seen, network.support, single) for seen in window.steps)
    return found


def _step_length(network: Network, sheet: Sheet) -> None:
    """At the beginning and at the end."""
    described = network.described
    if described is None or described.learning_rate is None or described.loss not in LOSSES:
        return
    for number, layers in ((0, described.layers), (described.steps or 0, described.final)):
        if layers is not None and all(layer.activation in UNITS for layer in layers):
            size = described.learning_rate * _curvature(network, layers)
            sheet.add(number, Q.STEP_CURVATURE, "loss", size)


def _curvature(network: Network, layers: tuple[DescribedLayer, ...]) -> float:
    assert network.described is not None
    stack = Stack([Variant(layers, 0.0)], network.described.loss)
    x, y = (np.asarray(values, np.float64) for values in (network.described.inputs, network.described.targets))
    return float(curvature(stack, x, y, ROWS, 0)[0])
