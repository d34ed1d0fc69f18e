"""Steps along the gradient, times a factor that they should not have."""

from collections.abc import Iterator

from backproof.findings import Severity
from backproof.gradcheck.mistakes._mistake import ActivationSite, At, ErrorSite, ScaleSite, Variant, form_of, mistake


@mistake(name="wrong-sign-update", at=At.SCALE, says="{detail}")
def wrong_sign(site: ScaleSite) -> Iterator[Variant]:
    """The step goes uphill: it has the wrong sign.

    What it means: Descent subtracts a positive multiple of the gradient. With `error = target - output` the gradient
    has its minus already, and the update must add; with `output - target` it must subtract. Here the two are mixed.

    Why training suffers: Every step makes the loss larger. Weights grow until the units saturate or the numbers
    overflow.

    How it is detected: The recorded step is a negative multiple of the descent direction, to rounding. The sign is
    that of the whole update: neither `+=` nor the order of the difference is judged alone.

    When it is no fault: Gradient ascent on something that is to grow (a likelihood, a reward).

    Source: Stack Exchange, "Backpropagation derivation problem" (`w -= rate * (y - output) * ...`).
    """
    if site.factor >= 0:
        return
    factor = (
        "" if abs(site.factor + 1) < 1e-4 or site.everything else f", {-site.factor:.6g} times as large as the others',"
    )
    if site.everything:
        yield Variant(
            "every update climbs the loss: the step has the wrong sign", None, "", "change the sign of the update"
        )
    elif site.chain:
        yield Variant(
            f"from this layer down the gradient{factor} has the wrong sign", None, "", "change the sign of delta"
        )
    else:
        yield Variant(f"its update{factor} has the wrong sign", None, "", "change the sign of this update")


@form_of(name="wrong-sign-update", at=At.ERROR, says="{detail}")
def sign_of_the_error(site: ErrorSite) -> Iterator[Variant]:
    """Beside a penalty in the loss, whose gradient has the right sign, the error has the wrong one."""
    if site.penalised:
        says = "the error has the wrong sign, so that every update climbs the loss (only its penalty falls)"
        yield Variant("minus the derivative of the loss", -site.true, says, "change the sign of the error", signed=True)


@form_of(name="wrong-sign-update", at=At.ACTIVATION, says="{detail}")
def sign_of_delta(site: ActivationSite) -> Iterator[Variant]:
    """The same from one layer on downwards."""
    if site.penalised:
        says = (
            "from this layer down the gradient has the wrong sign (only the gradient of the penalty has the right one)"
        )
        remedy = "change the sign of delta"
        yield Variant("minus delta", lambda arriving: -site.backward(arriving), says, remedy, signed=True)


@mistake(name="bias-gradient-wrong", at=At.SCALE, says="{detail}", severity=Severity.WARNING)
def bias_factor(site: ScaleSite) -> Iterator[Variant]:
    """The gradient of the biases is not the sum of delta over the samples that the weights' gradient is.

    What it means: A bias is a weight whose input is always 1, so its gradient is reduced over the samples just as
    that of the weights: both summed or both averaged. Here one is summed and the other averaged, or it has another
    factor.

    Why training suffers: Biases and weights move at rates that differ by the number of samples: either the biases
    hardly move, or they overshoot while the weights are still learning.

    How it is detected: The recorded steps of the biases are those of the gradient, times a factor that the weights'
    steps do not have.

    When it is no fault: A learning rate of their own for the biases, chosen on purpose.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 5.1.
    """
    if not site.biases or site.everything or site.chain:
        return
    remedy = "reduce it over the samples as the gradient of the weights is"
    if any(abs(abs(site.factor) * n - 1) < 1e-6 for n in site.samples):
        yield Variant("its gradient is averaged over the samples, that of the weights is summed", None, "", remedy)
    elif any(abs(abs(site.factor) / n - 1) < 1e-6 for n in site.samples):
        yield Variant("its gradient is summed over the samples, that of the weights is averaged", None, "", remedy)
    else:
        yield Variant(f"its step is {site.factor:.6g} times what the weights' steps ask for", None, "", remedy)


@mistake(name="batch-gradient-not-averaged", at=At.SCALE, says="{detail}", severity=Severity.NOTE)
def not_averaged(site: ScaleSite) -> Iterator[Variant]:
    """The gradient is summed over the samples where the loss is their average.

    What it means: The loss is a mean over the samples of a step, its gradient is one, too; here it is a sum, which
    is the number of samples times as large.

    Why training suffers: The step grows with the batch: a rate that is right for ten samples is too large for a
    thousand.

    How it is detected: The steps of some parameters are the number of samples times those of the others. Or all steps
    are along the gradient, and exactly the number of samples (or half, or twice that) times the rate in the update
    statement times the gradient of the loss that the script computes, which is a mean.

    When it is no fault: With one batch size a factor of the gradient is a factor of the rate: then it is a note, and a
    warning only where the rate is too high by measurement.

    Source: Goyal et al., "Accurate, large minibatch SGD" (2017), section 2.1.
    """
    if site.biases or site.everything or site.factor < 0:
        return
    if any(abs(site.factor / n - 1) < 1e-6 for n in site.samples):
        remedy = "divide the gradient by the number of samples"
        yield Variant("its gradient is summed over the samples, that of the others is averaged", None, "", remedy)


@mistake(name="constant-factor-only", at=At.SCALE, says="{detail}", severity=Severity.NOTE)
def factor_only(site: ScaleSite) -> Iterator[Variant]:
    """The step is along the gradient, but longer or shorter than the others'.

    What it means: The direction is right; the length is a constant factor times that of the other parameters' steps,
    or that of a step at the rate that the source names.

    Why training suffers: It need not. A factor acts as a learning rate of its own for these parameters; if it is very
    small they stay behind, if it is large they overshoot first.

    How it is detected: The recorded steps are a positive constant times the gradient, to rounding, and the constant
    is not the one of the other parameters. Or it is the same for all, but 2, 1/2 or the number of samples times the
    rate that stands in the update statement, for the loss that the script computes.

    When it is no fault: Learning rates per layer, chosen on purpose. A factor that all have is a factor of the rate: of
    the squared error's 2, say, which is left out as often as not.

    Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 4.7.
    """
    if site.everything or site.factor < 0:
        return
    who = "from this layer down the step" if site.chain else "its step"
    yield Variant(f"{who} is {site.factor:.6g} times as large as the other parameters'", None, "", "one rate for all")
