"""The network has too few units for the data: the best weights it could have still miss the shape.

What it means:
    Each hidden unit adds one bend. A function with three bends cannot be made of one unit; without a hidden layer
    only planes can be made, and XOR or a ring cannot be separated.

Why training suffers:
    It comes to the best compromise and stays there; neither time nor another start nor another rate helps.

How it is detected:
    More than a tenth of the variance is unexplained, and two experiments agree: with four times the hidden units (a
    hidden layer where there is none) the network leaves a third or less of what it leaves as it is, the better of its
    own start and a new one, on samples that neither has learnt from, so that learning by heart gains nothing; and
    carried on, or from new weights, the recorded network gets no further.

When it is no fault:
    Noise: a larger network does no better on samples kept back. A network that would have learnt it in more time is
    `too-few-iterations`, one that another start helps is `plateau`, one whose units are equal is
    `zero-initialisation`.

Source:
    Minsky and Papert, Perceptrons (1969), on what one layer cannot separate; Goodfellow, Bengio and Courville, Deep
    Learning (2016), section 5.2 (capacity and underfitting).
"""

from collections.abc import Iterator

from backproof.findings import Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, SCALE, has_learnt, outcome, remaining, share, trial
from backproof.rules._rule import NotObserved, Stage, Symptom, place_of, rule

# Of what the network leaves as it is. Measured on samples kept back, luck is within a factor of 2.
FAR_BETTER = 1 / 3
# Of what is left: what halves it is another cure.
HALVED = 0.5

SICK = (
    {"data": "xor", "hidden": (), "output": "sigmoid", "learning_rate": 1.0, "steps": 2000},
    {"data": "xor", "hidden": (1,), "output": "sigmoid", "learning_rate": 1.0, "steps": 3000},
    {"data": "sum", "hidden": (), "learning_rate": 0.1, "steps": 1000},
)
HEALTHY = (
    {"data": "line", "hidden": (), "noise": 2.0, "learning_rate": 0.1},
    {"data": "classes", "hidden": (), "output": "sigmoid", "learning_rate": 1.0},
    {"noise": 0.7, "hidden": (4,)},
)


@rule(
    name="model-too-small",
    severity=Severity.WARNING,
    needs={Quantity.UNEXPLAINED, Quantity.TRIAL_LARGER},
    stage=Stage.SETTINGS,
    remedies=(Remedy("Use more hidden units, or add a hidden layer", {"hidden": (16,)}),),
    explains={"plateau"},
)
def model_too_small(run: Run) -> Iterator[Symptom]:
    """A network that only more units help."""
    if has_learnt(run):
        return
    larger = trial(run, Quantity.TRIAL_LARGER)
    if larger.as_is <= ROUGH_FIT or larger.changed > FAR_BETTER * larger.as_is or _other_cure(run):
        return
    hidden = run.structure.layers[:-1]
    what = f"{', '.join(str(layer.units) for layer in hidden)} hidden units" if hidden else "no hidden layer"
    yield Symptom(
        f"the network, with {what}, is too small for the data: trained as well as it can be it leaves "
        f"{share(larger.as_is)} of the variance unexplained ({larger.evidence[0].where}), one with four times the "
        f"hidden units {'' if hidden else '(16 where there are none) '}{share(larger.changed)} ({SCALE})",
        (*larger.evidence, outcome(run)),
        where=tuple(place_of(run, layer.name) for layer in run.structure.layers[:1]) or None,
    )


def _other_cure(run: Run) -> bool:
    """Whether more time or another start would have done as well."""
    for quantity in (Quantity.TRIAL_LONGER, Quantity.TRIAL_RESTARTED):
        try:
            other = trial(run, quantity)
        except NotObserved:
            continue
        if other.best <= HALVED * remaining(run):
            return True
    return False
