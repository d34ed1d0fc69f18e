"""What a mistake is: an override at one place of the reverse sweep, and its page."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Severity

Array = NDArray[Any]
Backward = Callable[[Array], Array]  # from what arrives at an activation to what goes on to its z


class Times:
    """A factor in the place of f'(z), computed when it is needed: there are many, and they may be large."""

    __slots__ = ("values",)

    def __init__(self, values: Callable[[], Array]) -> None:
        """`values` computes the factor, of the shape of z."""
        self.values = values

    def __call__(self, arriving: Array) -> Array:
        """What goes on to z."""
        return np.asarray(arriving * self.values())


HEADINGS = ("What it means", "Why training suffers", "How it is detected", "When it is no fault", "Source")


class At(enum.Enum):
    """The places of the reverse sweep where something can be put in the place of what belongs there."""

    ERROR = "what arrives at the predictions: dloss/da of the output layer"
    OUTPUT = "the delta of the output layer, error and derivative in one: dloss/dz"
    ACTIVATION = "what an activation makes of what arrives at it"
    LINK = "the weights through which delta goes back to the layer below"
    GATE = "a mask of data, as that of dropout, behind an activation"
    PRODUCT = "the inputs with which delta makes the gradient of the weights"
    BIAS = "the reduction of delta to the gradient of the biases"
    UPDATE = "what becomes of the gradient of one parameter"
    SCALE = "a factor between the steps of parameters, sign included"
    ACCOUNT = "an array that feeds the predictions, seen over all steps; no part of the search"
    NOWHERE = "the step is wrong, and nothing known reproduces it"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A rule of the checker: its public name, how much it matters, and its page."""

    name: str
    severity: Severity
    page: str

    @property
    def summary(self) -> str:
        """The first sentence of the page, on one line."""
        return " ".join(self.page.split("\n\n")[0].split())


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of a mistake.

    Attributes:
        detail: What stands where, in words; the same at every sample, unit and step.
        replace: What is put in place: see the sites.
        says: A sentence in place of the mistake's own.
        remedy: What to do instead, in words.
        expected: "z" or "a": the value of the forward pass that should have been used.
        rare: Where others explain the step as well, they are preferred.
        severity: If not that of the mistake.
        shows: What the program holds if it has it, by step; for the line.
        signed: Kept although it is the truth with another sign: something else in the step has not that sign.
        kink: No mistake: z is at a kink, as that of ReLU at 0, where the slopes of both sides are right.
    """

    detail: str
    replace: Any
    says: str = ""
    remedy: str = ""
    expected: str = ""
    rare: bool = False
    severity: Severity | None = None
    shows: tuple[Array, ...] = ()
    signed: bool = False
    kink: bool = False


@dataclass(frozen=True, slots=True)
class ErrorSite:
    """One prediction of one step; `true` is what arrives there. A variant's `replace`: what arrives instead.

    `place` is (3, 5) for the third of five predictions that the step has, as where samples are taken one by one; `unit`
    is the constant factor of the loss (1 / n of a mean), with which its parts that are no error must be in proportion;
    `penalised`: it has such parts.
    """

    prediction: Array
    target: Array
    true: Array
    place: tuple[int, int] = (1, 1)
    unit: float = 1.0
    penalised: bool = False

    @property
    def is_probability(self) -> bool:
        """All predictions strictly between 0 and 1, all targets within."""
        inside = np.all((self.prediction > 0) & (self.prediction < 1))
        return bool(inside and np.all((self.target >= 0) & (self.target <= 1)))


@dataclass(frozen=True, slots=True)
class OutputSite:
    """The output activation, with its target; `z` and `a` of one shape. A variant's `replace`: delta at z.

    `unit` is the factor of the loss, as at an `ErrorSite`.
    """

    prediction: Array
    target: Array
    derivative: Array | None  # None for a softmax
    axis: int | None  # of a softmax
    true: Array  # what arrives at the prediction
    unit: float = 1.0


@dataclass(frozen=True, slots=True)
class ActivationSite:
    """One activation z -> a of one step; a variant's `replace` is a `Backward`, `Times` if it is a mere factor.

    Attributes:
        z, a: Of one shape.
        derivative: f'(z); None for a softmax.
        derivative_of: f' of anything of that shape; NaN where it cannot be computed.
        neighbours: f' of the layers above and below where they have the same shape: words and values.
        backward: What belongs there.
        penalised: The loss has parts that do not come this way, so that a sign is no matter of the whole step.
    """

    z: Array
    a: Array
    derivative: Array | None
    derivative_of: Callable[[Array], Array]
    backward: Backward
    neighbours: tuple[tuple[str, Callable[[], Array]], ...] = ()
    penalised: bool = False


@dataclass(frozen=True, slots=True)
class LinkSite:
    """One weight of the layer above, before and after the step; `replace`: other values of the same shape.

    `others` are the weights of the layers next to it that have the same shape; `recurrent`: it leads from one moment to
    the next; `alone`: one of several weights that lead on from the layer below, and it alone is in question.
    """

    before: Array
    after: Array | None
    others: tuple[tuple[str, Array], ...] = ()
    recurrent: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class ProductSite:
    """A product of a weight with its input, one step; what is not there is None. `replace`: another input."""

    input: Array
    before_activation: Array | None = None  # the input with z in place of a
    own_activation: Array | None = None
    own_sum: Array | None = None
    network_input: Array | None = None


@dataclass(frozen=True, slots=True)
class GateSite:
    """Where values are multiplied with data. A variant's `replace`: what takes its place on the way back."""

    mask: Array


@dataclass(frozen=True, slots=True)
class BiasSite:
    """Where a bias is added to values of `shape`, repeated along `axes`. A variant's `replace` is a `Backward`.

    It makes what is reduced to the gradient of the bias out of what arrives.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UpdateSite:
    """The steps of one parameter, all steps in one axis.

    `fit(x, y)` gives coefficients (p, q) with update = -(p x + q y) to rounding, or None. A variant's `replace` is
    the step size p, None where the step is zero. By step: `steps` is the gradient, `transposed` the gradient the other
    way round (none where that makes no sense), `others` the gradients of other parameters of the same shape, by name.
    """

    update: Array
    gradient: Array
    parameter: Array
    extra: Array  # gradient of the parts of the loss that do not go through the predictions
    fit: Callable[..., tuple[float, ...] | None]
    steps: tuple[Array, ...] = ()
    bias: bool = False
    transposed: tuple[Array, ...] = ()
    others: tuple[tuple[str, tuple[Array, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ScaleSite:
    """A factor between steps that are right otherwise; a variant's `replace` is not used.

    Attributes:
        factor: By which these parameters' steps differ from the others' (or from descent, where `everything`).
        biases: All of them are biases.
        everything: It is the sign of all steps.
        chain: It is in delta, from one layer on downwards.
        samples: Number of samples of a step, if known.
    """

    factor: float
    biases: bool
    everything: bool
    chain: bool
    samples: tuple[int, ...] = field(default=())


Function = Callable[[Any], Iterator[Variant]]
F = TypeVar("F", bound=Function)


@dataclass(frozen=True, slots=True)
class Override:
    """A function that gives the variants of a mistake at one place."""

    rule: str
    at: At
    says: str
    variants: Function


_OVERRIDES: list[Override] = []
_PAGES: dict[str, Mistake] = {}


def mistake(*, name: str, at: At, says: str, severity: Severity = Severity.ERROR) -> Callable[[F], F]:
    """Register the function that has the page of a mistake; `says` may name the `{detail}` of the variant."""

    def register(function: F) -> F:
        if name in _PAGES:
            raise ValueError(f"two pages for {name}")
        _PAGES[name] = Mistake(name, severity, inspect.getdoc(function) or "")
        _OVERRIDES.append(Override(name, at, says, function))
        return function

    return register


def form_of(*, name: str, at: At, says: str) -> Callable[[F], F]:
    """Register a further form, at another place, of a mistake that has its page elsewhere."""

    def register(function: F) -> F:
        _OVERRIDES.append(Override(name, at, says, function))
        return function

    return register


def overrides(at: At) -> list[Override]:
    """All that is known to go wrong at a place."""
    return [override for override in _OVERRIDES if override.at is at]


def pages() -> Mapping[str, Mistake]:
    """The mistakes by name, in alphabetical order."""
    return dict(sorted(_PAGES.items()))
