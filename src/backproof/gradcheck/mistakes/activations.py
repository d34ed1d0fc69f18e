"""Mistakes in the derivative of an activation."""

from collections.abc import Callable, Iterator

import numpy as np

from backproof.gradcheck.mistakes._mistake import ActivationSite, Array, At, Times, Variant, form_of, mistake

_ROUNDING = 1e-6  # two formulas of one derivative, also in single precision


@mistake(
    name="activation-derivative-wrong-argument",
    at=At.ACTIVATION,
    says="the derivative of the activation is taken of the wrong thing: {detail}",
)
def wrong_argument(site: ActivationSite) -> Iterator[Variant]:
    """The derivative of an activation is taken of the wrong argument.

    What it means: Delta is the error that comes back, times f'(z), the slope of the activation at the pre-activation
    z. A function `sigmoid_deriv(x)` that computes s(x) (1 - s(x)) needs z; one that computes x (1 - x) needs the
    activation a. Giving the first one a, or the second one z, is the most common slip of all.

    Why training suffers: The factor has the wrong size, and with z (1 - z) often the wrong sign, for each unit
    another one: the step leaves the direction of steepest descent, or goes uphill.

    How it is detected: The reverse sweep with f'(f(z)), or with z in a formula for a, reproduces the recorded steps
    to rounding, in all steps.

    When it is no fault: For ReLU both arguments give the same, and nothing is reported.

    Source: Stack Exchange, "Backpropagation derivation problem" (`sigmoid_deriv(sigmoid(layer2))`).
    """
    if site.derivative is None:
        return
    z, a = site.z, site.a
    remedy = "take the derivative at the pre-activation {z}"
    at_a = Times(lambda: site.derivative_of(a))
    yield Variant("f'(f(z)), at the activation instead of the pre-activation", at_a, "", remedy, "z")
    remedy = "give the formula the activation {a}"
    if _is(site, lambda: a * (1 - a)):
        at_z = Times(lambda: z * (1 - z))
        yield Variant("z (1 - z), the pre-activation in a formula for the activation", at_z, "", remedy, "a")
        yield Variant("z (1 - a)", Times(lambda: z * (1 - a)), "", remedy, "a", rare=True)
        yield Variant("a (1 - z)", Times(lambda: a * (1 - z)), "", remedy, "a", rare=True)
    if _is(site, lambda: 1 - a * a):
        at_z = Times(lambda: 1 - z * z)
        yield Variant("1 - z^2, the pre-activation in a formula for the activation", at_z, "", remedy, "a")


@mistake(
    name="missing-activation-derivative", at=At.ACTIVATION, says="the derivative of the activation is missing: {detail}"
)
def missing_derivative(site: ActivationSite) -> Iterator[Variant]:
    """Delta is passed on without the derivative of the activation.

    What it means: The chain rule asks for a factor f'(z) for every activation that the error passes on its way back.
    At this layer there is none: the layer is treated as if it were linear.

    Why training suffers: Saturated units, which cannot do anything about the error, are moved as much as the others.
    The sign of each entry is often right, so that the network may learn for a while; then it stays behind.

    How it is detected: The reverse sweep with 1 in the place of f'(z) reproduces the recorded steps to rounding.

    When it is no fault: At a sigmoid or softmax output a - y without a derivative is the exact gradient of
    cross-entropy; this is told as a note of `wrong-loss-derivative`.

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986), equation 4.
    """
    if site.derivative is not None:
        remedy = "multiply by the derivative of the activation at {z}"
        yield Variant("delta = what comes back, without f'(z)", Times(lambda: np.ones_like(site.a)), "", remedy, "z")


@mistake(
    name="wrong-activation-derivative", at=At.ACTIVATION, says="{detail} stands for the derivative of the activation"
)
def another_derivative(site: ActivationSite) -> Iterator[Variant]:
    """The formula for the derivative of the activation is not that of this activation.

    What it means: f'(z) is a (1 - a) for a sigmoid, 1 - a^2 for tanh, 1 or 0 for ReLU. Here the formula of another
    function stands there, or the function in the place of its derivative, or the derivative twice.

    Why training suffers: Each unit's share of the error has the wrong size: units that should move do not, others
    move too much. With tanh the sigmoid's formula is negative for half of all activations and turns the step around
    there.

    How it is detected: The reverse sweep with such a formula in the place of f'(z) reproduces the recorded steps to
    rounding, in all steps.

    When it is no fault: A scaled activation has another formula than the textbook's; the derivative is judged against
    the recorded forward pass, whatever its name.

    Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 4.4.
    """
    if site.derivative is None:
        return
    remedy = "use the derivative of the activation that the forward pass has"
    for detail, values, rare in _formulas(site):
        yield Variant(detail, Times(values), "", remedy, rare=rare)
    yield Variant("a mask of what comes back (> 0)", _masked, "", remedy, rare=True)


def _formulas(site: ActivationSite) -> Iterator[tuple[str, Callable[[], Array], bool]]:
    z, a, derivative = site.z, site.a, site.derivative
    assert derivative is not None
    yield "f'(z) squared (it is applied twice)", lambda: derivative * derivative, False
    yield "f(z), the activation itself,", lambda: a, False
    yield "a (1 - a), the formula for a sigmoid,", lambda: a * (1 - a), False
    yield "1 - a^2, the formula for tanh,", lambda: 1 - a * a, False
    yield "1 where z > 0, the formula for ReLU,", lambda: (z > 0).astype(float), False
    yield "the sigmoid's derivative at z", lambda: _sigmoid(z) * (1 - _sigmoid(z)), True
    yield "the derivative of tanh at z", lambda: 1 - np.tanh(z) ** 2, True
    yield "1 - a", lambda: 1 - a, True
    yield "a^2", lambda: a * a, True
    yield "a + (1 - a)^2", lambda: a + (1 - a) ** 2, True
    yield "a (1 + a)", lambda: a * (1 + a), True
    yield "1 + a^2", lambda: 1 + a * a, True
    yield "1 - 2 a", lambda: 1 - 2 * a, True
    yield "1 / f'(z)", lambda: _inverse(derivative), True
    yield "the pre-activation z", lambda: z, True
    yield "1 where z < 0", lambda: (z < 0).astype(float), True
    yield "f' at -z", lambda: site.derivative_of(-z), True


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _inverse(values: Array) -> Array:
    return np.asarray(np.where(values == 0, 0.0, 1 / np.where(values == 0, 1.0, values)))


def _masked(arriving: Array) -> Array:
    return np.where(arriving > 0, arriving, 0.0)


@form_of(name="wrong-operand-in-chain", at=At.ACTIVATION, says="{detail}")
def summed_over_units(site: ActivationSite) -> Iterator[Variant]:
    """`np.dot` where `*` belongs: one number for all units of a layer."""
    if site.derivative is None or site.z.size == 1:
        return
    remedy = "multiply element by element with `*`: each unit has its own error and its own derivative"
    says = "delta is summed over the units of the layer, so that all get the same (np.dot where * belongs)"
    derivative = site.derivative
    for axis in _axes(site.z):
        words = "" if axis is None else f", along axis {axis}"
        yield Variant("delta summed over the units" + words, _sum_of(derivative, axis), says + words, remedy)
        upstream = "what comes back is summed over the units of the layer before the derivative is applied" + words
        yield Variant(
            "upstream summed over the units" + words, _sum_first(derivative, axis), upstream, remedy, rare=True
        )
        total = Times(_total(derivative, axis))
        says_all = "the derivatives of all units of the layer are added up" + words
        yield Variant("derivatives summed over the units" + words, total, says_all, remedy, rare=True)


def _axes(values: Array) -> tuple[int | None, ...]:
    return (None,) if values.ndim == 1 else (None, *range(values.ndim))


def _total(values: Array, axis: int | None) -> Callable[[], Array]:
    return lambda: np.broadcast_to(values.sum(axis=axis, keepdims=True), values.shape)


def _sum_of(derivative: Array, axis: int | None) -> Callable[[Array], Array]:
    def backward(arriving: Array) -> Array:
        total: Array = (arriving * derivative).sum(axis=axis, keepdims=True)
        return np.broadcast_to(total, derivative.shape)

    return backward


def _sum_first(derivative: Array, axis: int | None) -> Callable[[Array], Array]:
    def backward(arriving: Array) -> Array:
        return np.asarray(derivative * arriving.sum(axis=axis, keepdims=True))

    return backward


@form_of(name="wrong-operand-in-chain", at=At.ACTIVATION, says="{detail} is used at this layer")
def derivative_of_another_layer(site: ActivationSite) -> Iterator[Variant]:
    """An index that is off by one: f' of the layer above or below."""
    for detail, values in site.neighbours:
        yield Variant(detail, Times(values), "", "use the values of the layer that delta belongs to")


def _is(site: ActivationSite, formula: Callable[[], Array]) -> bool:
    """Whether the activation's derivative has this formula, on these values."""
    if site.derivative is None:
        return False
    return bool(np.allclose(site.derivative, formula(), rtol=_ROUNDING, atol=_ROUNDING))
