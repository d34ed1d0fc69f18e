"""One training in PyTorch: which optimizer makes its steps, what it minimises, and what its parameters do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.observations import Observation, Quantity, Structure
from backproof.observers import measure
from backproof.observers.callers import assigned_before
from backproof.observers.torch.chain import agrees, evaluated, reader
from backproof.observers.torch.experiments import MOST_BATCHES
from backproof.observers.torch.names import Modules, Namer
from backproof.observers.torch.reading import Reading, rms
from backproof.observers.torch.replay import Replay
from backproof.observers.training import SeenStep, Training
from backproof.scripts.described import DescribedLayer

Array = NDArray[Any]
Q = Quantity
NAMES = {"Adam": "adam", "AdamW": "adam", "NAdam": "adam", "RAdam": "adam", "Adamax": "adam", "RMSprop": "rmsprop",
         "Adagrad": "adagrad"}  # fmt: skip
BY_SIZE = ("sgd", "momentum", "nesterov")  # steps as long as the gradient
SENTINELS = 2  # parameters at each end of an optimizer's list that are looked at on every step that is judged
NOTICED = 0.05  # weight decay above which it shows whether biases decay too
WATCHED = 16  # values of a parameter by which it is seen to move


class Sentinel:
    """A parameter, and whether it has moved since."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor
        self._values = self._now()

    def _now(self) -> list[float]:
        flat = self.tensor.detach().reshape(-1)
        found: list[float] = flat[:: max(flat.numel() // WATCHED, 1)].tolist()
        return found

    def moved(self) -> bool:
        """Whether it has other values now."""
        now = self._now()
        return now != self._values and not all(np.isnan(now))

    def renew(self) -> None:
        """Compare with what it is now from now on."""
        self._values = self._now()


class Session:
    """A training and what it is in PyTorch.

    Attributes:
        training: What was measured.
        optimizers: Those that step on the same backward passes.
        leaves: Sentinels by the name of the parameter, of all that the loss depends on.
        idle: How often a parameter of the optimizer got no gradient.
        last: The step of the process in which it stepped last.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.training = Training()
        self.optimizers: list[Any] = []
        self.leaves: dict[str, Sentinel] = {}
        self.owned: dict[str, Any] = {}
        self.idle: dict[str, int] = {}
        self.behind: set[str] = set()  # names of the parameters that the loss depends on
        self.judged = self.last = self.accumulated = 0
        self.carried = self.carry_judged = 0
        self._clean = True  # no gradient is left over from the step before
        self.place = Place()  # of the call of `backward`
        self.batches: list[Replay] = []  # for experiments
        self.hand: set[int] = set()  # ids of the parameters of steps that no optimizer makes

    @property
    def is_chain(self) -> bool:
        """Whether the network can be evaluated without PyTorch."""
        return self.training.first is not None

    def models(self, modules: Modules) -> list[Any]:
        """The models whose parameters are behind the loss."""
        return modules.roots_of([sentinel.tensor for name, sentinel in self.leaves.items() if name in self.behind])

    # -- before a backward pass

    def look_for_old_gradients(self) -> None:
        """Whether the gradients of the step before were taken away."""
        for tensor in self._sentinels():
            gradient = tensor.grad
            if gradient is not None and (gradient.is_sparse or bool(gradient.any())):
                return
        self._clean = True

    def _sentinels(self) -> list[Any]:
        if self.optimizers:
            owned = [p for o in self.optimizers for g in o.param_groups for p in g["params"] if p.requires_grad]
        else:
            owned = [sentinel.tensor for sentinel in self.leaves.values()]
        return [*owned[:SENTINELS], *owned[SENTINELS:][-SENTINELS:]]

    # -- a step

    def stepped(self, readings: list[Reading], namer: Namer) -> None:
        """A step was made; `readings` are of the backward passes before it."""
        training, reading = self.training, readings[-1]
        due = training.due() and reading.armed
        if due and training.done:
            self.carry_judged += 1
            self.carried += not self._clean
        self._clean = False
        self.accumulated = max(self.accumulated, len(readings))
        if due:
            self._note(readings, namer)
            training.seen(self._step(reading))
        elif reading.loss is not None:
            training.answered(reading.loss.predictions, reading.loss.targets)
        if reading.sources is not None and not training.sources.inputs:
            training.sources = reading.sources
        for quantity, where, value in reading.origin:
            training.origin.append(Observation(training.done, quantity, where, value))
            training.places[where] = replace(assigned_before(reading.place), name=where)
        training.lost(reading.value)
        for each in readings:
            self._hold(each)
        training.done += 1

    def _hold(self, reading: Reading) -> None:
        loss = reading.loss
        if loss is not None and loss.rows is not None and loss.targets is not None and reading.inputs is not None:
            self.training.held.take(reading.inputs, loss.targets)

    def _note(self, readings: list[Reading], namer: Namer) -> None:
        """What is known of the network, and which of the parameters take part."""
        reading = readings[-1]
        self.judged += 1
        self.place = reading.place
        for name, (leaf, _) in reading.samples.items():
            self.leaves.setdefault(name, Sentinel(leaf))
            self.behind.add(name)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                for p in group["params"]:
                    name = namer.parameter(p)
                    self.owned[name] = p
                    self.leaves.setdefault(name, Sentinel(p))
                    self.idle[name] = self.idle.get(name, 0) + (p.grad is None and p.requires_grad)
        if self.training.structure.layers and len(reading.layers) <= len(self.training.structure.layers):
            return
        self._describe(reading)

    def _describe(self, reading: Reading) -> None:
        training, loss = self.training, reading.loss
        layers = list({seen.layer.name: seen.layer for seen in reading.layers}.values())
        optimizer, rate = self._optimizer()
        training.dropout = training.dropout or reading.dropout
        if reading.chain is not None and loss is not None and training.first is None:
            read = reader(reading.chain)
            first = reading.before or read()
            if loss.predictions is not None and reading.inputs is not None:
                known = reading.dropout or agrees(first, reading.inputs, loss.predictions)
                if known:
                    training.first, training.final = first, read
        factor = loss.per_sample if loss is not None else None
        training.decay = self._decay() / (factor or 1.0)
        groups = [group for each in self.optimizers for group in each.param_groups]
        training.shrinks = any(float(group.get("weight_decay") or 0.0) > NOTICED for group in groups)
        if rate is not None:
            training.rate = rate * factor if factor is not None and optimizer in BY_SIZE else rate
            training.rate = None if factor is None and optimizer in BY_SIZE else training.rate
        training.structure = Structure(
            layers=tuple(layers), loss=loss.name if loss is not None else None, optimizer=optimizer,
            learning_rate=rate, batch_size=loss.samples if loss is not None else None, task=_task(reading),
            inputs=layers[0].inputs if layers else None, outputs=layers[-1].units if layers else None,
            places={"loss": reading.place},
        )  # fmt: skip

    def _decay(self) -> float:
        """What is added to the gradient, times the parameter; AdamW takes it from the parameter directly."""
        first = self.optimizers[0] if self.optimizers else None
        adds = (
            first is not None and type(first).__name__ != "AdamW" and not first.defaults.get("decoupled_weight_decay")
        )
        return float(first.param_groups[0].get("weight_decay") or 0.0) if first is not None and adds else 0.0

    def _optimizer(self) -> tuple[str | None, float | None]:
        if not self.optimizers:
            return None, None
        optimizer = self.optimizers[0]
        kind, group = type(optimizer).__name__, optimizer.param_groups[0]
        rate = group.get("lr")
        rate = float(rate) if rate is not None else None
        if kind == "SGD":
            name = "nesterov" if group.get("nesterov") else "momentum" if group.get("momentum") else "sgd"
            return name, rate
        return NAMES.get(kind, kind.lower()), rate if kind in NAMES else None

    def _keep(self, replay: Replay) -> None:
        """A batch for experiments, after the first one, which holds the start."""
        usable = bool(self.batches) or bool(replay.start)
        if (
            usable
            and len(self.batches) < MOST_BATCHES
            and (not self.batches or replay.module is self.batches[0].module)
        ):
            self.batches.append(replay)
            replay.before = {}

    def _step(self, reading: Reading) -> SeenStep:
        loss = reading.loss
        step = SeenStep(self.training.done, reading.value, layers=reading.layers, facts=reading.facts)
        for name, (gradient, weight) in reading.sizes.items():
            leaf, before = reading.samples[name]
            flat = leaf.detach().reshape(-1)
            now = flat[:: max(flat.numel() // 4096, 1)]
            ratio = rms(now - before) / weight if weight > 0 and now.shape == before.shape else None
            step.gradients[name] = (gradient, weight, ratio)
        if loss is None:
            return step
        self.training.answered(loss.predictions, loss.targets)
        if reading.before is not None and self.training.first is not None:
            self.training.now(reading.before)
        if reading.replay is not None:
            step.change = reading.replay.change()
            self._keep(reading.replay)
        elif reading.before is not None and self.training.first is not None and reading.chain is not None:
            step.change = _change(reading, reader(reading.chain)())
        return step


def _change(reading: Reading, after: tuple[DescribedLayer, ...]) -> tuple[float, float] | None:
    """The relative change of the batch's own loss by the step, and by a tenth of it."""
    loss, before = reading.loss, reading.before
    if loss is None or before is None or reading.inputs is None or loss.targets is None:
        return None
    x, t = reading.inputs, loss.targets
    if len(x) != len(t):
        return None
    tenth = tuple(
        DescribedLayer(
            b.weight + 0.1 * (a.weight - b.weight),
            None if a.bias is None or b.bias is None else b.bias + 0.1 * (a.bias - b.bias), a.activation,
        )
        for b, a in zip(before, after, strict=True)
    )  # fmt: skip
    values = [measure.average_loss(loss.name, evaluated(layers, x), t, np) for layers in (before, after, tenth)]
    changes = [measure.relative_change(values[0], value) for value in values[1:]]
    return (changes[0], changes[1]) if changes[0] is not None and changes[1] is not None else None


def _task(reading: Reading) -> str | None:
    """Two target values make a classification; rows of one 1 among zeros one into several classes."""
    loss = reading.loss
    if loss is None or loss.targets is None:
        return None
    if loss.labels or loss.name == "categorical_cross_entropy":
        return "categorical"
    values = set(np.unique(loss.targets).tolist())
    if not (values <= {0.0, 1.0} or values <= {-1.0, 1.0}):
        return "regression"
    one_hot = loss.targets.shape[1] > 1 and bool(np.all((loss.targets == 1).sum(axis=1) == 1))
    return "categorical" if one_hot else "binary"
