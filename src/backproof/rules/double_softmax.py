"""A softmax is applied to what has been through a softmax already, so that the outputs can never come near 0 or 1.

What it means:
    The inner softmax gives probabilities between 0 and 1; the outer one takes them for its z. Between inputs of 0 and
    1 its outputs differ by the factor e = 2.7 at most: with three classes none exceeds 0.58. It happens where the
    network ends with a softmax and the loss ("from logits") applies its own.

Why training suffers:
    The targets are out of reach, the loss has a high floor, and the gradient goes through two flat functions in a
    row; the shortcut p - y is no gradient any more.

How it is detected:
    The predictions, or their copy in the loss, equal the softmax of other recorded values which are a distribution
    themselves, to rounding, and differ from them.

When it is no fault:
    Softmaxes in different layers with weights between them (attention, gates), or of the logarithms of probabilities,
    which gives the probabilities back.

Source:
    PyTorch documentation of CrossEntropyLoss ("input is expected to contain the unnormalized logits"); Goodfellow,
    Bengio and Courville, Deep Learning (2016), section 6.2.2.3.
"""

import math
from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import Stage, Symptom, evidence, place_of, rule

# Softmaxes in a row: one is what makes probabilities.
TWICE = 2

SICK = ({"fault": "double softmax"}, {"fault": "double softmax", "activation": "relu", "init": "he"})
HEALTHY = ({"fault": "softmax"}, {"fault": "softmax", "activation": "sigmoid", "learning_rate": 0.5})


@rule(
    name="double-softmax",
    severity=Severity.ERROR,
    needs={Quantity.SOFTMAX_TIMES},
    stage=Stage.DATA,
    remedies=(
        Remedy("Apply the softmax once: hand z to a loss that has its own, or probabilities to one that has none"),
    ),
    explains=IN_TRAINING | IN_STEPS,
)
def double_softmax(run: Run) -> Iterator[Symptom]:
    """Two or more softmaxes in a row in a network that does not fit."""
    for where in run.places(Quantity.SOFTMAX_TIMES):
        _, times = run.series(Quantity.SOFTMAX_TIMES, where)
        if times.max() < TWICE or known_to_fit(run):
            continue
        units = next((run.last(Quantity.SOFTMAX_UNITS, layer) for layer in run.places(Quantity.SOFTMAX_UNITS)), None)
        limit = (
            f", which cannot exceed {math.e / (math.e + units - 1):.2g} for {units:g} units"
            if units and units > 1
            else ""
        )
        more, left = result(run)
        yield Symptom(
            f"{times.max():g} softmaxes in a row make the output {where}{limit}{left}",
            (evidence(run, Quantity.SOFTMAX_TIMES, where, Expected("==", 1.0, "one softmax")), *more),
            where=(place_of(run, where),),
        )
