"""A softmax over a single output unit is always 1: the network gives the same answer to everything.

What it means:
    A softmax divides each exponential by the sum of all in its row. With one unit the sum is that exponential itself,
    and the output is exactly 1, whatever the weights are.

Why training suffers:
    An output that does not depend on the weights has no gradient by them. If the program takes the usual shortcut
    p - y for the gradient all the same, the weights grow for as long as it runs and the output stays 1.

How it is detected:
    The recorded output was made of an exponential over a sum of exponentials, the layer has one unit, and the softmax
    has one entry.

When it is no fault:
    Never for an output that shall be learned: for two classes it is either one unit with a sigmoid, or two units with
    a softmax.

Source:
    Bishop, Pattern Recognition and Machine Learning (2006), section 4.2 (the sigmoid is the softmax of two classes,
    equations 4.57 to 4.62).
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import Stage, Symptom, evidence, need, place_of, rule

SICK = ({"fault": "softmax of one"},)
HEALTHY = ({"fault": "softmax"}, {"data": "classes", "output": "sigmoid"})


@rule(
    name="softmax-on-single-unit",
    severity=Severity.ERROR,
    needs={Quantity.SOFTMAX_ENTRIES, Quantity.SOFTMAX_SAMPLES, Quantity.SOFTMAX_UNITS},
    stage=Stage.DATA,
    remedies=(
        Remedy("Use a sigmoid for one output unit with targets 0 and 1", {"output": "sigmoid"}),
        Remedy("Use two output units and one-hot targets with the softmax"),
    ),
    explains=IN_TRAINING | IN_STEPS,
)
def softmax_on_single_unit(run: Run) -> Iterator[Symptom]:
    """One unit, one entry, one sample."""
    for where in run.places(Quantity.SOFTMAX_ENTRIES):
        sizes = [
            need(run, q, where) for q in (Quantity.SOFTMAX_ENTRIES, Quantity.SOFTMAX_SAMPLES, Quantity.SOFTMAX_UNITS)
        ]
        if sizes != [1.0, 1.0, 1.0] or known_to_fit(run):
            continue
        more, left = result(run)
        yield Symptom(
            f"the softmax of {where} has one unit only: e / sum(e) is 1 whatever the input{left}",
            (evidence(run, Quantity.SOFTMAX_ENTRIES, where, Expected(">=", 2.0, "as many units as classes")), *more),
            where=(place_of(run, where),),
        )
