"""What is said where no known mistake reproduces a wrong step."""

from collections.abc import Iterator

from backproof.gradcheck.mistakes._mistake import At, Variant, mistake


@mistake(
    name="unexplained-wrong-gradient", at=At.NOWHERE, says="the step is not along the gradient of the loss, {detail}"
)
def unexplained(site: object) -> Iterator[Variant]:
    """The step is not along the gradient of the loss, and no known mistake reproduces it.

    What it means: The recorded step differs from minus the gradient by more than a positive factor. None of the
    mistakes that backproof knows, nor a few of them together, gives the same numbers.

    Why training suffers: The loss does not fall along its steepest descent. How much that matters is told by the
    cosine between the step and minus the gradient: 1 is right, 0 is of no use, below 0 the loss rises.

    How it is detected: The step is compared with the gradient that reverse mode finds over the recorded forward pass,
    confirmed by differences; then every mistake of the table is tried, layer by layer from the output down.

    When it is no fault: Rules that are no gradient descent: perceptron, Hebb, evolution, second-order methods,
    clipping.

    Source: Nocedal and Wright, Numerical Optimization (2006), section 2.2.
    """
    yield Variant(
        "and no known mistake reproduces it", None, "", "compare each factor of its gradient with the chain rule"
    )
