"""The gradients of a step are added to those of the step before: nothing takes them away in between.

What it means:
    `backward` adds to what is in `parameter.grad` already. Unless that is set back before the next step, each step goes
    along the sum of all gradients since the beginning, and not along that of its own batch.

Why training suffers:
    The sum grows with the number of steps, and the steps with it: like momentum that never fades. The loss falls at
    first, then swings ever wider or bursts; the network goes on in directions that were right long ago.

How it is detected:
    Before each `backward` of the steps that are looked at, the parameters of the optimizer already have a gradient that
    is not zero, and the optimizer has made a step since that gradient came about. It was so in at least nine of ten
    such steps, three at least.

When it is no fault:
    Several backward passes for one step (gradient accumulation, several losses), after which the gradients are taken
    away; gradients that another network's loss leaves behind and that are taken away before they are used.

Source:
    PyTorch's documentation, "Zeroing out gradients in PyTorch" (2024) and `Optimizer.zero_grad`.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import Stage, Symptom, evidence, need, rule

# Of the judged steps: whoever sets them back sets them back for nearly every step.
MOST = 0.9

SICK = ({"fault": "gradients kept"},)
HEALTHY: tuple[dict[str, object], ...] = ({"fault": "gradients taken away"},)


@rule(
    name="gradients-not-reset",
    severity=Severity.ERROR,
    needs={Quantity.CARRIED_GRADIENTS},
    stage=Stage.GRADIENT,
    remedies=(Remedy("Call optimizer.zero_grad() before loss.backward(), in every iteration"),),
    explains=IN_TRAINING,
)
def gradients_not_reset(run: Run) -> Iterator[Symptom]:
    """Steps that all begin with the gradient of the one before."""
    for where in run.places(Quantity.CARRIED_GRADIENTS):
        share = need(run, Quantity.CARRIED_GRADIENTS, where)
        if not MOST <= share <= 1:
            continue
        more, left = result(run)
        yield Symptom(
            f"the gradient of each step is added to those of all steps before ({share:.0%} of the steps that were "
            f"looked at; healthy: none): it is never set back to zero{left}",
            (evidence(run, Quantity.CARRIED_GRADIENTS, where, Expected("==", 0.0, "none")), *more),
            severity=Severity.WARNING if known_to_fit(run) else Severity.ERROR,
        )
