"""The gradient shrinks so much on its way back through the layers that the first ones hardly move.

What it means:
    Backpropagation multiplies the error by the derivative f'(z) of every activation that it passes. A sigmoid's is at
    most 1/4, so each sigmoid layer leaves a quarter or less, and seven of them leave less than a ten-thousandth. The
    gradient is *right*, it is only tiny where the inputs come in.

Why training suffers:
    The first layers stay as random as they were initialised, so what reaches the last ones says next to nothing about
    the input. The network then learns the mean of the targets and stops there. A larger rate does not help: what is
    right for the first layers is far too much for the last.

How it is detected:
    At least 3 hidden layers; dloss/dz falls from the last hidden layer to the first to a hundredth or less (geometric
    mean over the windows); the derivatives of the activations account for at least half of that fall (on a
    logarithmic scale: small weights would do the same, and are another ailment); and the network does not learn: at
    least 9/10 of the variance of the targets is unexplained, no longer falling, and the predictions hardly depend on
    the input.

When it is no fault:
    A deep network that learns gets nothing, however steep the fall. A gradient that is small in *every* layer because
    the loss is at its minimum is `converged`; one that is small although another start does far better is `plateau`.
    One or two hidden layers cannot lose a hundredfold this way unless they are saturated.

Source:
    Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen" (1991); Glorot and Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", AISTATS 2010; a Stack Exchange question on seven
    sigmoid layers that learn the sine of a sum (minimum cost 140 over 100,000 rows).
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run, Structure
from backproof.rules._learning import NOTHING_LEARNT, left_over, outcome, stuck
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, place_of, rule

# Two hidden layers lose at most a factor of 4 for a sigmoid between them: never a hundredth without saturation.
MIN_HIDDEN = 3
# Measured (sigmoid, Glorot, width 10, seeds 0-2): first over last hidden layer is .05-.06 with 3 hidden layers and
# .011-.017 with 4, which all learn; .002-.005 with 5 and .0001 with 7, none of which learns.
FALL = 0.01
# Of the logarithm of the fall. Measured (5 and 7 hidden layers, seeds 0-2): sigmoids .94 to 1.5 (Glorot, uniform in -1
# to 1); where small weights do it, 0 (tanh) to .40 (sigmoids, a tenth of Glorot's weights).
SHARE_OF_ACTIVATIONS = 0.5
# Standard deviation of the predictions over that of the targets: stuck ones have 1e-6 to 1e-3 (same runs); a network
# that explains 5 % of the variance, which is all that noisy data may allow, has .22.
SPREAD = 0.2

DEEP = {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid"}
SHORT = {**DEEP, "steps": 1000}
SICK = (SHORT, {**SHORT, "init": "uniform"}, {**SHORT, "hidden": (10,) * 6, "learning_rate": 0.5})
HEALTHY = (
    {**DEEP, "activation": "relu", "init": "he"},
    {**DEEP, "activation": "elu", "init": "lecun"},
    {**DEEP, "skip": True},
    {**DEEP, "hidden": (10,) * 3},
    {"activation": "sigmoid", "output": "sigmoid", "data": "classes", "learning_rate": 1.0},
)


def _deep(structure: Structure) -> bool:
    return not structure.layers or len(structure.layers) > MIN_HIDDEN


@rule(
    name="vanishing-gradients",
    severity=Severity.ERROR,
    needs={Quantity.DELTA_RMS, Quantity.ACTIVATION_DERIVATIVE},
    stage=Stage.DYNAMICS,
    remedies=(
        Remedy("Use fewer hidden layers: two or three are enough for a smooth function", {"hidden": 2}),
        Remedy("Use ReLU (He initialisation), ELU or SELU (LeCun) in the hidden layers", {"activation": "relu"}),
        Remedy("Add fixed skip connections around the hidden layers", {"skip": True}),
    ),
    explains={"plateau"},
    if_gradient_wrong=IfGradientWrong.SKIP,
    applies=_deep,
)
def vanishing_gradients(run: Run) -> Iterator[Symptom]:
    """The fall of dloss/dz over the hidden layers, where nothing is learnt."""
    observed = run.places(Quantity.DELTA_RMS)
    names = [layer.name for layer in run.structure.layers] or list(observed)
    hidden = [name for name in names[:-1] if name in observed]
    if len(hidden) < MIN_HIDDEN or not stuck(run, NOTHING_LEARNT) or _depends_on_input(run):
        return
    sizes, slopes = (_typical(run, q, hidden) for q in (Quantity.DELTA_RMS, Quantity.ACTIVATION_DERIVATIVE))
    if not (np.all(sizes > 0) and np.all(slopes > 0)):
        return
    fall, by_activations = sizes[0] / sizes[-1], float(np.prod(slopes[:-1]))
    if fall <= FALL and np.log(by_activations) <= SHARE_OF_ACTIVATIONS * np.log(fall):
        shown = [evidence(run, Quantity.DELTA_RMS, name, Expected(">", 0.0, "alike in all layers")) for name in hidden]
        slope = [evidence(run, Quantity.ACTIVATION_DERIVATIVE, name) for name in hidden]
        yield Symptom(
            _message(run, hidden, sizes, by_activations),
            (*shown, *slope, outcome(run)),
            where=tuple(place_of(run, name) for name in hidden),
        )


def _typical(run: Run, quantity: Quantity, layers: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The geometric mean over the windows, per layer; 0 where a value was 0 or is missing."""
    means = []
    for name in layers:
        _, values = run.series(quantity, name)
        usable = len(values) and bool(np.all(np.isfinite(values) & (values > 0)))
        means.append(float(np.exp(np.log(values).mean())) if usable else 0.0)
    return np.array(means)


def _depends_on_input(run: Run) -> bool:
    spread = run.last(Quantity.PREDICTION_SPREAD, "predictions")
    return spread is not None and spread > SPREAD


def _message(run: Run, hidden: list[str], sizes: np.ndarray[tuple[int], np.dtype[np.float64]], by: float) -> str:
    each = (sizes[0] / sizes[-1]) ** (1 / (len(hidden) - 1))
    return (
        f"the gradient vanishes on its way back through {len(hidden)} hidden layers: dloss/dz is {sizes[-1]:.1e} at "
        f"{hidden[-1]} and {sizes[0]:.1e} at {hidden[0]}, a factor of {each:.2f} per layer (healthy: about 1); the "
        f"derivatives of the activations alone leave {by:.1e}. The first layers hardly move, and {left_over(run)}"
    )
