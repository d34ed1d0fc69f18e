"""The units of a hidden layer began alike and stay alike: however many there are, they do the work of one.

What it means:
    Two units with the same incoming and the same outgoing weights give the same output and get the same gradient.
    After the step they are equal again, and so for ever. All weights zero, or all set to one constant, make such a
    layer; with zeros and tanh or ReLU even the gradient of the weights is zero.

Why training suffers:
    The layer can express what one unit could. XOR, a circle or a sine need several units that differ.

How it is detected:
    At the start and in all later windows at least half of the units of a hidden layer have the incoming weights of
    another one, to rounding; more than a tenth of the variance is unexplained; and an experiment does not contradict:
    of the same network from new weights, where that was trained, the best ends at half of what is left or less.

When it is no fault:
    One layer only (linear or logistic regression), a hidden layer of one unit, an output layer of zeros: nothing stays
    equal there. A first window in which the units are equal and a later one in which they are not. A task that a
    single unit can do. A small gradient from units that differ is `plateau` or `vanishing-gradients`.

Source:
    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986), on breaking the
    symmetry; Goodfellow, Bengio and Courville, Deep Learning (2016), section 8.4.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._learning import Trial, has_learnt, left_over, outcome, remaining, share, trial
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, evidence, rule

# Of a layer's units. Random weights make none equal; half of the layer is no chance pair.
MOST = 0.5
# Of what is left: what the best of other starts has to come to where it was tried; luck is within a factor of 2.
HALVED = 0.5

SICK = (
    {"data": "xor", "hidden": (4,), "activation": "sigmoid", "output": "sigmoid", "init": "fixed", "learning_rate": 2.0,
     "steps": 4000},
    {"data": "sum", "init_scale": 0.0, "steps": 1000},
    {"data": "xor", "hidden": (4, 4), "output": "sigmoid", "init": "fixed", "learning_rate": 1.0, "steps": 2000},
)  # fmt: skip
HEALTHY = (
    {"data": "line", "hidden": (), "init_scale": 0.0},
    {"data": "line", "hidden": (1,), "activation": "relu", "init": "fixed", "learning_rate": 0.05},
    {"init": "uniform"},
    {"data": "classes", "output": "sigmoid", "hidden": (6,), "learning_rate": 1.0},
)


def _has_hidden(structure: Structure) -> bool:
    return not structure.layers or len(structure.layers) > 1


@rule(
    name="zero-initialisation",
    severity=Severity.ERROR,
    needs={Quantity.EQUAL_UNITS},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy(
            "Draw the initial weights at random: rng.normal(0, sqrt(2 / (inputs + units)), shape)", {"init": "glorot"}
        ),
    ),
    explains={"plateau", "vanishing-gradients", "dead-relu", "too-few-iterations", "model-too-small"},
    if_gradient_wrong=IfGradientWrong.CONSEQUENCE,
    applies=_has_hidden,
)
def zero_initialisation(run: Run) -> Iterator[Symptom]:
    """Layers whose units stay equal, in a network that does not fit."""
    found = [where for where in run.places(Quantity.EQUAL_UNITS) if _always(run, where)]
    if not found or has_learnt(run):
        return
    tried = list(_tried(run))
    best = min((other.best for other in tried), default=None)
    if best is not None and best > HALVED * remaining(run):
        return
    shares = [evidence(run, Quantity.EQUAL_UNITS, where, Expected("<", MOST, "0: all differ")) for where in found]
    proof = "" if best is None else f"; the same network from random weights comes to {share(best)}"
    yield Symptom(
        f"the units of {', '.join(found)} began with the same weights and are equal still ({shares[0].values[-1]:.0%} "
        f"of them have a twin), so the layer does the work of one unit, and {left_over(run)}{proof}",
        (*shares, outcome(run), *(seen for other in tried[:1] for seen in other.evidence)),
    )


def _always(run: Run, where: str) -> bool:
    _, shares = run.series(Quantity.EQUAL_UNITS, where)
    return len(shares) > 1 and bool(shares.min() >= MOST)


def _tried(run: Run) -> Iterator[Trial]:
    """The experiments with new weights."""
    for quantity in (Quantity.TRIAL_RESTARTED, Quantity.TRIAL_LARGER):
        try:
            yield trial(run, quantity)
        except NotObserved:
            continue
