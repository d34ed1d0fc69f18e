"""Mistakes in what becomes of the gradient of one parameter."""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Severity
from backproof.gradcheck.mistakes._mistake import At, UpdateSite, Variant, form_of, mistake

_NOISE = 1e-13  # of a gradient: what is left by rounding where a sum is zero
_ENOUGH = 4  # elements: two coefficients fit two of them whatever they are


@form_of(name="bias-gradient-wrong", at=At.UPDATE, says="{detail}")
def bias_summed_over_units(site: UpdateSite) -> Iterator[Variant]:
    """`np.sum(delta)` without an axis: one number for all units of the layer, nothing at all for those of a softmax."""
    if not site.bias or site.update.size <= len(site.steps):
        return
    sums = tuple(np.full(step.shape, step.sum()) for step in site.steps)
    nothing = not np.any(site.update) and np.linalg.norm(np.concatenate(sums)) <= _NOISE * np.linalg.norm(site.gradient)
    found = (None,) if nothing else site.fit(np.concatenate(sums))
    if found is not None:
        says = "the gradient of the biases is summed over the units, too, so that all get the same"
        remedy = "sum delta over the samples only (axis=0 where samples are rows)"
        yield Variant(says, found[0], "", remedy, shows=sums)


@mistake(
    name="parameter-never-updated",
    at=At.UPDATE,
    says="{detail}",
    severity=Severity.WARNING,
)
def never_updated(site: UpdateSite) -> Iterator[Variant]:
    """A parameter stays as it is although its gradient is not zero.

    What it means: The prediction depends on this array and the loss would fall if it moved, but no step moves it.

    Why training suffers: The network has fewer free parameters than it seems to have; a layer that stays random can
    at best be worked around by the others.

    How it is detected: The recorded update is exactly zero in all steps, the gradient is not. In scripts: a value
    that is neither data nor trained multiplies, or is added to, what depends on the inputs. An error, if the backward
    pass computes its gradient and no step applies that; a warning, if others of its family (same list, same naming,
    same layer) are trained; a note on a random layer that may be fixed on purpose.

    When it is no fault: Layers that are frozen on purpose (random features, reservoirs, transfer learning).

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 8.1.
    """
    if not np.any(site.update) and np.any(site.gradient):
        yield Variant("it is never updated although the loss depends on it", None, "", "update it as the others are")


@mistake(
    name="weight-decay-gradient-wrong",
    at=At.UPDATE,
    says="the step contains {detail}",
    severity=Severity.NOTE,
)
def decay(site: UpdateSite) -> Iterator[Variant]:
    """The step and the loss do not agree about weight decay.

    What it means: A penalty k/2 w^2 in the loss puts k w into the gradient. Here the step has such a term and the
    loss has none, or the other way round, or the two have different factors.

    Why training suffers: It need not: decay without a penalty in the loss is common. But the loss that is printed is
    not the one that falls, and a decay with the wrong sign lets the weights grow without bound.

    How it is detected: The recorded steps are a combination of the gradient and the parameter itself, to rounding.

    When it is no fault: Decoupled weight decay (AdamW, `w -= rate * decay * w`) is meant so: a note.

    Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1991); Loshchilov and Hutter,
    "Decoupled weight decay regularization" (2019).
    """
    if site.update.size < _ENOUGH:
        return
    if np.any(site.extra):
        yield from _penalty(site)
    found = site.fit(site.gradient, site.parameter)
    if found is not None and found[0]:
        decay = found[1] / found[0]
        severity = None if decay > 0 else Severity.ERROR
        words = "a decay of the weights" if decay > 0 else "a growth of the weights (a decay with the wrong sign)"
        yield Variant(f"{words}, {decay:.6g} w, that is not in the loss", found[0], severity=severity)


def _penalty(site: UpdateSite) -> Iterator[Variant]:
    """The penalty of the loss, in another proportion to the rest than in the loss; `gradient` has it once."""
    found = site.fit(site.gradient - site.extra, site.extra)
    if found is not None and found[0]:
        ratio = found[1] / found[0]
        words = (
            "no gradient of the penalty that the loss has"
            if abs(ratio) < 1e-9
            else (f"{ratio:.6g} times the gradient of the penalty that the loss has")
        )
        yield Variant(words, found[0], severity=Severity.WARNING)


@form_of(name="transposed-gradient", at=At.UPDATE, says="{detail}")
def gradient_transposed(site: UpdateSite) -> Iterator[Variant]:
    """`delta.T @ a` where `a.T @ delta` belongs, in a layer with as many units as inputs."""
    if site.transposed:
        found = site.fit(np.concatenate(site.transposed))
        if found is not None:
            says = "the gradient of the weights is transposed: that of each weight goes to the one across the diagonal"
            yield Variant(says, found[0], "", "swap delta and the input in their product", shows=site.transposed)


@form_of(name="update-wrong-variable", at=At.UPDATE, says="it is moved by the gradient of {detail}")
def gradient_of_another(site: UpdateSite) -> Iterator[Variant]:
    """`W2 -= rate * dW1`: the gradient of another parameter, which happens to have the same shape."""
    for name, steps in site.others:
        found = site.fit(np.concatenate(steps))
        if found is not None:
            yield Variant(name, found[0], "", "move it by its own gradient", shows=steps)
