"""The error that the program prints is not the loss that its gradient follows: it looks done, and it is not.

What it means:
    Training lowers one number, and another one is printed as the error: that of the last row only, a mean in which
    positive and negative errors cancel, a value from before the loop. It may fall to nothing while the predictions
    stay wrong.

Why training suffers:
    It does not; whoever watches it does. Training is stopped early, or a fault is looked for in the predictions,
    because "the error is 2e-6".

How it is detected:
    Both numbers at the same steps. The printed one falls to a hundredth of its first value or below, and stays there,
    while the followed one does not fall nearly as much (not even with the power 3 between them: squares and roots of
    the same thing are no fault) and a tenth or more of the variance is unexplained. Or, with as much unexplained, all
    that is printed is a sum of signed errors that shows half or less of their sizes. Or the steps follow
    cross-entropy, and the computed loss is, to rounding and in all compared steps, the one with its two logarithms
    exchanged.

When it is no fault:
    Another sensible monitor: the sum for the mean, half the square, MAE or RMSE for MSE, cross-entropy beside a
    squared error, accuracy or the count of errors, a validation error. The error of one random sample, as stochastic
    training prints it, goes up and down with the sample.

Source:
    a Stack Exchange question on a table of six rows (error 2.02248e-06, which cannot be the mean while two of the
    rows are wrong).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, later, left_over, outcome, remaining
from backproof.rules._rule import Stage, Symptom, evidence, place_of, rule

# "It looks done": a fall that nobody takes for a halt.
LOOKS_DONE = 0.01
# Printed ~ followed**power: MSE beside MAE has 2, RMSE beside MSE 1/2. No monitor in use is the cube of a loss.
POWER = 3.0
# Of the sizes of the errors, in a sum of signed ones: then at least a quarter of them goes against the others.
CANCELS = 0.5
# Windows of the later half in which it must look done. The whole data leaves nothing to chance; the squared error of a
# random sample is below a hundredth of the mean in 8 % of the cases (normal errors), 3 in a row once in 2,000 runs.
WINDOWS, WINDOWS_SAMPLED = 2, 3

XOR = {
    **{"data": "xor", "hidden": (2,), "activation": "relu", "init": "he"},
    **{"learning_rate": 0.3, "steps": 5000, "batch_size": None, "printed": "last"},
}
SICK = ({**XOR, "seed": 2}, {**XOR, "seed": 10}, {**XOR, "seed": 16})
HEALTHY = (
    *(
        {"data": "classes", "output": "sigmoid", "printed": kind}
        for kind in ("sum", "mae", "rmse", "accuracy", "wrong")
    ),
    {"printed": "mae"},
    {"printed": "sum", "hidden": (1,)},
    {"printed": "last", "batch_size": None, "noise": 0.5},
    {**XOR, "printed": "mean", "seed": 2},
)


@rule(
    name="loss-computed-wrongly",
    severity=Severity.ERROR,
    needs={Quantity.PRINTED_LOSS, Quantity.FOLLOWED_LOSS},
    stage=Stage.REPORTING,
    remedies=(Remedy("Print the average over all samples of the loss whose gradient is taken"),),
)
def loss_computed_wrongly(run: Run) -> Iterator[Symptom]:
    """A printed error that looks done beside a followed one that is not."""
    if remaining(run) < ROUGH_FIT:
        return
    for where in run.places(Quantity.PRINTED_LOSS):
        printed, followed = _both(run, where)
        if not len(printed):
            continue
        if _cancels(run, where) or (_looks_done(run, printed, followed) and not _counts(run, printed)):
            yield _symptom(run, where, float(printed[-1]), float(followed[-1]))


def _cancels(run: Run, where: str) -> bool:
    """Whether the errors in what is printed are of either sign and next to nothing is left of them in the end."""
    kept = run.last(Quantity.PRINTED_CANCELS, where)
    return kept is not None and kept <= CANCELS


def _both(run: Run, where: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Magnitudes of the printed and the followed loss at the steps where both were seen."""
    steps, printed = run.series(Quantity.PRINTED_LOSS, where)
    beside = where if where in run.places(Quantity.FOLLOWED_LOSS) else (*run.places(Quantity.FOLLOWED_LOSS), where)[0]
    steps_followed, followed = run.series(Quantity.FOLLOWED_LOSS, beside)
    _, i, j = np.intersect1d(steps, steps_followed, return_indices=True)
    return np.abs(printed[i]), np.abs(followed[j])


def _looks_done(run: Run, printed: NDArray[np.float64], followed: NDArray[np.float64]) -> bool:
    size, samples = run.structure.batch_size, run.structure.samples
    sampled = size is not None and samples is not None and size < samples
    ends = later(printed)
    usable = np.isfinite(printed).all() and np.isfinite(followed).all() and printed[0] > 0 and followed[0] > 0
    if not usable or len(ends) < (WINDOWS_SAMPLED if sampled else WINDOWS):
        return False
    fall, fall_followed = ends.max() / printed[0], later(followed).min() / followed[0]
    return bool(fall <= LOOKS_DONE and fall < fall_followed**POWER)


def _counts(run: Run, printed: NDArray[np.float64]) -> bool:
    """Whether it counts samples (or is a share of them): the number of errors may well be 0 before the loss is."""
    counts = printed * (run.structure.samples or 1)
    return bool(np.allclose(counts, np.round(counts), rtol=0, atol=1e-6) and (len(set(counts.tolist())) > 1))


def _symptom(run: Run, where: str, printed: float, followed: float) -> Symptom:
    beside = where if where in run.places(Quantity.FOLLOWED_LOSS) else run.places(Quantity.FOLLOWED_LOSS)[0]
    kept = run.last(Quantity.PRINTED_CANCELS, where)
    why = (
        "Is it the error of one row, or a sum in which errors cancel?"
        if kept is None
        else f"It is a sum of errors with their signs, of which {kept:.2g} of their sizes is left: square them first"
    )
    return Symptom(
        f"the printed error ({printed:.3g}) is not the loss that the gradient follows ({followed:.3g}): it looks "
        f"done, but {left_over(run)}. {why}",
        (
            evidence(run, Quantity.PRINTED_LOSS, where, Expected("==", followed, "proportional to the followed loss")),
            *([evidence(run, Quantity.PRINTED_CANCELS, where)] if kept is not None else []),
            evidence(run, Quantity.FOLLOWED_LOSS, beside),
            outcome(run),
        ),
        where=(run.structure.printed_loss or place_of(run, where),),
    )
