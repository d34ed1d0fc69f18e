"""The loss goes up and down from step to step and does not come down further: the steps are too long for the last part.

What it means:
    The network has learnt the rough shape, and now every step jumps from one side of the valley to the other, or from
    what suits one sample to what suits the next.

Why training suffers:
    It stays at a height that is set by the length of the steps, not by what the network could do.

How it is detected:
    More than a tenth of the variance is unexplained; over the last recorded steps the loss on all data swings by a
    tenth or more, or judged steps go uphill on their own batch where a tenth of the step goes down; and an experiment
    decides: with a tenth of the rate the same network ends at half of what is left, or less.

When it is no fault:
    A loss that goes up and down and has come down all the same; noise of small batches near the minimum, where
    shorter steps gain nothing. Where nothing at all is learnt, or the loss grows without end, it is
    `learning-rate-too-high`.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 5.1; Bottou, "Stochastic gradient descent
    tricks" (2012), on the noise ball and decreasing rates.
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Evidence, Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import NOTHING_LEARNT, SCALE, has_learnt, outcome, remaining, share, trial
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, rule

# Largest over smallest loss on all data over the last steps; runs that have settled have 1.00 to 1.05.
SWINGS = 1.1
# Relative change of the batch's loss: below it rounding may decide, in single precision too.
UPHILL = 1e-3
# Of what is left, with a tenth of the rate. Paired trials that differ in luck only come within a factor of 2.
HALVED = 0.5

SICK = ({"output": "tanh", "learning_rate": 2.0, "batch_size": 1, "steps": 1000},)
HEALTHY = (
    {"learning_rate": 0.3},
    {"data": "classes", "output": "sigmoid", "learning_rate": 10.0},
    {"noise": 0.5, "batch_size": 1, "learning_rate": 0.01},
    {"data": "line", "hidden": (), "learning_rate": 1.0, "batch_size": None},
)


@rule(
    name="loss-oscillates",
    severity=Severity.WARNING,
    needs={Quantity.UNEXPLAINED, Quantity.TRIAL_TENTH_RATE},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy("Divide the learning rate by ten, or let it fall in the course of the training", {"learning_rate": 0.1}),
        Remedy("Use larger batches: their gradients differ less"),
    ),
    explains={"too-few-iterations", "plateau", "model-too-small"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def loss_oscillates(run: Run) -> Iterator[Symptom]:
    """A loss that swings at a height that shorter steps would leave."""
    left = remaining(run)
    if has_learnt(run) or not left < np.inf:
        return
    swing, uphill = run.last(Quantity.LOSS_SWING, "loss"), _uphill(run)
    if not ((swing is not None and swing >= SWINGS) or uphill):
        return
    tenth = trial(run, Quantity.TRIAL_TENTH_RATE)
    if tenth.changed > HALVED * min(left, tenth.as_is):
        return
    rate = run.structure.learning_rate
    yield Symptom(
        f"the loss oscillates{_how(swing, uphill)} and {share(left)} of the variance stays unexplained: the learning "
        f"rate{'' if rate is None else f' of {rate:g}'} is too high for what is left to learn. With a tenth of it the "
        f"same network comes to {share(tenth.changed)}, against {share(tenth.as_is)} ({SCALE})",
        (*_seen(run), *tenth.evidence, outcome(run)),
        severity=Severity.ERROR if left >= NOTHING_LEARNT else Severity.WARNING,
    )


def _uphill(run: Run) -> int:
    """How many judged steps went uphill where a tenth of the step went down."""
    _, whole = run.series(Quantity.BATCH_LOSS_CHANGE, "loss")
    _, tenth = run.series(Quantity.BATCH_LOSS_CHANGE_TENTH, "loss")
    return int(np.sum((whole > UPHILL) & (tenth < 0))) if len(whole) == len(tenth) else 0


def _how(swing: float | None, uphill: int) -> str:
    if swing is not None and swing >= SWINGS:
        return f" (over the last recorded steps the largest is {swing:.2g} times the smallest; healthy: about 1)"
    return f" ({uphill} judged steps went uphill where a tenth of the step goes down; healthy: none)"


def _seen(run: Run) -> tuple[Evidence, ...]:
    calm = evidence(run, Quantity.LOSS_SWING, "loss", Expected("<", SWINGS, "about 1"))
    return (calm, evidence(run, Quantity.BATCH_LOSS_CHANGE, "loss", Expected("<", 0.0, "downhill")))
