"""Mistakes on the way back through the weights."""

from collections.abc import Iterator

import numpy as np

from backproof.gradcheck.mistakes._mistake import At, GateSite, LinkSite, Variant, form_of, mistake


@mistake(
    name="upstream-gradient-dropped",
    at=At.LINK,
    says="delta goes back without the weights of the layer above: {detail}",
)
def without_weights(site: LinkSite) -> Iterator[Variant]:
    """Delta is passed to the layer below without the weights between them.

    What it means: A hidden unit is to blame for the error of an output to the extent of the weight that connects
    them: its share is the sum of delta times weight over the units above. The weights are left out of that sum.

    Why training suffers: Units with a negative weight are pushed in the wrong direction, all others by the wrong
    amount.

    How it is detected: The reverse sweep with ones (or the identity) in the place of the weights reproduces the
    recorded steps of all layers below to rounding.

    When it is no fault: A skip connection has a fixed weight of one; it is part of the recorded forward pass and
    judged as such.

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986), equation 7.
    """
    remedy = "multiply by the weights of the layer above, transposed"
    yield Variant("each unit gets the plain sum of the deltas above", np.ones_like(site.before), "", remedy)
    if site.before.ndim == 2 and min(site.before.shape) > 1:
        identity = np.eye(*site.before.shape)
        yield Variant("each unit gets the delta of the unit with the same number", identity, "", remedy)


@mistake(
    name="transposed-gradient", at=At.LINK, says="delta goes back through the weights the wrong way round: {detail}"
)
def transposed(site: LinkSite) -> Iterator[Variant]:
    """A transpose is missing, or one too many, where delta goes back through the weights.

    What it means: If the forward pass computes x @ W, the way back is delta @ W.T. In a layer with as many units as
    inputs the shapes fit without the transpose, too, and nothing complains.

    Why training suffers: Each unit gets the blame of another one.

    How it is detected: The reverse sweep with the weights transposed reproduces the recorded steps of all layers
    below to rounding.

    When it is no fault: A symmetric weight matrix makes no difference, and nothing is reported.

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5.2.
    """
    if site.before.ndim == 2 and site.before.shape[0] == site.before.shape[1] > 1:
        yield Variant("the transpose is missing", site.before.T, "", "transpose the weights on the way back")


@mistake(name="weights-updated-before-used", at=At.LINK, says="delta goes back through {detail}")
def already_updated(site: LinkSite) -> Iterator[Variant]:
    """The weights of a layer are updated before delta has gone back through them.

    What it means: The gradient of a step belongs to the weights with which the prediction was made. Here the layer
    above is updated first, and its new weights are used for the layer below.

    Why training suffers: Little, at a small rate: the two differ by one step. At a large rate the lower layers
    follow a network that has not been tried yet; and the gradient fails every exact check.

    How it is detected: The reverse sweep through the weights as they are after the step reproduces the recorded
    steps of the layers below to rounding, the one through the old weights does not.

    When it is no fault: Block coordinate descent updates layers one after the other on purpose, with a new forward
    pass in between.

    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 2 (all gradients first, then the update).
    """
    if site.after is not None:
        detail = "weights that this step has already updated"
        yield Variant(detail, site.after, "", "compute all gradients first, then update")


@form_of(name="wrong-operand-in-chain", at=At.LINK, says="delta goes back through {detail}")
def weights_of_another_layer(site: LinkSite) -> Iterator[Variant]:
    """An index that is off by one: the weights of another layer, which happen to have the same shape."""
    for detail, values in site.others:
        yield Variant(detail, values, "", "use the weights between this layer and the one above")


@mistake(name="bptt-truncated", at=At.LINK, says="the gradient does not go back through time: {detail}")
def not_through_time(site: LinkSite) -> Iterator[Variant]:
    """The gradient of a recurrent network stops at the current moment.

    What it means: The state at a moment depends on the state before, so the error goes back through all moments. Here
    it stops: every moment is treated as if the state before it were a constant.

    Why training suffers: The recurrent weights learn only what the next moment shows. Nothing that matters later than
    one step ahead can be learnt.

    How it is detected: The reverse sweep without the way back through the recurrent weights reproduces the recorded
    steps to rounding.

    When it is no fault: Truncation is common and often meant, where sequences are long; then it should be said.

    Source: Williams and Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories" (1990); Werbos, "Backpropagation through time" (1990).
    """
    if site.recurrent:
        remedy = "pass the gradient on to the state before, through the recurrent weights"
        yield Variant("the state before is taken for a constant", np.zeros_like(site.before), "", remedy)


@form_of(name="missing-error-term", at=At.LINK, says="{detail}")
def one_way_missing(site: LinkSite) -> Iterator[Variant]:
    """Several outputs share a layer, and the error of one of them is not passed back to it."""
    if site.alone and not site.recurrent:
        says = "what comes back through one of the weights above is left out"
        yield Variant(says, np.zeros_like(site.before), "", "add up what comes back from all units above")


@form_of(name="missing-activation-derivative", at=At.GATE, says="{detail}")
def without_mask(site: GateSite) -> Iterator[Variant]:
    """The mask of the forward pass (dropout) is not applied on the way back."""
    says = "the mask that multiplies the activation in the forward pass is missing on the way back"
    yield Variant(says, np.ones_like(site.mask), "", "multiply by the same mask on the way back")
    yield Variant(says + " (its scale is there)", np.full_like(site.mask, site.mask.max()), says, rare=True)
