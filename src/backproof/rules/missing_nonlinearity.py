"""A hidden layer has no activation, and with one the network fits far better: two linear layers are one.

What it means:
    `(x @ W1 + b1) @ W2 + b2` is `x @ W + b` with W = W1 @ W2: however many layers there are, without an activation
    between them the network can draw straight lines only.

Why training suffers:
    It converges to the best straight line and stays there. XOR, a sine or a circle is out of reach, whatever the rate
    and however many hidden units.

How it is detected:
    A hidden layer is linear (nothing but products and sums lie between its input and what the next one reads), the
    network does not fit, and an experiment decides: trained alike on two thirds of the recorded rows, the network
    with tanh in those layers leaves a third or less of the share unexplained on the remaining rows that it leaves as
    it is. On small truth tables, which have no noise, all rows count. An error where a fifth or more stays.

When it is no fault:
    Where a straight line is all there is (a linear autoencoder, matrix factorisation, deep linear networks that are
    studied as such, word vectors, bottlenecks between nonlinear layers), and wherever tanh does not help.

Source:
    Minsky and Papert, Perceptrons (1969); Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.1, Learning
    XOR ("if f1 were linear, then the feedforward network as a whole would remain a linear function of its input").
"""

from collections.abc import Iterator

from backproof.findings import Remedy, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._forward import IN_TRAINING
from backproof.rules._learning import FITS, SCALE, fits, share, trial
from backproof.rules._rule import Stage, Symptom, place_of, rule

# Of the share as it is. A line through a sine, a circle, a product or XOR leaves .4 to 1, tanh .001 to .1; where the
# data is a noisy line, both leave the noise (seeds 0-9).
FAR_BETTER = 1 / 3
# A fifth of the variance out of reach is more than a rough fit: the shape of the function is missed.
BLOCKS = 0.2

SICK = (
    {"data": "xor", "hidden": (4,), "activation": "linear", "batch_size": None},
    {"activation": "linear"},
    {"data": "sum", "hidden": (8, 8), "activation": "linear", "learning_rate": 0.02},
)
HEALTHY = (
    {"data": "line", "activation": "linear", "learning_rate": 0.01},
    {"data": "line", "activation": "linear", "noise": 2.0, "learning_rate": 0.01},
    {"data": "classes", "activation": "linear", "output": "sigmoid"},
)


def _has_linear(structure: Structure) -> bool:
    """Is a hidden layer linear, as far as known?"""
    return any(layer.activation in ("linear", None) for layer in structure.layers[:-1])


@rule(
    name="missing-nonlinearity",
    severity=Severity.ERROR,
    needs={Quantity.UNEXPLAINED},
    stage=Stage.DATA,
    remedies=(Remedy("Put an activation between the layers: h = np.tanh(x @ W1 + b1)", {"activation": "tanh"}),),
    explains=IN_TRAINING - {"missing-bias", "unscaled-inputs", "output-range-cannot-reach-target"},
    applies=_has_linear,
)
def missing_nonlinearity(run: Run) -> Iterator[Symptom]:
    """Linear hidden layers where the experiment shows that an activation is missed."""
    linear = [layer.name for layer in run.structure.layers[:-1] if layer.activation == "linear"]
    if not linear or fits(run):
        return
    bent = trial(run, Quantity.TRIAL_NONLINEAR)
    if bent.as_is > FITS and bent.best <= FAR_BETTER * bent.as_is:
        one = len(linear) == 1
        yield Symptom(
            f"{', '.join(linear)} {'has' if one else 'have'} no activation, so the layers together are one linear "
            f"layer: the same network trained alike leaves {share(bent.as_is)} of the variance unexplained as it is "
            f"and {share(bent.best)} with tanh there ({SCALE})",
            bent.evidence,
            severity=Severity.ERROR if bent.as_is >= BLOCKS else Severity.WARNING,
            where=tuple(place_of(run, name) for name in linear),
        )
