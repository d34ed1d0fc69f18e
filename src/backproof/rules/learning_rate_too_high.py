"""The steps are so long that they overshoot: each makes the loss of its own batch worse.

What it means:
    The gradient points downhill from here. A step along it lowers the loss only while it is shorter than about 2 /
    curvature; a longer one lands higher on the other side.

Why training suffers:
    The loss jumps about, grows without end until it is NaN, or the weights land where the activations are flat, and
    stay there.

How it is detected:
    The gradient is right. Each judged step is replayed on its own batch: most of them make the loss worse, and either
    a tenth of the same step would lower it while the network does not learn (nine tenths of the variance unexplained,
    no longer falling), or the loss grows more than tenfold or until it is NaN. Where an experiment was made, a tenth
    of the rate must end at half the unexplained share or less; then that some steps went uphill is enough.

When it is no fault:
    A large rate that works: a loss that goes up and down and falls all the same. Uphill steps near the minimum, where
    the loss is tiny and rounding or the noise of the batches decides. The first steps of a run that recovers.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 5.1 (the largest rate is 2 over the largest
    curvature); Goodfellow, Bengio and Courville, Deep Learning (2016), section 11.4.1.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Evidence, Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import NOTHING_LEARNT, Trial, left_over, outcome, remaining, share, stuck, trial
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, evidence, rule

# Relative change of the loss: below it rounding may decide, in single precision too.
UPHILL = 1e-3
# Of the judged steps. Reference runs that fit, rates up to .3 and at the edge of stability: at most .4 (seeds 0-3);
# those that diverge: .83 to 1.
MOST = 0.6
# A single overshoot proves nothing; three judged steps are the least that one window gives.
MIN_JUDGED = 3
# Of a run that ends in NaN or infinity there may be no third step on numbers.
MIN_OF_BURST = 2
# Unexplained share with a tenth of the rate, of that with the rate as it is. Reference runs: 46 against .57, NaN
# against .02; luck: within x 2.
FAR_BETTER = 0.5

SICK = (
    {"learning_rate": 3.0},
    {"activation": "relu", "init": "he", "learning_rate": 1.0},
    {"data": "line", "hidden": (), "learning_rate": 4.0, "steps": 300},
)
HEALTHY = (
    {"learning_rate": 0.3},
    {"data": "classes", "output": "sigmoid", "learning_rate": 10.0},
    {"data": "line", "hidden": (), "learning_rate": 1.0, "batch_size": None},
    {"data": "sum", "hidden": (10,) * 3, "activation": "sigmoid", "learning_rate": 1.0, "steps": 10000},
)


@rule(
    name="learning-rate-too-high",
    severity=Severity.ERROR,
    needs={Quantity.BATCH_LOSS_CHANGE, Quantity.BATCH_LOSS_CHANGE_TENTH},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy("Divide the learning rate by ten"),
        Remedy("Average the gradient over the batch instead of summing it", {"loss_reduction": "mean"}),
        Remedy("Clip the gradient, or let the rate rise slowly at first"),
    ),
    explains={"numeric-overflow", "dead-relu", "derivative-rounds-to-zero", "plateau", "non-finite-values"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def learning_rate_too_high(run: Run) -> Iterator[Symptom]:
    """Steps that overshoot, in a run that gets nowhere."""
    change, tenth = _judged(run)
    enough = MIN_JUDGED if np.isfinite(remaining(run)) else MIN_OF_BURST
    if len(change) < enough or not (_explodes(run) or stuck(run, NOTHING_LEARNT)):
        return
    experiment = _experiment(run)
    if experiment is None:
        sick = _overshoots(run, change, tenth)
    else:
        sick = experiment.changed <= FAR_BETTER * experiment.as_is and bool(np.any(change > UPHILL))
    if sick:
        yield _symptom(run, change, experiment)


def _overshoots(run: Run, change: NDArray[np.float64], tenth: NDArray[np.float64]) -> bool:
    """Whether most steps went uphill where shorter ones would not, or until the loss burst."""
    if _explodes(run):
        return float(np.mean(change > UPHILL)) >= MOST
    late = change[len(change) // 2 :]  # a start that jumps may recover
    return float(np.mean(late > UPHILL)) >= MOST and bool(np.median(tenth) < 0)


def _judged(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Changes by the whole step and by a tenth of it; a loss that became NaN or infinite went uphill."""
    both = []
    for quantity in (Quantity.BATCH_LOSS_CHANGE, Quantity.BATCH_LOSS_CHANGE_TENTH):
        _, values = run.series(quantity, "loss")
        both.append(np.where(np.isfinite(values), values, np.inf))
    return both[0], both[1]


def _explodes(run: Run) -> bool:
    """Whether the loss ended as no number, or above ten times where predicting the mean would be and where it began."""
    _, loss = run.series(Quantity.LOSS, "loss")
    if not len(loss):
        return not np.isfinite(remaining(run))
    return not np.isfinite(loss[-1]) or (loss[-1] > 10 * loss[0] and remaining(run) > 1)


def _experiment(run: Run) -> Trial | None:
    """The one with a tenth of the rate; None where there is none, or where both burst, which says nothing."""
    try:
        experiment = trial(run, Quantity.TRIAL_TENTH_RATE)
    except NotObserved:
        return None
    return experiment if np.isfinite(experiment.changed) or np.isfinite(experiment.as_is) else None


def _symptom(run: Run, change: NDArray[np.float64], experiment: Trial | None) -> Symptom:
    rate = run.structure.learning_rate
    uphill = change[change > UPHILL]
    worst = np.max(uphill[np.isfinite(uphill)], initial=0.0)
    proof = ""
    if experiment is not None:
        proof = (
            f". With a tenth of the rate the same network leaves {share(experiment.changed)} of the variance "
            f"unexplained{_against(experiment)}"
        )
    return Symptom(
        f"the learning rate{'' if rate is None else f' of {rate:g}'} is too high: {len(uphill)} of {len(change)} "
        "judged steps made the loss of their own batch "
        f"worse{f', up to {1 + worst:.3g} times' if worst > 0 else ''} (healthy: few, and none by much), the "
        f"gradient being right, and {left_over(run)}{proof}",
        (*_changes(run), outcome(run), *(experiment.evidence if experiment else ())),
    )


def _against(experiment: Trial) -> str:
    if np.isfinite(experiment.as_is):
        return f", against {share(experiment.as_is)}"
    return "; as it is, it ends in NaN or infinity"


def _changes(run: Run) -> tuple[Evidence, ...]:
    downhill = Expected("<", 0.0, "each step lowers the loss of its own batch")
    both = (Quantity.BATCH_LOSS_CHANGE, Quantity.BATCH_LOSS_CHANGE_TENTH)
    return tuple(evidence(run, quantity, "loss", downhill) for quantity in both)
