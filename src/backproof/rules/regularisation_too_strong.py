"""The weight decay, or the penalty on the weights, is so strong that it forbids the weights that the data ask for.

What it means:
    Each step also takes the weights a little towards zero. They settle where the two pulls balance; with a strong
    decay that is near zero, where the network answers with the mean.

Why training suffers:
    The minimum that is found is one of the penalty, not of the error: training converges, and the fit stays bad.

How it is detected:
    The steps are the gradient plus a multiple of the parameters; more than a tenth of the variance is unexplained; and
    an experiment decides: trained without the decay, the same network leaves half or less of what it leaves with it,
    on samples that it has not learnt from, so that learning noise by heart gains nothing. An error where half of the
    variance or more is left.

When it is no fault:
    A decay that the fit does not suffer from, or that keeps the network from learning noise by heart.

Source:
    Krogh and Hertz, "A simple weight decay can improve generalization" (1991); Goodfellow, Bengio and Courville, Deep
    Learning (2016), section 7.1.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, SCALE, has_learnt, outcome, remaining, share, trial
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, rule

# Of the share with the decay. Measured on samples kept back, luck is within a factor of 2.
HALVED = 0.5
# Half of the variance left is no rough fit any more.
BLOCKS = 0.5

SICK = (
    {"decay": 0.5},
    {"data": "sum", "decay": 0.3, "activation": "relu", "init": "he", "learning_rate": 0.05},
    {"data": "line", "hidden": (), "decay": 2.0, "learning_rate": 0.05},
)
HEALTHY = (
    {"decay": 1e-4},
    {"data": "classes", "output": "sigmoid", "decay": 1e-3, "learning_rate": 1.0},
    {"data": "line", "hidden": (), "noise": 2.0, "decay": 0.01},
)


@rule(
    name="regularisation-too-strong",
    severity=Severity.WARNING,
    needs={Quantity.DECAY, Quantity.UNEXPLAINED},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy(
            "Divide the strength of the decay by a hundred, and raise it only if held-out data ask for it",
            {"decay": 0.0},
        ),
        Remedy("Leave the biases out of it"),
    ),
    explains={"plateau", "vanishing-gradients", "model-too-small", "init-too-small", "too-few-iterations"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def regularisation_too_strong(run: Run) -> Iterator[Symptom]:
    """A decay without which the network fits far better."""
    decays = {where: run.last(Quantity.DECAY, where) or 0.0 for where in run.places(Quantity.DECAY)}
    decaying = {where: decay for where, decay in decays.items() if decay > 0}
    if not decaying or has_learnt(run):
        return
    without = trial(run, Quantity.TRIAL_WITHOUT_DECAY)
    if without.as_is <= ROUGH_FIT or without.changed > HALVED * without.as_is:
        return
    strongest = max(decaying, key=lambda where: decaying[where])
    less = Expected("<", decaying[strongest] / 100, "far less")
    yield Symptom(
        f"the weight decay is too strong: each step adds {decaying[strongest]:.2g} times {strongest} to its gradient "
        f"(per sample), and {share(remaining(run))} of the variance stays unexplained. The same network leaves "
        f"{share(without.as_is)} with the decay and {share(without.changed)} without it ({without.evidence[0].where}; "
        f"{SCALE})",
        (
            *(evidence(run, Quantity.DECAY, where, less) for where in list(decaying)[:4]),
            *without.evidence,
            outcome(run),
        ),
        severity=Severity.ERROR if min(remaining(run), without.as_is) >= BLOCKS else Severity.WARNING,
    )
