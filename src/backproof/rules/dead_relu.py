"""ReLU units that output zero on every sample, so their weights get no gradient and they never come back.

What it means:
    A ReLU gives max(0, z), and its derivative is 0 where z is negative. A unit whose z is negative on every sample
    gives 0 everywhere, and its weights and bias get a gradient of exactly 0: it is dead.

Why training suffers:
    A dead unit is a unit less. A layer whose units are all dead cuts the network in two: what comes after sees zeros,
    whatever the input, and what comes before gets no gradient at all. The network answers with a constant.

How it is detected:
    The share of the units that are zero on every sample seen, in the last two windows (one odd batch proves nothing).
    All units of a layer that nothing bypasses: an error. At least half of a layer in a network that has stopped
    learning with half of the variance unexplained: a warning.

When it is no fault:
    Some dead units in a network that learns are usual (up to .3 of a layer in reference runs that fit) and get
    nothing; half of a layer or more in one that fits is a note: it could be smaller.

Source:
    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML 2013; Lu, Shin, Su
    and Karniadakis, "Dying ReLU and initialization" (2019), arXiv:1903.06733; He, Zhang, Ren and Sun, "Delving deep
    into rectifiers", ICCV 2015.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._learning import fits, left_over, outcome, stuck
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, rule

# Windows in a row: a unit may be silent on one batch and not on the next.
PATIENCE = 2
# Of a layer's units. Reference runs that fit (seven ReLU layers of 10, He, seeds 0-2) have up to .3.
MANY = 0.5
# Half of the variance unexplained, no longer falling: units are missed.
NOT_LEARNT = 0.5

SICK = (
    {"activation": "relu", "init": "he", "bias_init": -20.0},
    {"activation": "relu", "init": "he", "hidden": (8, 8), "bias_init": -20.0},
)
HEALTHY = (
    {"activation": "relu", "init": "he", "learning_rate": 0.05},
    {"data": "sum", "hidden": (10,) * 7, "activation": "relu", "init": "he"},
    {"data": "classes", "activation": "relu", "init": "he", "output": "sigmoid", "learning_rate": 1.0},
)


def _rectifies(structure: Structure) -> bool:
    """Not when every activation is known and none is a ReLU."""
    kinds = [layer.activation for layer in structure.layers]
    return not kinds or None in kinds or "relu" in kinds


@rule(
    name="dead-relu",
    severity=Severity.ERROR,
    needs={Quantity.DEAD_UNITS},
    stage=Stage.DYNAMICS,
    remedies=(
        Remedy("Start the biases at zero and the weights as He et al. do", {"bias_init": 0.0, "init": "he"}),
        Remedy("Use leaky ReLU, whose derivative is nowhere zero", {"activation": "leaky_relu"}),
        Remedy("Lower the learning rate: one large step can kill a layer"),
    ),
    explains={"plateau"},
    if_gradient_wrong=IfGradientWrong.CONSEQUENCE,
    applies=_rectifies,
)
def dead_relu(run: Run) -> Iterator[Symptom]:
    """Layers with many dead units, and what becomes of the network."""
    found: dict[Severity, list[str]] = {}
    for where in run.places(Quantity.DEAD_UNITS):
        severity = _severity(run, where, _lasting(run, where))
        if severity is not None:
            found.setdefault(severity, []).append(where)
    for severity, places in found.items():
        seen = [evidence(run, Quantity.DEAD_UNITS, p, Expected("<", MANY, "few; none at the start")) for p in places]
        yield Symptom(_message(run, places), (*seen, outcome(run)), severity=severity)


def _lasting(run: Run, where: str) -> float:
    """The share that stayed dead over the last windows; 0 where there were too few to say."""
    _, share = run.series(Quantity.DEAD_UNITS, where)
    return float(share[-PATIENCE:].min()) if len(share) >= PATIENCE else 0.0


def _severity(run: Run, where: str, share: float) -> Severity | None:
    if share < MANY:
        return None
    if fits(run):
        return Severity.NOTE
    if share >= 1 and not _bypassed(run, where) and not _gets_gradient(run, where):
        return Severity.ERROR
    return Severity.WARNING if stuck(run, NOT_LEARNT) else None


def _bypassed(run: Run, where: str) -> bool:
    return any(layer.has_skip for layer in run.structure.layers if layer.name == where)


def _gets_gradient(run: Run, where: str) -> bool:
    """Whether dloss/dz says that the layer lives after all, on samples that the share did not see."""
    delta = run.last(Quantity.DELTA_RMS, where)
    return delta is not None and delta > 0


def _message(run: Run, places: list[str]) -> str:
    shares = [_lasting(run, where) for where in places]
    which = ", ".join(f"{where} ({share:.0%})" for where, share in zip(places, shares, strict=True))
    if max(shares) >= 1:
        result = "where all are, no input gets through and no gradient comes back to the layers before"
    else:
        result = "their weights get no gradient and cannot come back"
    return f"ReLU units are dead, 0 on every sample, in {which}; healthy: a few at most; {result}; {left_over(run)}"
