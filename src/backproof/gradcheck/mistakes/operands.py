"""Mistakes in the product of delta and inputs that makes the gradient of the weights."""

from collections.abc import Iterator

import numpy as np

from backproof.gradcheck.mistakes._mistake import Array, At, Backward, BiasSite, ProductSite, Variant, form_of, mistake


@mistake(name="wrong-operand-in-chain", at=At.PRODUCT, says="the gradient of the weights is made with {detail}")
def wrong_input(site: ProductSite) -> Iterator[Variant]:
    """A factor of the chain rule is not the one that belongs there.

    What it means: The gradient of a weight is the delta of the unit that it leads to, times the activation that it
    carries; and the delta of a hidden unit is its own derivative times the deltas above, through the weights. Here
    one of these operands is another quantity: the layer's own activation for its input, z for a, the output error
    for delta, a sum over all units for the value of each.

    Why training suffers: Shapes often fit by chance, so nothing complains, while the step goes somewhere else than
    downhill.

    How it is detected: The reverse sweep with the other operand reproduces the recorded steps to rounding, in all
    steps.

    When it is no fault: Never, if the loss is meant to fall along its gradient. Feedback alignment passes the error
    back through fixed random weights on purpose; it is no gradient either.

    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 2, equations BP1 to BP4; Stack Exchange,
    "Backpropagation derivation problem" (`np.dot(sigmoid_deriv(z), w)` in its answer).
    """
    remedy = "multiply delta by the input of the layer, the activation of the layer below"
    for detail, values in (
        ("the pre-activation z of the layer below where its activation belongs", site.before_activation),
        ("the layer's own activation where its input belongs", site.own_activation),
        ("the layer's own pre-activation where its input belongs", site.own_sum),
        ("the input of the network where the activation of the layer below belongs", site.network_input),
        ("delta alone: its input is missing", np.ones_like(site.input)),
        ("the square of the input", site.input * site.input),
    ):
        if values is not None:
            yield Variant(detail, values, "", remedy)


@form_of(name="bias-gradient-wrong", at=At.BIAS, says="{detail}")
def one_sample_only(site: BiasSite) -> Iterator[Variant]:
    """`b -= rate * delta[-1]`: one sample of the batch, in place of the sum over all."""
    for axis in site.axes:
        for words, place in (("last", -1), ("first", 0)):
            says = f"the gradient of the bias is the delta of the {words} sample, not the sum over all"
            yield Variant(f"{says}{' ' * axis}", _only(axis, place), says, "sum delta over the samples")


def _only(axis: int, place: int) -> Backward:
    def backward(arriving: Array) -> Array:
        kept = np.zeros_like(arriving)
        index = tuple(place if i == axis else slice(None) for i in range(arriving.ndim))
        kept[index] = arriving[index]
        return kept

    return backward
