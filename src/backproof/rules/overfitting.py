"""The network learns its samples by heart: on data that it does not learn from, the error rises again.

What it means:
    With enough parameters a network can fit the noise of each sample. What it has learnt of the rule that made the
    data is then spoilt by it.

Why training suffers:
    The error on the training data goes on falling, and says nothing any more of what the network is worth on others.

How it is detected:
    The script evaluates the network on data that no step learns from. There the unexplained share was lower in an
    earlier window: by the end it has risen by a quarter or more from its lowest value, is twice as high as on the
    training data, and above a tenth.

When it is no fault:
    A gap between the two that does not widen: all networks fit what they learn from better. A network that is as good
    on the data held out. Where the script evaluates no other data, the rule cannot look, and is skipped.

Source:
    Prechelt, "Early stopping - but when?" (1998); Goodfellow, Bengio and Courville, Deep Learning (2016), sections
    5.2 and 7.8.
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, outcome, remaining, share
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, rule

# Times the lowest share on the data held out. Evaluated on 20 samples or so, shares differ by a tenth from chance.
RISE = 1.25
# Times the share on the training data.
GAP = 2.0

SICK = (
    {"noise": 0.6, "samples": 30, "hidden": (40,), "init": "one", "steps": 12000, "learning_rate": 0.1, "held_out": 40},
    {"data": "line", "noise": 1.5, "samples": 30, "hidden": (40,), "steps": 8000, "learning_rate": 0.1, "held_out": 40},
)
HEALTHY = (
    {"held_out": 40},
    {"data": "line", "hidden": (), "noise": 1.5, "held_out": 40},
    {"data": "classes", "output": "sigmoid", "learning_rate": 1.0, "held_out": 40},
    {"noise": 0.3, "samples": 300, "held_out": 60},
)


@rule(
    name="overfitting",
    severity=Severity.WARNING,
    needs={Quantity.HELD_OUT},
    stage=Stage.OUTCOME,
    remedies=(
        Remedy("Stop where the error on the data held out is lowest, and keep those weights"),
        Remedy("Use more data, fewer hidden units, or weight decay", {"hidden": (4,)}),
    ),
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def overfitting(run: Run) -> Iterator[Symptom]:
    """An error on other data that rises while the network fits its own."""
    for where in run.places(Quantity.HELD_OUT):
        steps, shares = run.series(Quantity.HELD_OUT, where)
        if len(shares) < 2 or not np.all(np.isfinite(shares)):
            continue
        lowest, end, own = int(np.argmin(shares)), float(shares[-1]), remaining(run)
        if end < RISE * shares[lowest] or end < GAP * own or end <= ROUGH_FIT:
            continue
        yield Symptom(
            f"the network learns its samples by heart: on {where}, which no step learns from, the unexplained share is "
            f"lowest after update {steps[lowest]} ({share(float(shares[lowest]))}) and rises to {share(end)}, while it "
            f"comes to {share(own)} on the training data (healthy: both fall together)",
            (
                evidence(run, Quantity.HELD_OUT, where, Expected("<", RISE * float(shares[lowest]), "falling")),
                outcome(run),
            ),
        )
