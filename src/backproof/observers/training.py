"""One training as a framework's observer sees it, in arrays of NumPy, and the `Run` that it makes.

The leaf of a framework hands over what it saw of a step (`SeenStep`); what is measured of that is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.observations import Layer, Observation, Quantity, Run, Structure
from backproof.observers import measured
from backproof.observers.alignment import Sources
from backproof.observers.held import Held
from backproof.observers.looks import Sheet
from backproof.scripts.described import DescribedLayer

Array = NDArray[Any]
Q = Quantity
WINDOWS = (0.0, 0.01, 0.1, 0.3, 0.6, 0.8, 1.0)  # of the run, as the rules' thresholds were measured
GROWTH = 1.2  # from one moment that is looked at to the next
JUDGED = 3  # steps in a row at each moment; one proves nothing
RANGES = {
    "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, np.inf), "softmax": (0.0, 1.0), "hardtanh": (-1.0, 1.0),
    "hardsigmoid": (0.0, 1.0), "softplus": (0.0, np.inf), "log_softmax": (-np.inf, 0.0), "linear": (-np.inf, np.inf),
    "exp": (0.0, np.inf), "log_sigmoid": (-np.inf, 0.0),
}  # fmt: skip
OUTCOME_SAMPLES, OUTCOME_STEPS = 1000, 40  # over which the unexplained share is pooled at a moment
KEPT_PARAMETERS = 50_000  # of a chain that is kept at each moment: 400 kB
LAST_LOSSES = 20  # steps over which the last loss is averaged


@dataclass(slots=True)
class SeenLayer:
    """One layer in one step: what it is, z and a of some rows (rows, units), and the size of dloss/dz."""

    layer: Layer
    z: Array | None = None
    a: Array | None = None
    silent: Array | None = None  # (units,): 0 on every sample of the step
    delta: float | None = None
    table: Array | None = None  # weights and bias that go into each unit, (in + 1, units)


@dataclass(slots=True)
class SeenStep:
    """One step. What was not seen is None, or missing."""

    number: int  # updates before it
    loss: float
    layers: list[SeenLayer] = field(default_factory=list)
    facts: list[tuple[Quantity, str, float]] = field(default_factory=list)
    gradients: dict[str, tuple[float, float, float | None]] = field(
        default_factory=dict
    )  # RMS: gradient, weight, ratio
    change: tuple[float, float] | None = None  # of the batch's own loss by the step, and by a tenth of it


@dataclass(slots=True)
class Moment:
    """Steps in a row.

    Attributes:
        pairs: Predictions and targets, (rows, outputs): probabilities where the loss takes logits.
        layers: The network before the first of the steps, where it is a chain of dense layers and small.
    """

    steps: list[SeenStep] = field(default_factory=list)
    pairs: list[tuple[Array, Array]] = field(default_factory=list)
    samples: int = 0
    answered: int = 0
    layers: tuple[DescribedLayer, ...] | None = None


class Training:
    """All that was seen of one training.

    Attributes:
        structure: Layers, loss, optimizer; the leaf fills it in.
        held: Samples.
        first: The network's layers before training, where it is a plain chain of dense layers.
        final: Gives them as they are now.
        reasons: Why something was not seen.
        done: Updates so far.
        rate: Step size on the mean over the samples of the doctor's loss.
        notes: What else there is to be said.
    """

    def __init__(self) -> None:
        self.structure = Structure()
        self.held = Held()
        self.sources = Sources()
        self.dropout = False  # units are dropped while it trains: experiments do not do that
        self.first: tuple[DescribedLayer, ...] | None = None
        self.final: Callable[[], tuple[DescribedLayer, ...] | None] = lambda: None
        self.reasons: dict[Quantity, str] = {}
        self.places: dict[str, Place] = {}
        self.facts: dict[tuple[Quantity, str], float] = {}  # of the whole run
        self.rate: float | None = None
        self.decay = 0.0  # as part of the gradient: this times the weights
        self.shrinks = False  # parameters shrink in a way that experiments do not repeat: biases too, or by AdamW
        self.done = 0
        self.several = False  # losses that take turns, as of a pair of networks that play against each other
        self.origin: list[Observation] = []  # where the first loss that is no number comes from
        self.moments: dict[int, Moment] = {}
        self.recent: list[float] = []
        self.broke: int | None = None  # updates before the first loss that is no number
        self.notes: list[str] = []
        self._next = self._left = 0

    # -- when to look

    def due(self) -> bool:
        """Three steps in a row, and again after the run has grown by a fifth."""
        if self.done >= self._next and not self._left:
            self._left = JUDGED
            self._next = max(self.done + JUDGED, int(self.done * GROWTH) + 1)
        return self._left > 0

    def seen(self, step: SeenStep) -> None:
        """A step that was due."""
        self.moments.setdefault(step.number if self._left == JUDGED else max(self.moments), Moment()).steps.append(step)
        self._left = max(self._left - 1, 0)

    def wants_outcome(self) -> bool:
        """Whether more predictions are wanted, after the steps that were looked at."""
        moment = self.moments[max(self.moments)] if self.moments else None
        return moment is not None and moment.samples < OUTCOME_SAMPLES and moment.answered < OUTCOME_STEPS

    def answered(self, predictions: Array | None, targets: Array | None) -> None:
        """What the network answered in a step, and what it should have."""
        if predictions is None or targets is None or predictions.shape != targets.shape:
            return
        if self._left == JUDGED or not self.moments:
            self.moments[self.done] = Moment()
        moment = self.moments[max(self.moments)]
        moment.answered += 1
        if not moment.pairs or (moment.pairs[0][0].shape[1] == predictions.shape[1] and self.wants_outcome()):
            moment.pairs.append((predictions, targets))
            moment.samples += len(targets)

    def now(self, layers: tuple[DescribedLayer, ...]) -> None:
        """The network before a step that is looked at."""
        moment = self.moments[max(self.moments)]
        if moment.layers is None and sum(layer.weight.size for layer in layers) <= KEPT_PARAMETERS:
            moment.layers = layers

    def lost(self, value: float) -> None:
        """The loss of any step."""
        self.recent.append(value)
        if len(self.recent) > LAST_LOSSES:
            del self.recent[0]
        if self.broke is None and not np.isfinite(value):
            self.broke = self.done

    # -- the run

    def run(self, *, finished: bool = True) -> Run:
        """All that was measured; never raises."""
        sheet = Sheet(reasons=dict(self.reasons), places=dict(self.places))
        targets = self._all_targets()
        for number in self._chosen():
            sheet.attempt((), measured.of_moment, self, number, targets, sheet)
        sheet.attempt((), self._once, sheet)
        for (quantity, where), value in self.facts.items():
            sheet.add(self.done, quantity, where, value)
        sheet.observations += self.origin
        structure = replace(self.structure, places={**self.structure.places, **sheet.places})
        observations = tuple(measured.relative(sheet.observations))
        known = {each.quantity for each in observations}
        unseen = {q: self.reasons.get(q) or sheet.reasons.get(q) or "not seen in this run" for q in Q if q not in known}
        return Run(observations, structure, unseen=unseen, total_steps=self.done, finished=finished)

    def _chosen(self) -> list[int]:
        """The moments nearest to the windows of the run; of one that burst, of its finite part and its end."""
        numbers = np.array(sorted(self.moments), dtype=np.int64)
        if not len(numbers):
            return []
        end = self.done if self.broke is None else self.broke
        chosen = {int(numbers[np.abs(numbers - int(share * end)).argmin()]) for share in WINDOWS}
        return sorted(chosen)

    def _all_targets(self) -> Array | None:
        tables = self.held.tables()
        if tables is not None:
            return tables[1]
        seen = [targets for moment in self.moments.values() for _, targets in moment.pairs]
        usual = [t for t in seen if t.shape[1] == seen[0].shape[1]]
        return np.concatenate(usual) if usual else None

    def _once(self, sheet: Sheet) -> None:
        """What does not change, or is known at the end only."""
        if self.recent:
            whole = self.recent if np.isfinite(self.recent).all() else self.recent[-1:]
            sheet.add(self.done, Q.LOSS, "loss", float(np.mean(whole)), finite=False)
            if not np.isfinite(self.recent[-1]):
                sheet.add(self.done, Q.UNEXPLAINED, "predictions", np.inf, finite=False)
        tables = self.held.tables()
        if tables is None:
            sheet.reasons[Q.INPUT_MAX] = "the inputs were not seen"
            return
        measured.of_inputs(tables[0], self.done, sheet, whole=self.held.whole)
