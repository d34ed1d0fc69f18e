"""The network has no biases, and with biases it fits far better.

What it means:
    Without a bias a unit computes f(w x): a sigmoid's middle sits at x = 0 and can only be made steeper, never moved
    to where the data is; a linear layer is a line through the origin.

Why training suffers:
    Every input near 0 gets the same answer, all bends of the function sit at one place, and what is left to the
    weights cannot follow the data. No training lowers that.

How it is detected:
    The layers are known to have no bias, no input column is constant (a bias by hand), the network does not fit, and
    an experiment decides: the same network, trained alike for a short time on the recorded data, ends at a third or
    less of the unexplained share as soon as it has biases. An error where a fifth of the variance or more stays
    unexplained without them.

When it is no fault:
    Where the network fits without (centred data, odd functions, a constant input, the layer before batch
    normalisation), or where biases do not help.

Source:
    Bishop, Pattern Recognition and Machine Learning (2006), section 3.1 (the role of the bias); Stack Exchange,
    "Backpropagation derivation problem" (sine on 0 to 15 with a 1-10-1 network; the answer: the lack of biases).
"""

from collections.abc import Iterator

from backproof.findings import Remedy, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._learning import FITS, SCALE, fits, share, trial
from backproof.rules._rule import Stage, Symptom, place_of, rule

# Measured (1-10-1 sigmoid, sine on 0 to 15, 3,000 full-batch Adam steps, seeds 0-4): .72-.78 without biases, .0-.007
# with biases spread over the data, .003-.018 with zero ones. Paired trials that differ in luck only: within x 2.
FAR_BETTER = 1 / 3
# A fifth of the variance out of reach is more than a rough fit: the shape of the function is missed.
BLOCKS = 0.2

SICK = (
    {"data": "sine15", "samples": 200, "hidden": (10,), "activation": "sigmoid", "init": "uniform", "bias": False},
    {"data": "and", "hidden": (), "output": "sigmoid", "bias": False, "learning_rate": 1.0},
    {"data": "xor", "hidden": (4,), "output": "sigmoid", "bias": False, "learning_rate": 1.0, "steps": 5000},
    {"data": "line", "hidden": (), "bias": False, "input_scale": 0.5},
)
HEALTHY = (
    {"bias": False},
    {"data": "classes", "hidden": (4,), "output": "sigmoid", "bias": False},
    {"data": "double", "hidden": (), "bias": False, "learning_rate": 1.0},
)


def _without(structure: Structure) -> bool:
    """Not when every layer has a bias, or when an input column stands in for them."""
    return structure.constant_input is not True and not (
        structure.layers and all(layer.has_bias for layer in structure.layers)
    )


@rule(
    name="missing-bias",
    severity=Severity.ERROR,
    needs={Quantity.UNEXPLAINED},
    stage=Stage.DATA,
    remedies=(
        Remedy("Give each layer a bias: z = x @ w + b, and update it with the sum of the deltas", {"bias": True}),
        Remedy("Spread the first layer's biases over the range of the data", {"bias": True, "init": "spread"}),
    ),
    explains={"plateau"},
    applies=_without,
)
def missing_bias(run: Run) -> Iterator[Symptom]:
    """Layers without a bias, where the experiment shows that it is missed."""
    bare = [layer.name for layer in run.structure.layers if layer.has_bias is False]
    if not bare or fits(run):
        return
    with_bias = trial(run, Quantity.TRIAL_WITH_BIAS)
    if with_bias.as_is > FITS and with_bias.changed <= FAR_BETTER * with_bias.as_is:
        where = "no layer has" if len(bare) == len(run.structure.layers) else f"{', '.join(bare)} has no"
        as_is, changed = with_bias.evidence
        yield Symptom(
            f"{where} {'a ' if where.endswith('has') else ''}bias, so {_what_it_costs(run)}: the same network "
            f"trained alike leaves {share(with_bias.as_is)} of the variance unexplained as it is and "
            f"{share(with_bias.changed)} with biases ({SCALE})",
            (as_is, changed),
            severity=Severity.ERROR if with_bias.as_is >= BLOCKS else Severity.WARNING,
            where=tuple(place_of(run, name) for name in bare),
        )


def _what_it_costs(run: Run) -> str:
    if len(run.structure.layers) <= 1:
        return "an input of 0 always gives the same output"
    return "the bends of all its units sit at input 0, wherever the data is"
