"""What was measured while a program trained: quantities, single observations, and the run that holds them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backproof.findings import GradientVerdict, Place


class Quantity(enum.StrEnum):
    """Everything that an observer may measure; each member says its unit and range, and what `where` is."""

    # The loss and the predictions; `where` is "loss" or "predictions".
    LOSS = "average loss per sample"  # unit of the loss the gradient follows, on the data of the sampled steps
    UNEXPLAINED = "unexplained share of the target variance"  # 0 perfect, 1 as good as predicting the mean; >= 0
    BATCH_LOSS_CHANGE = "relative change of the batch's own loss by the step"  # after / before - 1; > 0 is uphill
    BATCH_LOSS_CHANGE_TENTH = "the same change with a tenth of the step"
    PREDICTION_SPREAD = "spread of the predictions relative to that of the targets"  # std / std, >= 0
    PREDICTION_MIN = "smallest prediction"
    PREDICTION_MAX = "largest prediction"
    TARGET_MIN = "smallest target"
    TARGET_MAX = "largest target"
    TARGETS_OUT_OF_RANGE = "share of the targets beyond the range of the output activation"  # 0 to 1
    TARGETS_AT_LIMIT = "share of the targets at the very limit of the output activation"  # 0 to 1
    RELATIVE_GRADIENT = "gradient relative to the first one"  # RMS over all parameters / that of the first window
    PRINTED_LOSS = "value of the printed loss"  # `where` is its place
    PRINTED_CANCELS = "size of a printed sum of signed errors, over that of the errors in it"  # 0 to 1
    FOLLOWED_LOSS = "value of the loss that the gradient follows"
    LOSS_SWING = "largest over smallest loss after the last recorded steps"  # on all known data; >= 1, near 1 is calm
    STEP_CURVATURE = "learning rate times the largest curvature of the loss"  # steps above 2 overshoot; >= 0
    HELD_OUT = "unexplained share on data that the steps do not learn from"  # `where` is "held-out data"; >= 0
    # The inputs; `where` is "inputs" (per-feature quantities take the worst feature).
    INPUT_MAX = "largest magnitude of an input"
    INPUT_STD = "standard deviation of the inputs, largest of the features"
    INPUT_SCALE_RATIO = "largest over smallest standard deviation of the features"
    # Per layer; `where` is the layer's name.
    PREACTIVATION_RMS = "root mean square of the pre-activation z"
    PREACTIVATION_MAX = "largest magnitude of the pre-activation z"
    ACTIVATION_DERIVATIVE = "mean magnitude of the activation's derivative"
    SATURATED_UNITS = "share of the units saturated on nearly every sample"  # 0 to 1; bounded activations only
    DEAD_UNITS = "share of the units whose output and derivative are zero on every sample"  # 0 to 1; ReLU only
    DELTA_RMS = "root mean square of dloss/dz"
    DERIVATIVE_COMPUTED = "derivative of the activation as the program computes it"
    DERIVATIVE_TRUE = "derivative of the activation, true value"
    GRADIENT_EXACT = "largest gradient of a weight before the activation, had its derivative not been rounded to 0"
    # Per parameter; `where` is the name in the program.
    GRADIENT_RMS = "root mean square of the gradient"
    WEIGHT_RMS = "root mean square of the parameter"
    UPDATE_RATIO = "root mean square of the update over that of the parameter"
    INIT_SCALE = "size of a layer's initial weights relative to what suits it"  # RMS over Glorot's, or He's for ReLU
    EQUAL_UNITS = "share of the units that compute the same as another unit of their layer"  # 0 to 1; hidden layers
    DECAY = "weight decay relative to the gradient"  # `where` is a parameter; gradient + decay x parameter; >= 0
    # The samples; `where` is "targets" or "inputs".
    ORDER_RATIO = "how much targets differ from one to the next in the order of training, over random order"  # 0 sorted
    RARE_SHARE = "share of the samples that are of the rarest class"  # 0 to 0.5
    RARE_RECALL = "share of the rarest class that is recognised"  # 0 to 1
    CONSTANT_FEATURES = "inputs that hold one and the same value on every sample"  # count, a bias by hand left out
    # Pairing of inputs and targets; `where` is the side whose rows were reordered, "inputs" or "targets".
    PROBE_AS_GIVEN = "share of the targets' variance that near samples cannot tell, as the program pairs them"  # >= 0
    PROBE_AS_BEFORE = "the same share as they were paired before the rows of one side were reordered"  # >= 0
    GRADIENT_UNDERFLOW = (
        "share of the exact gradient below the smallest normal number of the parameter's type"  # 0 to 1
    )
    SMALLEST_NORMAL = "smallest normal number of the parameter's type"  # 6.1e-5 for float16, 1.2e-38 for float32
    # Labels that are used as the index of a class; `where` is their name.
    LABEL_MIN = "smallest label"
    LABEL_MAX = "largest label"
    CLASSES = "classes that there is room for"  # count, >= 1
    LABELS_COLLIDE = "share of the labels that count from the end and land on the class of another label"  # 0 to 1
    # Numbers; `where` is the place of the first operation that made them.
    NON_FINITE = "values that became NaN or infinite"  # count
    OVERFLOW_INPUT = "the largest magnitude that went into the operation which overflowed"
    UNDEFINED_OPERAND = "what went into the operation that has no finite result for it"  # one value per operand
    NON_FINITE_SHOWN = "values that the program printed or kept and that are NaN or infinite"  # count
    NON_FINITE_PARAMETERS = "share of the parameters that are NaN or infinite"  # 0 to 1; `where` is "parameters"
    # Data that is NaN or infinite from the start; `where` is the array's name, rows and columns count from 0.
    NON_FINITE_DATA = "entries of the data that are NaN or infinite"  # count
    NON_FINITE_ROW = "row of the first of them"
    NON_FINITE_COLUMN = "column of the first of them"
    # The operation at which the program stopped; `where` is the operand as the source has it.
    AXIS_LENGTH = "length of each axis of what went into the operation that failed"  # in their order, >= 0
    # The forward pass and what it is compared with; `where` is the place in the program, or the layer's name.
    ERROR_ENTRIES = "entries of the error per prediction"  # 1; n where a column was compared with a row of n
    SUM_ENTRIES = "entries of a sum per entry of its operand"  # value + bias of as many entries; 1, n as above
    SOFTMAX_UNITS = "units of a softmax output"  # count, >= 1
    SOFTMAX_ENTRIES = "units over which a softmax output is normalised"  # count, 2 or more
    SOFTMAX_SAMPLES = "samples over which a softmax output is normalised"  # count, 1
    SOFTMAX_TIMES = "softmaxes in a row"  # count, 1
    TARGETS_OUTSIDE_LOSS = "share of the targets outside of 0 to 1 under a cross-entropy"  # 0 to 1
    TARGETS_WITHOUT_GRADIENT = "share of the targets for which the loss has no gradient"  # 0 to 1
    LOG_PROBABILITIES = "sum over the classes of exp(what the loss takes for logarithms of probabilities)"  # 1
    SIGMOIDS_IN_A_ROW = "sigmoids in a row, that of the loss included"  # count, 1
    OUTPUTS_PER_LABEL = "outputs that are compared with the number of the class"  # count, 1
    TARGET_NUMBERS = "different targets that are 0, 1, 2, ..."  # count; 0 where they are not
    FORMULA_DIFFERS = "largest difference from the activation whose derivative is taken"  # >= 0; `where`: layer, name
    OUTPUT_SUM = "sum of the outputs of a sample"  # exponentials under one-hot targets; 1
    PREDICTING_DROPPED = "share of the units dropped when predicting"  # 0 to 1; `where` is where they are dropped
    PREDICTING_BY_BATCH = "predictions that are normalised by the statistics of their own batch"  # share, 0 to 1
    CARRIED_GRADIENTS = "share of the steps that add to the gradient of the step before"  # 0 to 1; `where`: optimizer
    STOPPED_AFTER = "updates until a condition on the loss ended the training"  # count; `where` is the condition
    # Experiments on the recorded network: unexplained share after the same short training. `where` names that training
    # (an experiment is compared with the TRIAL_AS_IS of the same `where`), `step` counts the seeds.
    TRIAL_AS_IS = "unexplained share after a trial training as it is"
    TRIAL_WITH_BIAS = "unexplained share after the same trial with biases"
    TRIAL_STANDARDISED = "unexplained share after the same trial with standardised inputs"
    TRIAL_NONLINEAR = "unexplained share after the same trial with tanh in the linear hidden layers"
    TRIAL_RESTARTED = "unexplained share after the same trial from new initial weights"
    TRIAL_NOT_STOPPED = "unexplained share after the run is carried on past the condition that ended it"
    TRIAL_TARGETS_SCALED = "unexplained share after the same trial with targets of mean 0 and standard deviation 1"
    TRIAL_SHUFFLED = "unexplained share after the same trial with the samples in random order"
    TRIAL_RARE_AS_IS = "accuracy, mean over the classes, after a trial training as it is"
    TRIAL_RARE_EVEN = "accuracy, mean over the classes, after the same trial with each class equally often"
    TRIAL_TENTH_RATE = "unexplained share after the same trial with a tenth of the rate"
    TRIAL_RAISED_RATE = "unexplained share after the same trial with a rate raised by powers of ten"
    RATE_RAISED = "how many times larger the raised rate of that trial is"  # only where steps were very short; >= 10
    TRIAL_RESCALED = "unexplained share after the same trial from initial weights scaled to what suits the layers"
    TRIAL_WITHOUT_DECAY = "unexplained share after the same trial without weight decay"
    TRIAL_LONGER = "unexplained share after the run is carried on"  # `where` "carried on": as it is = at the run's end
    TRIAL_LARGER = "unexplained share with larger hidden layers"  # `where` says on which samples


@dataclass(frozen=True, slots=True)
class Observation:
    """One number, of one quantity, at one place, after `step` parameter updates."""

    step: int
    quantity: Quantity
    where: str
    value: float


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network, input side first; what is not known is None."""

    name: str  # as the program calls its activation, e.g. "a_2" or "layer2 (line 31)"
    inputs: int | None = None
    units: int | None = None
    activation: str | None = None  # "linear", "sigmoid", "tanh", "relu", "softmax", "step", ... or None: not recognised
    output_range: tuple[float, float] | None = None  # what the activation can give; infinite where unbounded
    has_bias: bool | None = None
    has_skip: bool | None = None
    place: Place = field(default_factory=Place)
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A statement in which an array got its shape, with the shape that it had when the program stopped."""

    place: Place
    text: str  # the source
    name: str
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Operand:
    """What went into an operation that failed; what could not be read is None."""

    text: str  # as it stands in the source
    shape: tuple[int, ...] | None = None
    kind: str | None = None  # "float64", "int64", ... of an array, "list", "float", ... else
    low: float | None = None  # smallest and largest number in it
    high: float | None = None
    made: tuple[Made, ...] = ()  # how it came about, the latest statement first


@dataclass(frozen=True, slots=True)
class Crash:
    """The exception that ended the program, and the operation that raised it.

    Attributes:
        kind: Of shapes "product", "broadcast", "inplace", "store", "reshape", "join", "index", "truth", "number",
            "list", "unpack", "ragged", "lengths"; of numbers "casting", "overflow", "undefined"; "other".
        error: As Python says it.
        expression: The source of the operation.
        place: Where it is.
        operands: What went in, in the order of the source.
        target: What the result was for, e.g. "dW1".
        wanted: The shape of the array that a target named like that is to change.
        axis: Number of the axis that an index is too large for.
        length: Its length.
        index: The index asked for.
    """

    kind: str
    error: str
    expression: str
    place: Place
    operands: tuple[Operand, ...] = ()
    target: str | None = None
    wanted: tuple[int, ...] | None = None
    axis: int | None = None
    length: int | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """What the network is. Empty or None means: not known."""

    layers: tuple[Layer, ...] = ()
    loss: str | None = None  # e.g. "half_squared_error", "binary_cross_entropy"; the one that the gradient follows
    loss_reduction: str | None = None  # "sum" or "mean" over the samples of a step
    printed_loss: Place | None = None
    optimizer: str | None = None  # "sgd", "momentum", "adam", ...
    learning_rate: float | None = None
    batch_size: int | None = None
    task: str | None = None  # "regression", "binary", "categorical"
    samples: int | None = None
    inputs: int | None = None
    outputs: int | None = None
    crash: Crash | None = None  # the exception that ended the program, unless it ended without
    constant_input: bool | None = None  # does an input column hold one value only (a bias by hand)?
    places: Mapping[str, Place] = field(default_factory=dict)  # from a `where` to its place in the program


@dataclass(frozen=True, slots=True)
class Run:
    """One training run, whatever framework it came from."""

    observations: tuple[Observation, ...] = ()
    structure: Structure = field(default_factory=Structure)
    gradients: tuple[GradientVerdict, ...] = ()
    unseen: Mapping[Quantity, str] = field(default_factory=dict)  # what was not observed, and why
    total_steps: int | None = None  # parameter updates that the run made, if known
    finished: bool = True

    def quantities(self) -> frozenset[Quantity]:
        """All quantities of which there is at least one observation."""
        return frozenset(o.quantity for o in self.observations)

    def places(self, quantity: Quantity) -> tuple[str, ...]:
        """Where `quantity` was observed, in order of first appearance."""
        return tuple(dict.fromkeys(o.where for o in self.observations if o.quantity is quantity))

    def series(self, quantity: Quantity, where: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Steps and values of `quantity` at `where`, in order of the steps; both (n,), empty if never observed."""
        rows = sorted(
            ((o.step, o.value) for o in self.observations if o.quantity is quantity and o.where == where),
            key=lambda row: row[0],
        )
        steps = np.array([step for step, _ in rows], dtype=np.int64)
        return steps, np.array([value for _, value in rows], dtype=np.float64)

    def last(self, quantity: Quantity, where: str) -> float | None:
        """The newest value of `quantity` at `where`, or None."""
        _, values = self.series(quantity, where)
        return float(values[-1]) if len(values) else None

    def place(self, where: str) -> Place:
        """The place in the program that `where` names; only its name if nothing more is known."""
        return self.structure.places.get(where, Place(name=where))
