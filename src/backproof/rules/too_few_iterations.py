"""The run ends while the network is still learning: more steps of the same kind take it much further.

What it means:
    Gradient descent comes closer with every step, and here it was stopped on the way: a handful of epochs, or a loop
    that counts samples where epochs were meant.

Why training suffers:
    What the last steps still gained, more steps would have gained as well. The network is not wrong, it is unfinished.

How it is detected:
    More than a tenth of the variance is unexplained, and an experiment decides: carried on from the recorded end with
    the same rate, for up to nine times as many steps (500 at least), the share falls to half or less. Less is
    unexplained at the end than in the first window: a run that only got worse is not stopped too soon.

When it is no fault:
    A run that has learnt enough, however short: a tenth is left, or a quarter where the answers are classes. Noise:
    the same network does no better on samples kept back. A single step, or two, which show how the chain rule goes.
    One that stands still when it is carried on: that is `converged` (noise is left), `plateau` (another start gets
    further) or `model-too-small`. A gradient that dies in the first layers is `vanishing-gradients`, units at the flat
    end of their activation are `saturated-units`. Where the steps are so short that the rate may be raised tenfold or
    more, that is the cheaper cure: `learning-rate-too-low`.

Source:
    Goodfellow, Bengio and Courville, Deep Learning (2016), sections 7.8 and 11.4.1; Prechelt, "Early stopping - but
    when?" (1998).
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import (
    NOTHING_LEARNT,
    ROUGH_FIT,
    SCALE,
    change_later,
    has_improved,
    has_learnt,
    is_noise,
    outcome,
    remaining,
    share,
    trial,
    updates,
)
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, rule

# Of the share at the run's end. Paired trials that differ in luck only come within a factor of 2 of each other.
HALVED = 0.5
# What is left may rise for a while; where it doubles over the later half, the run is not stopped too soon.
WORSE = 1.0
# Updates: whoever makes one or two shows how a step goes and does not train.
DEMONSTRATION = 2

SICK = (
    {"steps": 40},
    {"data": "classes", "output": "sigmoid", "activation": "sigmoid", "learning_rate": 0.5, "steps": 20},
    {"data": "line", "hidden": (), "learning_rate": 0.1, "steps": 6},
)
HEALTHY = (
    {"data": "classes", "output": "sigmoid", "learning_rate": 3.0, "steps": 200},
    {"data": "line", "hidden": (), "learning_rate": 0.5, "steps": 60},
    {"data": "line", "hidden": (), "noise": 3.0, "learning_rate": 0.1, "steps": 300},
    {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid", "steps": 1000},
)


@rule(
    name="too-few-iterations",
    severity=Severity.WARNING,
    needs={Quantity.UNEXPLAINED, Quantity.TRIAL_LONGER},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy(
            "Train for ten times as many steps, or until the error on held-out data no longer falls", {"steps": 3000}
        ),
        Remedy("Use Adam or momentum, which get there in fewer steps", {"optimizer": "adam"}),
    ),
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def too_few_iterations(run: Run) -> Iterator[Symptom]:
    """A run that goes on learning when it is carried on."""
    if has_learnt(run) or _demonstrates(run) or not np.isfinite(remaining(run)) or not run.finished:
        return
    course = change_later(run)
    if (course is not None and course > WORSE) or not has_improved(run):
        return
    longer = trial(run, Quantity.TRIAL_LONGER)
    goes_on = ROUGH_FIT < longer.as_is < np.inf and longer.changed <= min(HALVED * longer.as_is, NOTHING_LEARNT)
    if not goes_on or _short_steps(run) or is_noise(run):
        return
    yield Symptom(
        f"the run stops after {updates(run)} while it is still learning: it leaves {share(longer.as_is)} of "
        f"the variance unexplained, and carried on with the same rate, for up to nine times as long (500 updates at "
        f"least), it comes to {share(longer.changed)} ({SCALE})",
        (*longer.evidence, outcome(run)),
    )


def _demonstrates(run: Run) -> bool:
    return run.total_steps is not None and run.total_steps <= DEMONSTRATION


def _short_steps(run: Run) -> bool:
    """Whether a raised rate does as well: then it is the rate."""
    try:
        raised = trial(run, Quantity.TRIAL_RAISED_RATE)
    except NotObserved:
        return False
    return raised.changed <= HALVED * raised.as_is
