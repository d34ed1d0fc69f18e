"""The forward pass computes something else than the function whose derivative the backward pass takes.

What it means:
    `1 / (1 + np.exp(z))` is a sigmoid turned round, `1 / 1 + np.exp(-z)` is 1 plus an exponential, `np.minimum(0, z)`
    is no ReLU, and exponentials that are not divided by their sum are no softmax. The backward pass is written for the
    function that was meant.

Why training suffers:
    The derivative belongs to another function: the sign or the size of every gradient that passes the layer is wrong.
    A softmax without its sum gives no probabilities: raising all outputs is as good as raising the right one.

How it is detected:
    The backward pass takes the derivative of sigmoid (a (1 - a)), tanh (1 - a²) or ReLU (z > 0), equal to rounding;
    the recorded activation is not that function, and its own slope, by differences on a replay, is another one, and
    the network does not fit. Or the targets are one-hot, the outputs are made of exponentials, those of a sample do
    not add up to one, and the network does not fit or its steps are wrong for it.

When it is no fault:
    An unusual function with its own derivative, as 1 / (1 + exp(z)) with -a (1 - a), or a Gaussian; a stretched tanh
    (a wrong factor in its derivative is `wrong-activation-derivative`); exp as the output for counts.

Source:
    Bishop, Pattern Recognition and Machine Learning (2006), equations 4.59 and 4.62; Python documentation, "Operator
    precedence"; questions on Stack Exchange with `1/(1+np.exp(x))`.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity, Verdict
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import NotObserved, Stage, Symptom, evidence, place_of, rule

# Of the activation's unit: functions that are the same differ by rounding, those meant here by .1 and more.
DIFFERENT = 1e-2
# From 1: a softmax in single precision adds up to one within 1e-5, and outputs trained as counts come near it.
NO_DISTRIBUTION = 0.1
FORMULA = {"sigmoid": "1 / (1 + np.exp(-z))", "tanh": "np.tanh(z)", "relu": "np.maximum(z, 0)"}

SICK = ({"activation": "mirrored", "steps": 300}, {"activation": "mirrored", "data": "sum", "steps": 300})
HEALTHY = ({"activation": "sigmoid", "learning_rate": 0.5, "steps": 6000}, {"fault": "softmax"})


@rule(
    name="wrong-forward-formula",
    severity=Severity.ERROR,
    needs=(),
    stage=Stage.DATA,
    remedies=(
        Remedy("Write the function that was meant: sigmoid is 1 / (1 + np.exp(-z))"),
        Remedy("Divide the exponentials of each sample by their sum"),
    ),
    explains=IN_TRAINING | IN_STEPS | {"loss-not-valid-for-targets"},
)
def wrong_forward_formula(run: Run) -> Iterator[Symptom]:
    """Activations, then outputs."""
    if not {Quantity.FORMULA_DIFFERS, Quantity.OUTPUT_SUM} & run.quantities():
        raise NotObserved(Quantity.FORMULA_DIFFERS)
    if not known_to_fit(run):
        yield from _activations(run)
    if not known_to_fit(run) or any(each.verdict is Verdict.WRONG for each in run.gradients):
        yield from _outputs(run)


def _activations(run: Run) -> Iterator[Symptom]:
    """All layers in one finding: they share the function."""
    largest = {
        where: run.series(Quantity.FORMULA_DIFFERS, where)[1].max() for where in run.places(Quantity.FORMULA_DIFFERS)
    }
    other = [where for where, difference in largest.items() if difference >= DIFFERENT]
    if not other:
        return
    layer, _, meant = other[0].rpartition(", ")
    more, left = result(run)
    yield Symptom(
        f"{layer or other[0]} is not {meant}, but the backward pass takes the derivative of {meant}: the values "
        f"differ by up to {largest[other[0]]:.3g} from {FORMULA.get(meant, meant)}{left}",
        (
            *(
                evidence(run, Quantity.FORMULA_DIFFERS, where, Expected("==", 0.0, "the same function"))
                for where in other
            ),
            *more,
        ),
        where=tuple(dict.fromkeys(place_of(run, where) for where in other)),
    )


def _outputs(run: Run) -> Iterator[Symptom]:
    for where in run.places(Quantity.OUTPUT_SUM):
        total = run.last(Quantity.OUTPUT_SUM, where)
        if total is None or abs(total - 1) <= NO_DISTRIBUTION:
            continue
        more, left = result(run)
        yield Symptom(
            f"the outputs {where} of a sample add up to {total:.3g}: exponentials that are not divided by their sum "
            f"are no probabilities of classes{left}",
            (evidence(run, Quantity.OUTPUT_SUM, where, Expected("==", 1.0, "probabilities")), *more),
            where=(place_of(run, where),),
        )
