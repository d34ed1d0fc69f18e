"""What is read of one call of `backward`: the loss, the layers and the data, while the graph is whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.observations import Layer
from backproof.observers.alignment import MOST_NUMBERS as MOST_IN_TABLES
from backproof.observers.alignment import Sources
from backproof.observers.callers import own_frames
from backproof.observers.torch.chain import Chain, chain_of, drops, reader, values_of
from backproof.observers.torch.graph import Graph
from backproof.observers.torch.layers import FoundLayer, layers_of, silent_of, units_of, z_of
from backproof.observers.torch.losses import SeenLoss, losses_of
from backproof.observers.torch.names import Namer
from backproof.observers.torch.origin import origin_of
from backproof.observers.torch.output import Fact, facts_of, output_activation
from backproof.observers.torch.replay import MOST_PARAMETERS, Calls, Replay
from backproof.observers.training import RANGES, SeenLayer
from backproof.scripts.described import DescribedLayer

Array = NDArray[Any]
MOST_UNITS, MOST_INPUTS = 256, 32  # of a layer whose units are compared with each other
MOST_NUMBERS = 4_000_000  # of a batch of inputs that is looked at
SAMPLED = 4096  # elements of a parameter from which its size and its update are measured
SOURCES = 3  # readings in which the tables are looked for that the samples come from
JUDGED_PARAMETERS = 300_000  # of a chain whose steps are made again


@dataclass(slots=True, eq=False)
class Reading:
    """One backward pass.

    Attributes:
        root: The loss's value.
        losses: Comparisons that it is made of.
        layers: Input side first.
        inputs: What the first layer gets, (samples, features).
        leaves: Parameters that the loss depends on.
        chain: The network, if it is a plain chain of dense layers.
        before: Its values before the step.
        place: The line of `backward`.
    """

    value: float
    place: Place
    leaves: list[Any] = field(default_factory=list)
    losses: list[SeenLoss] = field(default_factory=list)
    found: list[FoundLayer] = field(default_factory=list)
    layers: list[SeenLayer] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    inputs: Array | None = None
    chain: Chain | None = None
    before: tuple[DescribedLayer, ...] | None = None
    samples: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # by name: the parameter, some of its values
    sizes: dict[str, tuple[float, float]] = field(default_factory=dict)  # by name: RMS of gradient and parameter
    armed: bool = False
    by_grad: bool = False
    dropout: bool = False
    graph: Graph | None = None
    replay: Replay | None = None  # where the network is no chain
    sources: Sources | None = None  # where the samples come from, of the first readings
    origin: list[Fact] = field(default_factory=list)  # of a loss that is no number, the first time
    handles: list[Any] = field(default_factory=list)

    @property
    def loss(self) -> SeenLoss | None:
        """The comparison that counts most: the one with most numbers."""
        return max(self.losses, key=lambda loss: 0 if loss.predictions is None else loss.predictions.size, default=None)

    def release(self) -> None:
        """Forget the graph: it would keep the user's activations alive."""
        for handle in self.handles:
            handle.remove()
        self.handles.clear()
        self.graph = None
        for layer in self.found:
            layer.node = layer.result = layer.active = layer.source = None
        for loss in self.losses:
            loss.node = loss.source = None


class Reader:
    """Reads backward passes."""

    def __init__(self, namer: Namer) -> None:
        self.namer = namer
        self.calls = Calls()
        self.initial: dict[int, Any] = {}  # parameters before the first step, by identity
        self._sources_wanted = SOURCES
        self.broken = False  # a loss was no number, and where that came from has been looked for

    def read(
        self, root: Any, *, armed: bool, holding: bool, outcome: bool, first: bool, readable: bool, frame: FrameType
    ) -> Reading:
        """Everything if `armed`; the data if `holding`; predictions if `outcome`; else the value of the loss alone."""
        value = float(root.detach()) if root.numel() == 1 and (armed or root.device.type == "cpu") else np.nan
        made = Reading(value, Place(), armed=armed)
        if root.grad_fn is None:
            made.leaves = [root] if root.requires_grad else []
            made.place = _place(frame)
            return made
        broken = not np.isfinite(value) and root.device.type == "cpu" and not self.broken
        if not armed and not holding and not outcome and not broken:
            return made
        graph = made.graph = Graph(root.grad_fn, readable=readable)
        if not armed and not holding and not broken:
            made.losses = losses_of(graph)
            return made
        graph.expand()
        made.losses = losses_of(graph)
        made.leaves = graph.leaves()
        made.found = layers_of(graph)
        made.inputs = _inputs(graph, made)
        if broken:
            targets = made.loss.targets if made.loss is not None else None
            made.origin, made.place, self.broken = (
                origin_of(graph, made.inputs, targets, made.leaves),
                _place(frame),
                True,
            )
        if armed:
            self._look(graph, made, frame, first)
        return made

    def _look(self, graph: Graph, made: Reading, frame: FrameType, first: bool) -> None:
        made.place, loss = _place(frame), made.loss
        self._look_for_sources(made, frame)
        made.dropout = any(graph.kinds[node] == "Mul" and drops(graph, node) for node in graph.nodes) or any(
            kind in ("NativeDropout", "FusedDropout") for kind in graph.kinds.values()
        )
        made.chain = chain_of(graph, made.found, loss) if loss is not None else None
        if made.chain is None and loss is not None:
            made.replay = self.calls.replay(graph, loss)
            if first:
                self._remember(made.leaves)
            elif made.replay is not None:
                made.replay.keep_start(self.initial)
        for k, layer in enumerate(made.found):
            made.layers.append(self._layer(graph, made, layer, last=k == len(made.found) - 1, frame=frame))
        if loss is not None:
            made.facts += facts_of(graph, loss, made.layers[-1].layer.name if made.layers else "loss")
        if made.chain is not None and sum(layer.weight.numel() for layer, _ in made.chain) <= JUDGED_PARAMETERS:
            made.before = reader(made.chain)()
        for leaf in made.leaves:
            name = self.namer.parameter(leaf, frame)
            made.samples[name] = (leaf, _some(leaf).clone())

    def _remember(self, leaves: list[Any]) -> None:
        """The parameters as they are before training, of a network that is no chain and not large."""
        if sum(leaf.numel() for leaf in leaves) <= MOST_PARAMETERS:
            self.initial = {id(leaf): leaf.detach().clone() for leaf in leaves}

    def _look_for_sources(self, made: Reading, frame: FrameType) -> None:
        loss, x = made.loss, made.inputs
        if not self._sources_wanted or loss is None or loss.rows is None or loss.targets is None or x is None:
            return
        self._sources_wanted -= 1
        made.sources = Sources()
        if len(x) == len(loss.targets):
            made.sources.look(frame, x, loss.targets, as_array)

    def _layer(self, graph: Graph, made: Reading, layer: FoundLayer, *, last: bool, frame: FrameType) -> SeenLayer:
        activation = layer.activation
        limits = RANGES.get(activation or "")
        if last and made.loss is not None:
            activation = output_activation(graph, made.loss) or activation
            limits = RANGES.get(activation or "")
        if activation == "log_softmax":
            activation, limits = "softmax", RANGES["softmax"]
        inputs, units = layer.sizes()
        named = Layer(
            name=self.namer.layer(layer.weight, frame), inputs=inputs, units=units, activation=activation,
            output_range=limits, has_bias=layer.bias is not None or layer.normalised, has_skip=layer.skip,
            place=self.namer.place(layer.weight),
            parameters=tuple(self.namer.parameter(p, frame) for p in layer.parameters),
        )  # fmt: skip
        seen = SeenLayer(named)
        if layer.result is not None:
            made.handles.append(layer.result.register_prehook(_sizes(seen)))
        _values(graph, layer, seen, units)
        if not last and units <= MOST_UNITS and layer.is_dense:
            seen.table = _incoming(layer)
        return seen

    def gradients(self, made: Reading, given: Any) -> None:
        """Sizes of gradients, once they are there."""
        for name, (leaf, _) in made.samples.items():
            gradient = leaf.grad
            if gradient is None and made.by_grad and isinstance(given, tuple):
                gradient = next((g for g in given if g is not None and g.shape == leaf.shape), None)
            if gradient is not None and not gradient.is_sparse:
                made.sizes[name] = (rms(_some(gradient)), rms(_some(leaf)))


def as_array(value: Any) -> Array | None:
    """A tensor or array of numbers as an array; None for what is neither."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biuf" and value.ndim else None
    usable = isinstance(value, torch.Tensor) and value.ndim > 0 and value.layout == torch.strided
    if not usable or value.is_complex() or value.numel() > MOST_IN_TABLES:
        return None
    return values_of(value)


def _place(frame: FrameType) -> Place:
    own = next(own_frames(frame), None)
    return Place(own.f_code.co_filename, own.f_lineno, kind="loss") if own is not None else Place(kind="loss")


def _sizes(seen: SeenLayer) -> Any:
    """Notes the size of dloss/dz on its way back; changes nothing."""

    def passes(gradients: Any) -> None:
        try:
            gradient = gradients[0]
            if gradient is not None:
                seen.delta = rms(gradient.detach()) * len(gradient)
        except Exception:  # the user's backward goes on
            seen.delta = None

    return passes


def _values(graph: Graph, layer: FoundLayer, seen: SeenLayer, units: int) -> None:
    if layer.activation != "recurrent":
        seen.z = z_of(graph, layer, torch.convolution) if not layer.normalised else None
    if seen.z is not None and seen.z.shape[1] != units:
        seen.z = None
    result = graph.saved(layer.active, "result") if layer.active is not None else None
    if result is None:
        return
    seen.a = units_of(result, units)
    if layer.activation == "relu":
        seen.silent = silent_of(result, units)


def _incoming(layer: FoundLayer) -> Array | None:
    weight = layer.weight.detach()
    weight = weight.t() if layer.turned else weight
    if weight.ndim != 2:
        return None
    every = max(len(weight) // MOST_INPUTS, 1)
    rows = values_of(weight[::every])
    bias = values_of(layer.bias)[None] if layer.bias is not None else np.zeros((1, rows.shape[1]))
    return np.vstack([rows, bias]) if bias.shape[1] == rows.shape[1] else rows


def _inputs(graph: Graph, made: Reading) -> Array | None:
    """What the first layer that gets data gets, a row per sample."""
    loss = made.loss
    for layer in made.found:
        kind = graph.kinds[layer.node]
        if layer.source is not None:
            continue
        name = {"Addmm": "mat1", "Convolution": "input", "Embedding": "indices"}.get(kind)
        value = graph.saved(layer.node, name or ("input" if "Rnn" in kind else "self"))
        if value is None:
            return None
        if "Rnn" in kind and value.ndim == 3:
            value = value.transpose(0, 1)
        samples = loss.samples if loss is not None and loss.samples else len(value)
        if samples == 0 or value.numel() % samples or value.numel() > MOST_NUMBERS:
            return None
        rows = loss.rows if loss is not None and loss.rows is not None else slice(None)
        return values_of(value.reshape(samples, -1)[rows])
    return None


def _some(tensor: Any) -> Any:
    """Some of the elements, spread evenly."""
    flat = tensor.detach().reshape(-1)
    return flat[:: max(flat.numel() // SAMPLED, 1)]


def rms(values: Any) -> float:
    """`sqrt(mean(x²))` on the device."""
    return float(values.double().square().mean().sqrt()) if values.numel() else 0.0
