"""The gradient grows so much on its way back through the layers that one step throws the first ones over.

What it means:
    Backpropagation multiplies the error by the weights of every layer that it passes. Where these are large, and the
    activation does not damp them (ReLU, linear, a recurrent layer), a factor of 3 a layer makes a hundred in four.

Why training suffers:
    There is no rate that suits: what moves the last layers at all is far too much for the first. The loss jumps, and
    mostly ends as infinity or NaN.

How it is detected:
    At least 3 hidden layers; at the start dloss/dz grows from the last hidden layer to the first a hundredfold or
    more; and the network does not learn: half of the variance or more is unexplained at the end and no longer
    falling, or the error is ten times what predicting the mean leaves, or no number.

When it is no fault:
    A deep network that learns gets nothing, however steep the growth. Where the gradient is alike in all layers and
    the steps are too long, it is `learning-rate-too-high`.

Source:
    Bengio, Simard and Frasconi, "Learning long-term dependencies with gradient descent is difficult" (1994); Pascanu,
    Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML 2013 (clipping).
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._learning import left_over, outcome, remaining, stuck
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, place_of, rule

# Fewer layers cannot make a hundred of it with weights that people choose.
MIN_HIDDEN = 3
# First over last hidden layer, at the start: the mirror image of what counts as vanished. Reference runs that train
# well have .3 to 6 (seven ReLU layers, He, seeds 0-4).
GROWTH = 100.0
# Half of the variance left, no longer falling.
NOT_LEARNT = 0.5

# Ten times what predicting the mean leaves: the values have exploded, falling or not.
WORSE = 10.0

DEEP = {"data": "sum", "hidden": (16,) * 6, "activation": "relu", "learning_rate": 0.02, "steps": 500}
SICK = (
    {**DEEP, "init": "he", "init_scale": 3.0},
    {**DEEP, "init": "one", "learning_rate": 0.01},
    {**DEEP, "init": "he", "init_scale": 4.0, "hidden": (16,) * 5},
)
HEALTHY = (
    {**DEEP, "init": "he", "steps": 3000},
    {"data": "sum", "hidden": (10,) * 7, "activation": "elu", "init": "lecun"},
    {"learning_rate": 3.0},
)


def _deep(structure: Structure) -> bool:
    return not structure.layers or len(structure.layers) > MIN_HIDDEN


@rule(
    name="exploding-gradients",
    severity=Severity.ERROR,
    needs={Quantity.DELTA_RMS},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy("Start with smaller weights: He's for ReLU, Glorot's for tanh", {"init_scale": 1.0}),
        Remedy("Clip the gradient's norm (recurrent networks), or add normalisation layers"),
    ),
    explains={
        "numeric-overflow",
        "learning-rate-too-high",
        "loss-oscillates",
        "dead-relu",
        "plateau",
        "saturated-units",
    },
    if_gradient_wrong=IfGradientWrong.SKIP,
    applies=_deep,
)
def exploding_gradients(run: Run) -> Iterator[Symptom]:
    """The growth of dloss/dz over the hidden layers at the start, where nothing is learnt."""
    observed = run.places(Quantity.DELTA_RMS)
    names = [layer.name for layer in run.structure.layers] or list(observed)
    hidden = [name for name in names[:-1] if name in observed]
    if len(hidden) < MIN_HIDDEN:
        return
    first = np.array([run.series(Quantity.DELTA_RMS, name)[1][0] for name in hidden])
    left = remaining(run)
    hopeless = left >= WORSE or stuck(run, NOT_LEARNT)
    if not hopeless or not np.all(np.isfinite(first) & (first > 0)) or first[0] < GROWTH * first[-1]:
        return
    each = (first[0] / first[-1]) ** (1 / (len(hidden) - 1))
    yield Symptom(
        f"the gradient explodes on its way back through {len(hidden)} hidden layers: at the start dloss/dz is "
        f"{first[-1]:.1e} at {hidden[-1]} and {first[0]:.1e} at {hidden[0]}, a factor of {each:.2g} per layer "
        f"(healthy: about 1), and {left_over(run)}",
        (
            *(evidence(run, Quantity.DELTA_RMS, n, Expected(">", 0.0, "alike in all layers")) for n in hidden),
            outcome(run),
        ),
        where=tuple(place_of(run, name) for name in hidden),
    )
