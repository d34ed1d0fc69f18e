"""The gradient is small because the loss is at its minimum: nothing is wrong.

What it means:
    At a minimum the gradient is zero, so on the way there it becomes small, in every layer alike. That is what
    training is for; the gradient does not "vanish".

Why training suffers:
    It does not. Further steps change little because there is little left to gain.

How it is detected:
    The gradient has fallen to a hundredth of the first one, or below, and what is left to learn is at most a
    twentieth of the variance of the targets; or the network has one layer only and a convex loss, whose only
    stationary points are minima; or three trainings from new initial weights end no better, so that what is left is
    noise.

When it is no fault:
    Never a fault, always a note. It is told from `vanishing-gradients` by the loss (there it stays where it was, and
    the gradient is small in the first layers only) and from `plateau` by the other start (there it ends far lower).

Source:
    Bishop, Pattern Recognition and Machine Learning (2006), section 5.2.1; the Stack Exchange question "How do I
    stop the gradient from vanishing?" on one tanh neuron and y = 2x (the answer: it converges as designed).
"""

from collections.abc import Iterator

from backproof.findings import Expected, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._learning import fits, left_over, outcome, remaining, share, stuck, trial
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, evidence, need, rule

# Of the first gradient. Reference runs that fit after 3,000 steps have .001 to .09; below a hundredth people begin to
# ask whether it vanishes (the asker's own: from .1 to .0005).
SMALL = 0.01
# A start whose error is within a fifth of this one found no better minimum, given the scatter of short trainings.
NO_BETTER = 0.8
# Other starts. XOR with two ReLU units hangs from 32 of 40 (reference run): one that does no better proves nothing.
STARTS = 3
# Where half or more is left, all starts may share an ailment: XOR hangs at .5 and .67.
HALF = 0.5
CONVEX_LOSSES = {
    "linear": ("squared_error",),
    "sigmoid": ("binary_cross_entropy",),
    "softmax": ("categorical_cross_entropy",),
}

SICK = (
    {"data": "double", "hidden": (), "output": "tanh", "learning_rate": 1.0, "batch_size": None, "steps": 10000},
    {"data": "line", "hidden": (), "noise": 2.0, "batch_size": None, "steps": 1000},
)
HEALTHY = (
    {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid", "output": "sigmoid"},
    {"activation": "relu", "init": "he", "bias_init": -20.0},
)


@rule(
    name="converged",
    severity=Severity.NOTE,
    needs={Quantity.RELATIVE_GRADIENT},
    stage=Stage.REPORTING,
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def converged(run: Run) -> Iterator[Symptom]:
    """A small gradient where there is nothing left to learn."""
    gradient = need(run, Quantity.RELATIVE_GRADIENT, "parameters")
    if not gradient <= SMALL:
        return
    reason = _reason(run)
    if reason:
        seen = evidence(run, Quantity.RELATIVE_GRADIENT, "parameters", Expected("<=", SMALL, "small at a minimum"))
        yield Symptom(
            f"converged: the gradient is down to {gradient:.1g} of the first one because the loss is at its minimum, "
            f"not because it vanishes: {reason}",
            (seen, outcome(run)),
        )


def _reason(run: Run) -> str | None:
    if fits(run):
        return left_over(run)
    if _convex(run.structure) and stuck(run, 0.0):
        return f"a network of one layer with this loss has no other; {left_over(run)}, and no weights do better"
    try:
        other = trial(run, Quantity.TRIAL_RESTARTED)
    except NotObserved:
        return None
    # Where little is learnt from any start, all may suffer from the same ailment: that is no proof of noise.
    alike = other.repeats >= STARTS and other.best >= NO_BETTER * remaining(run)
    if alike and stuck(run, 0.0) and remaining(run) < HALF:
        return f"{left_over(run)}, and {other.repeats} other starts do no better (best: {share(other.best)})"
    return None


def _convex(structure: Structure) -> bool:
    """One layer whose activation and loss make the loss convex in the weights, with a range that holds the targets."""
    if len(structure.layers) != 1 or structure.loss is None:
        return False
    losses = CONVEX_LOSSES.get(structure.layers[0].activation or "", ())
    return any(structure.loss.endswith(loss) for loss in losses)
