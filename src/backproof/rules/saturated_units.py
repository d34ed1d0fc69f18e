"""Most units of a layer sit in the flat end of their activation on nearly every sample, so hardly any gradient passes.

What it means:
    A sigmoid beyond |z| = 5, or a tanh beyond 3, has a fiftieth of its slope or less. A unit that is there on nearly
    every sample answers with a constant, and the error that goes back through it is as good as gone.

Why training suffers:
    The weights before such a unit get next to no gradient: it cannot come back. The layer hands on constants instead
    of something about the input.

How it is detected:
    In the last two windows at least half of the units of a layer have less than a fiftieth of their largest slope on
    95 % of the samples, and the network has stopped learning with half of the variance unexplained. An error where
    nearly all units of a layer are saturated. If an experiment says that the same network goes on to learn when it is
    carried on, nothing is told.

When it is no fault:
    Units that saturate in a network that fits: a classifier is sure of itself. What made them saturate is told first
    where it is known: `unscaled-inputs`, `init-too-large`, `learning-rate-too-high`. A derivative that is not just
    small but computed as 0 is `derivative-rounds-to-zero`; many layers with slopes of a quarter each are
    `vanishing-gradients`.

Source:
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010;
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), sections 4.4 to 4.6.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import NOTHING_LEARNT, computed_as_zero, left_over, outcome, remaining, stuck, trial
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, evidence, rule

# Windows in a row: one odd batch proves nothing.
PATIENCE = 2
# Of a layer's units. Hidden layers of reference runs that fit have up to .3.
MANY = 0.5
# With nine in ten saturated the layer hands on constants.
NEARLY_ALL = 0.9
# No unit is left: what is computed as exactly 0 is then the more precise thing to say.
WHOLE_LAYER = 0.99
# Half of the variance unexplained, no longer falling: units are missed.
NOT_LEARNT = 0.5
# Of what is left: a run that halves it when it is carried on was not held up.
HALVED = 0.5

SICK = (
    {"data": "sum", "bias_init": 15.0, "learning_rate": 0.05},
    {"activation": "sigmoid", "bias_init": -25.0, "learning_rate": 0.02, "steps": 1000},
)
HEALTHY = (
    {"data": "classes", "output": "sigmoid", "learning_rate": 10.0},
    {"data": "classes", "output": "sigmoid", "activation": "sigmoid", "input_scale": 100.0},
    {"init": "one", "hidden": (20,)},
)


@rule(
    name="saturated-units",
    severity=Severity.WARNING,
    needs={Quantity.SATURATED_UNITS},
    stage=Stage.DYNAMICS,
    remedies=(
        Remedy("Start biases at zero and weights as Glorot does", {"bias_init": 0.0, "init": "glorot"}),
        Remedy("Scale the inputs to mean 0 and standard deviation 1", {"standardise": True}),
        Remedy("Use ReLU in the hidden layers, and a cross-entropy with a sigmoid or softmax at the output"),
    ),
    explains={"plateau", "derivative-rounds-to-zero", "vanishing-gradients"},
    if_gradient_wrong=IfGradientWrong.CONSEQUENCE,
)
def saturated_units(run: Run) -> Iterator[Symptom]:
    """Layers that are flat for most samples, in a network that has stopped learning."""
    found = {where: _lasting(run, where) for where in run.places(Quantity.SATURATED_UNITS)}
    found = {where: share for where, share in found.items() if share >= MANY and not _is_zero(run, where, share)}
    if not found or not stuck(run, NOT_LEARNT) or _goes_on(run):
        return
    which = ", ".join(f"{where} ({share:.0%})" for where, share in found.items())
    seen = [evidence(run, Quantity.SATURATED_UNITS, where, Expected("<", MANY, "few")) for where in found]
    wholly = max(found.values()) >= NEARLY_ALL and remaining(run) >= NOTHING_LEARNT
    yield Symptom(
        f"units are saturated, in the flat end of their activation on nearly every sample, in {which}; healthy: a few; "
        f"hardly any gradient comes through them, and {left_over(run)}",
        (*seen, outcome(run)),
        severity=Severity.ERROR if wholly else Severity.WARNING,
    )


def _is_zero(run: Run, where: str, share: float) -> bool:
    """Whether `derivative-rounds-to-zero` tells it of the whole layer."""
    return share >= WHOLE_LAYER and computed_as_zero(run, where)


def _lasting(run: Run, where: str) -> float:
    """The share that stayed saturated over the last windows; 0 where there were too few to say."""
    _, share = run.series(Quantity.SATURATED_UNITS, where)
    return float(share[-PATIENCE:].min()) if len(share) >= PATIENCE else 0.0


def _goes_on(run: Run) -> bool:
    """Whether the experiment says that more of the same would have done."""
    try:
        longer = trial(run, Quantity.TRIAL_LONGER)
    except NotObserved:
        return False
    return longer.changed <= HALVED * longer.as_is
