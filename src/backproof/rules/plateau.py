"""Training stands still far from a good fit, where the same network from another start gets much further.

What it means:
    The weights sit in a local minimum, at a saddle, or on a flat stretch of the loss: the gradient is right and
    small, and no step in its direction leads on. XOR with two hidden sigmoids ends so in about every fourth training.

Why training suffers:
    Gradient descent goes downhill only. From here there is no way down that it can see.

How it is detected:
    A fifth or more of the variance is unexplained and no longer falls, and two experiments decide: the same training
    from the recorded start ends no better, from new initial weights it ends at a third or less. So it is the start:
    neither the time given, nor the data, nor the network's size.

When it is no fault:
    Noise in the data: every start ends alike (`converged`). A run that was merely short: the same training from the
    same start goes on falling. A gradient that is small in the first layers only is `vanishing-gradients`.

Source:
    Rumelhart, Hinton and Williams, "Learning internal representations by error propagation" (1986), on XOR;
    Goodfellow, Bengio and Courville, Deep Learning (2016), section 8.2; Dauphin et al., "Identifying and attacking
    the saddle point problem", NeurIPS 2014.
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import SCALE, outcome, remaining, share, stuck, trial
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, rule

# A fifth of the variance: what noise or a small network often leave, and below what a hanging XOR can.
FAR_FROM_FIT = 0.2
# Measured (XOR, 2 hidden sigmoids, seeds 0-39): 10 hang, at .5 or above, the others end at .002; runs of other tasks
# that do not hang end within a factor of 2 of each other.
FAR_BETTER = 1 / 3
# Repeated from its own start it must end near where it ended, or the run was too short or unlucky in its batches.
REPEATED = 0.7
# Two fifths left: XOR with two of four samples wrong has .5.
BLOCKS = 0.4

SICK = (
    {"data": "xor", "hidden": (2,), "activation": "sigmoid", "output": "sigmoid", "init": "one", "learning_rate": 2.0,
     "steps": 10000, "seed": 2},
)  # fmt: skip
HEALTHY = (
    {"data": "line", "hidden": (), "noise": 3.0, "learning_rate": 0.01},
    {"data": "xor", "hidden": (8,), "output": "sigmoid", "learning_rate": 1.0, "steps": 5000},
    {"data": "sine", "noise": 0.7},
)


@rule(
    name="plateau",
    severity=Severity.WARNING,
    needs={Quantity.UNEXPLAINED},
    stage=Stage.OUTCOME,
    remedies=(
        Remedy("Start from other initial weights (another seed), several times, and keep the best", {"seed": 1}),
        Remedy("Use more hidden units: with some to spare, few starts hang"),
        Remedy("Use momentum or Adam, which carry over flat stretches", {"optimizer": "adam"}),
    ),
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def plateau(run: Run) -> Iterator[Symptom]:
    """A halt that another start does not share."""
    left = remaining(run)
    if not np.isfinite(left) or not stuck(run, FAR_FROM_FIT):
        return
    other = trial(run, Quantity.TRIAL_RESTARTED)
    if other.as_is < REPEATED * left or other.best > FAR_BETTER * left:
        return
    seen = (evidence(run, Quantity.RELATIVE_GRADIENT, "parameters", Expected(">", 0.0)),)
    yield Symptom(
        f"training stands still with {share(left)} of the variance of the targets unexplained ({SCALE}): the same "
        f"network trained alike ends at {share(other.as_is)} from this start and at {share(other.best)} from "
        "other initial weights, so it hangs in a local minimum or on a flat stretch",
        (outcome(run), *(seen if seen[0].values else ()), *other.evidence),
        severity=Severity.ERROR if left >= BLOCKS else Severity.WARNING,
    )
