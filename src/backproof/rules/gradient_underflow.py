"""Gradients are smaller than the numbers that their type can hold: they lose their digits, or become 0.

What it means:
    Half precision (float16) has no normal number below 6.1e-5 and none at all below 6e-8, single precision none below
    1.2e-38. A gradient that is smaller keeps few digits, or none.

Why training suffers:
    What has become 0 moves no weight. Deep layers, whose gradients are small, stop first; the loss then stays where it
    is although the formulas are right.

How it is detected:
    The parameters are of a short type, and at least half of the entries of an exact gradient (worked out in double
    precision) that are not 0 lie below the smallest normal number of that type, while a tenth or more of the variance
    is unexplained and no longer falls.

When it is no fault:
    A network that fits: at the minimum every gradient is small. Units that are dead or saturated: their exact gradient
    is 0 (`dead-relu`, `derivative-rounds-to-zero`). Gradients that vanish in double precision too are
    `vanishing-gradients`; both may be true.

Source:
    Micikevicius et al., "Mixed precision training", ICLR 2018: loss scaling; IEEE Standard 754-2019.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, left_over, outcome, stuck
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, need, rule

# Half of the gradient's entries: the parameter as a whole cannot follow any more.
LOST = 0.5

SICK = ({"half": True, "data": "sum", "hidden": (10,) * 7, "activation": "sigmoid"},)
HEALTHY: tuple[dict[str, object], ...] = ({"half": True}, {"data": "sum", "hidden": (10,) * 7, "activation": "tanh"})


@rule(
    name="gradient-underflow",
    severity=Severity.ERROR,
    needs={Quantity.GRADIENT_UNDERFLOW},
    stage=Stage.DYNAMICS,
    remedies=(
        Remedy("Train in single precision (float32)"),
        Remedy("Multiply the loss by 1024 or so before going back, and divide the gradient by it afterwards"),
    ),
    explains={"plateau"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def gradient_underflow(run: Run) -> Iterator[Symptom]:
    """Parameters whose gradient is mostly below the normal numbers of their type."""
    if not stuck(run, ROUGH_FIT):
        return
    shares = {where: need(run, Quantity.GRADIENT_UNDERFLOW, where) for where in run.places(Quantity.GRADIENT_UNDERFLOW)}
    lost = {where: share for where, share in shares.items() if LOST <= share <= 1}
    if not lost:
        return
    worst = max(lost, key=lambda where: lost[where])
    least = run.last(Quantity.SMALLEST_NORMAL, worst)
    below = f" {least:.2g}," if least is not None else ""
    yield Symptom(
        f"{lost[worst]:.0%} of the gradient of {worst} lies below{below} the smallest normal number of its type, and "
        f"loses its digits or becomes 0; {left_over(run)}",
        (
            *(evidence(run, Quantity.GRADIENT_UNDERFLOW, where, Expected("<", LOST, "0")) for where in lost),
            outcome(run),
        ),
    )
