"""Mistakes at the output: what is sent back as the derivative of the loss."""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Severity
from backproof.gradcheck.mistakes._mistake import At, ErrorSite, OutputSite, Variant, form_of, mistake

_ROUNDING = 1e-6  # two formulas of one derivative, also in single precision


@mistake(
    name="wrong-loss-derivative", at=At.ERROR, says="{detail} is sent back where the derivative of the loss belongs"
)
def derivative_of_another_loss(site: ErrorSite) -> Iterator[Variant]:
    """What is sent back from the output is not the derivative of the loss.

    What it means: Backpropagation starts with dloss/da at the output. For half the squared error that is a - y, for
    binary cross-entropy (a - y) / (a (1 - a)). Here something else stands there: the derivative of another loss, or
    the loss itself.

    Why training suffers: The error of a sample, squared or without its sign, does not say in which direction to go:
    a prediction that is too high is pushed as one that is too low. The derivative of another loss leads to the
    minimum of that loss, which is not the one that is printed and judged.

    How it is detected: The reverse sweep is repeated with each of these in the place of the derivative of the loss;
    one of them reproduces the recorded steps to rounding, in all steps.

    When it is no fault: If it is the exact gradient of another standard loss, the program is right in itself: then
    this is a note. The usual case is a sigmoid or softmax output trained with a - y, which is the gradient of
    cross-entropy.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 5.2; Nielsen, Neural Networks and Deep
    Learning (2015), chapter 3.
    """
    error = site.unit * (site.prediction - site.target)
    remedy = "send back the derivative of the loss that is to fall"
    exact = "the step follows the exact gradient of {}, not of the loss that was assumed".format
    yield Variant("the derivative of the squared error", error, exact("the squared error"), severity=Severity.NOTE)
    sign = np.sign(site.prediction - site.target)
    yield Variant("the sign of the error", site.unit * sign, exact("the absolute error"), severity=Severity.NOTE)
    if site.is_probability:
        entropy = error / (site.prediction * (1 - site.prediction))
        says = exact("binary cross-entropy")
        yield Variant("the derivative of binary cross-entropy", entropy, says, severity=Severity.NOTE)
        yield Variant(
            "-y/a, half of the derivative of binary cross-entropy,",
            -site.unit * site.target / site.prediction,
            "",
            remedy,
        )
    yield Variant("the squared error itself", error * (site.prediction - site.target), "", remedy)
    yield Variant("the absolute error itself", error * sign, "", remedy)
    both = site.unit * (site.prediction + site.target)
    yield Variant("the prediction plus the target", both, "", remedy, rare=True)


@mistake(
    name="missing-error-term", at=At.ERROR, says="the step does not contain the error: {detail} stands in its place"
)
def no_error(site: ErrorSite) -> Iterator[Variant]:
    """The step is made without the error of the network.

    What it means: The gradient of every parameter has the error at the output, prediction minus target for a squared
    error, as a factor. It is missing, or only half of it is there: the prediction, or the target.

    Why training suffers: Nothing tells the network how far it is from its targets. It is pushed in the same direction
    when it is right as when it is wrong.

    How it is detected: The reverse sweep with 1, the prediction or the target in the place of the error reproduces
    the recorded steps to rounding.

    When it is no fault: A network whose output itself is to fall or to rise (an energy, a score) has no error.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 5.3.
    """
    remedy = "multiply by the derivative of the loss, prediction minus target for the squared error"
    yield Variant("1", np.full_like(site.prediction, site.unit), "", remedy)
    yield Variant("the prediction alone", site.unit * site.prediction, "", remedy)
    yield Variant("the target alone", site.unit * site.target, "", remedy)


@form_of(name="missing-error-term", at=At.OUTPUT, says="the step does not contain the error: {detail}")
def no_error_in_delta(site: OutputSite) -> Iterator[Variant]:
    """`delta = a` or `delta = 1` where a - y belongs, the delta of cross-entropy."""
    if not _is_distribution(site):
        return
    remedy = "use prediction minus target as delta"
    ones = np.full_like(site.prediction, site.unit)
    yield Variant("the prediction alone is delta of the output", site.unit * site.prediction, "", remedy, rare=True)
    yield Variant("the target alone is delta of the output", site.unit * site.target, "", remedy, rare=True)
    yield Variant("delta of the output is a constant", ones, "", remedy, rare=True)


@form_of(name="wrong-loss-derivative", at=At.OUTPUT, says="{detail}")
def gradient_of_cross_entropy(site: OutputSite) -> Iterator[Variant]:
    """`a - y` as delta of a sigmoid or softmax output: no mistake, but the gradient of cross-entropy."""
    if not _is_distribution(site):
        return
    a, derivative = site.prediction, site.derivative
    kind = "categorical" if derivative is None else "binary"
    if derivative is None or np.allclose(derivative, a * (1 - a), rtol=_ROUNDING, atol=0):
        says = f"the step follows the exact gradient of {kind} cross-entropy, not of the loss that was assumed"
        yield Variant("a - y as delta", site.unit * (a - site.target), says, severity=Severity.NOTE)


def _is_distribution(site: OutputSite) -> bool:
    if site.derivative is None:
        return bool(np.allclose(site.target.sum(axis=site.axis), 1))
    return bool(np.all((site.target >= 0) & (site.target <= 1)))


@mistake(name="softmax-gradient-wrong", at=At.OUTPUT, says="{detail} is taken for the derivative of the softmax")
def softmax_element_by_element(site: OutputSite) -> Iterator[Variant]:
    """The softmax is differentiated as if each output depended on its own input only.

    What it means: Every output of a softmax depends on every input: da_i/dz_j = a_i (delta_ij - a_j), a full matrix.
    Here only its diagonal is used, a (1 - a), as for a sigmoid, or it is applied on top of a delta that has it
    already: with cross-entropy the matrix cancels, and delta is just a - y.

    Why training suffers: The direction is wrong. Where the network is sure and wrong, a (1 - a) is nearly zero and
    takes away the large error that cross-entropy is chosen for.

    How it is detected: The reverse sweep with the diagonal in the place of the matrix reproduces the recorded steps
    to rounding.

    When it is no fault: Never for a softmax; for independent sigmoid outputs with squared error a (1 - a) is right.

    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990); Stack
    Exchange, "Derivative of softmax loss function".
    """
    if site.derivative is not None or site.axis is None:
        return
    a, error = site.prediction, site.unit * (site.prediction - site.target)
    remedy = "use a - y as the delta of softmax with cross-entropy, without any further derivative"
    yield Variant("a (1 - a) on top of a - y", error * a * (1 - a), "", remedy)
    yield Variant("a (1 - a), its diagonal,", site.true * a * (1 - a), "", remedy)
    yield Variant("1", site.true, "the derivative of the softmax is left out", remedy, rare=True)
    alone = site.unit * a * (1 - a)
    yield Variant("a (1 - a) in the place of the whole delta", alone, "", remedy, rare=True)
    added = "delta is a + y where it must be a - y: the label is added to the prediction"
    yield Variant("a + y", site.unit * (a + site.target), added, "take the label away from the prediction: a - y")


@mistake(
    name="gradient-overwritten-not-accumulated", at=At.ERROR, says="only {detail} counts: the others are overwritten"
)
def overwritten(site: ErrorSite) -> Iterator[Variant]:
    """The gradient of each sample overwrites that of the sample before, where they should be added up.

    What it means: The step goes through several samples and collects their gradients. `total = gradient` keeps the last
    one only; `total += gradient` was meant. The same in an engine: a value that is used twice has two gradients.

    Why training suffers: The step follows one sample instead of all of them. It costs the time of the whole batch and
    is as noisy as a single sample.

    How it is detected: The reverse sweep with the error of one sample only reproduces the recorded steps to rounding.
    In a home-made autograd engine: the reverse sweep in which the operations assign what they hand back, instead of
    adding it to what other uses of the value sent, reproduces the steps of all parameters.

    When it is no fault: Stochastic descent with one sample per step computes no other predictions in between.

    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 1 (`update_mini_batch`).
    """
    number, count = site.place
    if count > 1:
        nothing = np.zeros_like(site.true)
        remedy = "add the gradients of all samples of the step"
        yield Variant("the last sample of a step", site.true if number == count else nothing, "", remedy)
        yield Variant("the first sample of a step", site.true if number == 1 else nothing, "", remedy)


@form_of(name="wrong-loss-derivative", at=At.OUTPUT, says="{detail} is taken for delta of the output")
def something_else_for_delta(site: OutputSite) -> Iterator[Variant]:
    """`delta = (a - y) ** 2` where a - y belongs, the delta of cross-entropy."""
    if _is_distribution(site):
        error = site.prediction - site.target
        remedy = "use prediction minus target as delta"
        for detail, values in (
            ("the squared error", error * error),
            ("the absolute error", np.abs(error)),
            ("the sign of the error", np.sign(error)),
            ("the prediction plus the target", site.prediction + site.target),
        ):
            yield Variant(detail, site.unit * values, "", remedy, rare=True)
