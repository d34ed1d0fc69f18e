"""The derivative of an activation is computed as exactly 0 where its true value is not, and learning stops there.

What it means:
    sigmoid'(z) = a (1 - a) is right on paper. In floating point a = 1/(1 + exp(-z)) becomes exactly 1 for z above
    36.7 (half the distance from 1 to the next smaller number is 2**-54), so 1 - a is 0, and so is the derivative. Its
    true value at z = 50 is exp(-50) = 1.9e-22: tiny, but not zero. tanh'(z) = 1 - a**2 does the same above 19.

Why training suffers:
    A weight whose gradient is exactly 0 never moves, however large the error. The exact value, a (1 - a) written as
    sigmoid(z) * sigmoid(-z), takes away the riddle, not the trouble: with steps of 1e-22 nothing moves either. The
    cause is the large z: inputs that were not scaled, weights that are too large, or both.

How it is detected:
    In the last window the program's derivative is 0 while the true one is not, at a unit with an error that is not
    small, and a tenth or more of the variance is unexplained. An error where the whole layer is saturated, half or
    more is unexplained and nothing falls any more, otherwise a warning.

When it is no fault:
    Where the network fits: a confident and right output has a derivative of 0 and no error that needed it. In an
    output layer under cross-entropy the derivative cancels against that of the loss (delta = a - y). A ReLU's 0 is
    true.

Source:
    Goldberg, "What every computer scientist should know about floating-point arithmetic", ACM Computing Surveys
    1991 (cancellation); a Stack Exchange question on a gradient of 0 although the error is 1 (a = 1, z = 50, w =
    .8, input 62.5).
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, computed_as_zero, left_over, outcome, remaining, stuck
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, need, rule

# Nearly all units of the layer: then no other unit can carry the error back.
WHOLE_LAYER = 0.99
# Half of the variance (or of the first loss) left: then it is what blocks training.
BLOCKS = 0.5

SICK = (
    {"data": "one", "hidden": (), "output": "sigmoid", "init": "fixed", "bias": False, "batch_size": None},
    {
        "data": "one",
        "hidden": (1,),
        "activation": "sigmoid",
        "output": "sigmoid",
        "init": "fixed",
        "init_scale": 62.5,
        "input_scale": 0.016,
        "batch_size": None,
    },
    {"activation": "sigmoid", "input_scale": 300.0, "init": "one"},
)
HEALTHY = (
    {"data": "classes", "output": "sigmoid", "learning_rate": 10.0},
    {"data": "and", "hidden": (), "output": "sigmoid", "learning_rate": 10.0, "steps": 20000},
)


@rule(
    name="derivative-rounds-to-zero",
    severity=Severity.ERROR,
    needs={Quantity.DERIVATIVE_COMPUTED, Quantity.DERIVATIVE_TRUE},
    stage=Stage.DYNAMICS,
    remedies=(
        Remedy("Scale the inputs to mean 0 and standard deviation 1", {"standardise": True}),
        Remedy("Start with smaller weights, so that |z| stays below 5", {"init": "glorot"}),
        Remedy("Compute the derivative as sigmoid(z) * sigmoid(-z), or 1 / cosh(z)**2 for tanh"),
    ),
    explains={"plateau"},
    if_gradient_wrong=IfGradientWrong.CONSEQUENCE,
)
def derivative_rounds_to_zero(run: Run) -> Iterator[Symptom]:
    """A computed 0 beside a true value that is not, where there is an error to carry back."""
    if remaining(run) < ROUGH_FIT:
        return
    places = [where for where in run.places(Quantity.DERIVATIVE_COMPUTED) if _rounded(run, where)]
    if places:
        yield _symptom(run, places)


def _rounded(run: Run, where: str) -> bool:
    return computed_as_zero(run, where) and not _cancels(run, where)


def _cancels(run: Run, where: str) -> bool:
    """Whether the derivative of the output cancels against that of the loss."""
    layers = run.structure.layers
    return bool(layers) and layers[-1].name == where and "cross_entropy" in (run.structure.loss or "")


def _symptom(run: Run, places: list[str]) -> Symptom:
    computed = [evidence(run, Quantity.DERIVATIVE_COMPUTED, p, Expected(">", 0.0, "the true value")) for p in places]
    true = [evidence(run, Quantity.DERIVATIVE_TRUE, p) for p in places]
    whole = stuck(run, BLOCKS) and any(_saturated(run, where) for where in places)
    return Symptom(
        f"the derivative of the activation is computed as exactly 0 {_list(run, places)}{_exact(run, places)}. "
        f"No error gets through there, so the weights before it do not move, although {left_over(run)}. The exact "
        "value would be too small to learn from as well: what has to change is the size of z",
        (*computed, *true, outcome(run)),
        severity=Severity.ERROR if whole else Severity.WARNING,
    )


def _exact(run: Run, places: list[str]) -> str:
    """What the gradient would be without the rounding, where it is known."""
    known = [value for where in places if (value := run.last(Quantity.GRADIENT_EXACT, where)) is not None]
    return f"; the largest gradient behind it is {max(known):.1e}, where the program has 0" if known else ""


def _saturated(run: Run, where: str) -> bool:
    share = run.last(Quantity.SATURATED_UNITS, where)
    return share is None or share >= WHOLE_LAYER


def _list(run: Run, places: list[str]) -> str:
    """Each place with its true value and the size of its z."""
    texts = []
    for where in places:
        largest, true = run.last(Quantity.PREACTIVATION_MAX, where), need(run, Quantity.DERIVATIVE_TRUE, where)
        z = "" if largest is None else f"; z there goes up to {largest:.3g} in magnitude, healthy: below 5"
        texts.append(f"at {where} (true value: {true:.1e}{z})")
    return " and ".join(texts)
