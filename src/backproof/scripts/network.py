"""The network of a script, found in the forward passes that were recorded."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.scripts.called import layer_places
from backproof.scripts.data import Data, Taken, data_of
from backproof.scripts.described import DescribedLayer, DescribedNetwork
from backproof.scripts.followed import Followed, followed_in
from backproof.scripts.naming import Names
from backproof.scripts.rates import Rate, rate_of
from backproof.scripts.samples import Axes
from backproof.scripts.seen import SeenLayer, SeenStep, Seer
from backproof.scripts.unit_shapes import Shape
from backproof.scripts.verdict import TOLERANCE
from backproof.scripts.weights import SAME, SAME_SINGLE, NotPlainError, Support, described, evaluate, inputs_of
from backproof.scripts.windows import Window

Array = NDArray[Any]
T = TypeVar("T")
SEEN_STEPS = 36  # of the first window, spread over it: the data of one-by-one training is pooled from them
SEEN_LATER = 8
SECONDS = 0.5  # for taking steps apart, over all windows
LARGE = 400_000  # numbers in a step's predictions and activations beyond which one step per window is enough


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """One layer of the network.

    Attributes:
        name: As the program calls it, unique.
        place: Where its activation is computed.
        shape: What its activation is.
        inputs, units: Sizes; None where not known.
        has_bias, has_skip: None where not known.
        parameters: Names of its parameters.
    """

    name: str
    place: Place
    shape: Shape
    inputs: int | None
    units: int | None
    has_bias: bool | None
    has_skip: bool | None
    parameters: tuple[str, ...]


@dataclass(slots=True, eq=False)
class SeenWindow:
    """A window with its steps taken apart, and the network's weights at its first and last step."""

    window: Window
    steps: list[SeenStep]
    first: tuple[DescribedLayer, ...] | None = None
    last: tuple[DescribedLayer, ...] | None = None


@dataclass(slots=True, eq=False)
class Network:
    """What is known of the network of a run.

    Attributes:
        layers: Input side first.
        windows: The recorded windows.
        data: Samples; None if they cannot be read off.
        followed: The loss.
        rate: The step size.
        batch_size: Samples of a step.
        described: The network, checked against the recorded predictions; None if it is no plain chain.
        why_not: Why it is None.
    """

    layers: tuple[FoundLayer, ...] = ()
    windows: list[SeenWindow] = field(default_factory=list)
    data: Data | None = None
    followed: Followed | None = None
    rate: Rate | None = None
    batch_size: int | None = None
    described: DescribedNetwork | None = None
    why_not: str = "no step was recorded"
    support: Support = field(default_factory=Support)


def describe(windows: Sequence[Window]) -> Network:
    """Find the network that the recorded steps of `windows` train."""
    usable = [window for window in windows if window.roles.steps]
    network = Network()
    if not usable:
        return network
    with np.errstate(all="ignore"):
        network.windows = _seen(usable)
        network.followed = followed_in([window.whole or window for window in usable])
        network.batch_size = _batch_size(network.windows)
        network.rate = rate_of(usable, network.followed, network.batch_size)
        taken = _taken(network)
        network.data = data_of(taken) if taken else None
        if network.data is not None and usable[0].whole is not None:
            network.data = replace(network.data, count=usable[0].rows(network.data.count))
        network.layers = _found_layers(network)
        try:
            network.described = _described(network)
        except NotPlainError as reason:
            network.why_not = str(reason)
    return network


# -- steps


def _seen(windows: list[Window]) -> list[SeenWindow]:
    axes, shapes, started = Axes(), dict[Any, Shape](), time.thread_time()
    made = []
    for k, window in enumerate(windows):
        seer = Seer(window.roles, axes, shapes)
        late = time.thread_time() - started > SECONDS
        steps = _see(seer, window, SEEN_LATER if k or late else SEEN_STEPS, started + SECONDS)
        made.append(SeenWindow(window, steps))
    return made


def _see(seer: Seer, window: Window, count: int, until: float) -> list[SeenStep]:
    steps = window.roles.steps
    wanted = np.unique(np.linspace(0, len(steps) - 1, min(count, len(steps))).round().astype(int))
    found: list[SeenStep] = []
    for k in _ends_first(wanted.tolist()):
        if len(found) >= 2 and (time.thread_time() > until or _size(found[0]) > LARGE):
            break
        seen = seer.see(steps[k])
        if seen is not None:
            found.append(seen)
    return sorted(found, key=lambda seen: seen.number)


def _ends_first(steps: list[T]) -> list[T]:
    return list(dict.fromkeys([*steps[:1], *steps[-1:], *steps]))


def _size(seen: SeenStep) -> int:
    return sum(node.size for node in seen.forward.nodes.values())


def _batch_size(windows: list[SeenWindow]) -> int | None:
    sizes = [
        window.window.rows(len(seen.targets)) for window in windows for seen in window.steps if seen.targets is not None
    ]
    return max(set(sizes), key=sizes.count) if sizes else None


def _taken(network: Network) -> list[Taken]:
    """The steps whose inputs can be read off; of many, as many as there is time for."""
    until = time.thread_time() + SECONDS
    pairs = [(window, seen) for window in network.windows for seen in _ends_first(window.steps)]
    learnt = []
    for window, seen in pairs:
        with contextlib.suppress(NotPlainError):
            network.support.learn(seen)
            learnt.append((window, seen))
        if time.thread_time() > until:
            break
    found = []
    for window, seen in learnt:
        with contextlib.suppress(NotPlainError, ValueError, IndexError):
            found.append(Taken(window.window.roles, seen, inputs_of(seen, network.support)[0]))
        if time.thread_time() > until + SECONDS:
            break
    return found


# -- layers


def _found_layers(network: Network) -> tuple[FoundLayer, ...]:
    seen = network.windows[0].steps
    if not seen:
        return ()
    roles = network.windows[0].window.roles
    usual = seen[-1]
    names = Names(roles, roles.sites)
    places = layer_places(roles, usual)
    return tuple(_found_layer(network, k, layer, places[k], names) for k, layer in enumerate(usual.layers))


def _found_layer(network: Network, k: int, layer: SeenLayer, place: Place, names: Names) -> FoundLayer:
    chain_of = names.roles.chain_of
    own = dict.fromkeys(chain_of.get(i, -1) for i in layer.layer.parameters)
    units = None if layer.z is None else layer.z.shape[1]
    below = network.windows[0].steps[-1].layers[k - 1].a if k else None
    width = None if below is None else below.shape[1]
    if not k and network.data is not None:
        width = network.data.inputs.shape[1]
    return FoundLayer(
        place.name or f"layer {k + 1}",
        place,
        layer.shape,
        width,
        units,
        _has_bias(network, k, layer),
        layer.skip,
        tuple(names.by_root[root] for root in own if root in names.by_root),
    )


def _has_bias(network: Network, k: int, layer: SeenLayer) -> bool | None:
    """Is something added to `x @ W` that does not depend on the sample? None where that cannot be said."""
    if layer.layer.biases or layer.layer.holds_bias:
        return True
    if k == 0 and network.data is not None and len(network.data.inputs) > 1:
        still = ~network.data.varying & (network.data.inputs[0] != 0)
        if still.any():
            return True
    found = [d[k].bias is not None for d in _all_described(network) if len(d) > k]
    return found[0] if found else None


def _all_described(network: Network) -> list[tuple[DescribedLayer, ...]]:
    if not any(window.first for window in network.windows):
        for k, window in enumerate(network.windows):
            single = window.window.judge.tolerance > TOLERANCE
            window.last = _one_of(window.steps[:-3:-1], network.support, single)
            window.first = (_one_of(window.steps[:2], network.support, single) if k == 0 else None) or window.last
            window.last = window.last or window.first
    return [window.first for window in network.windows if window.first is not None]


def _one_of(steps: list[SeenStep], support: Support, single: bool) -> tuple[DescribedLayer, ...] | None:
    for seen in steps:
        try:
            return checked(seen, support, single)
        except (NotPlainError, ValueError, IndexError):
            continue
    return None


def checked(seen: SeenStep, support: Support, single: bool) -> tuple[DescribedLayer, ...]:
    """The layers of one step, if they give its predictions.

    Raises:
        NotPlainError: They do not.
    """
    layers = described(seen, support, single)
    outputs = seen.outputs
    if outputs is None:
        raise NotPlainError("the predictions make no table of samples and outputs")
    again, close = evaluate(layers, inputs_of(seen, support)[0]), SAME_SINGLE if single else SAME
    if again.shape != outputs.shape or not np.all(np.isfinite(outputs)):
        raise NotPlainError("the predictions are not the last layer's values")
    if not np.all(np.abs(again - outputs) <= close * np.maximum(np.abs(outputs).max(initial=0.0), 1e-6)):
        raise NotPlainError("the description does not give the recorded predictions")
    return layers


# -- the whole


def _described(network: Network) -> DescribedNetwork:
    """The network as experiments need it.

    Raises:
        NotPlainError: It is no plain chain of layers, or its data or loss is not known.
    """
    found = _all_described(network)
    if not found:
        steps = network.windows[0].steps
        if not steps:
            raise NotPlainError("no step has predictions")
        checked(steps[-1], network.support, network.windows[0].window.judge.tolerance > TOLERANCE)
        raise NotPlainError("the first recorded step has another form than later ones")
    if network.data is None:
        raise NotPlainError("the data could not be read off the steps")
    if network.followed is None or network.followed.name is None:
        raise NotPlainError("the loss is none of the standard ones")
    if network.data.inputs.shape[1] != found[0][0].weight.shape[0]:
        raise NotPlainError("the data do not fit to the first layer")
    end = network.windows[-1]
    return DescribedNetwork(
        layers=found[0],
        final=end.last,
        inputs=network.data.inputs,
        targets=network.data.targets,
        loss=network.followed.name,
        learning_rate=network.rate.per_mean if network.rate else None,
        batch_size=network.batch_size or 1,
        steps=end.window.first_step + len(end.window.roles.steps),
        optimizer=network.rate.optimizer if network.rate else None,
    )
