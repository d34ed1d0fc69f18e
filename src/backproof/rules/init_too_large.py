"""The initial weights are so large that the units start in the flat end of their activation, or the values explode.

What it means:
    A pre-activation is a sum over all inputs: with weights of standard deviation 1 and 100 inputs it is about 10. A
    sigmoid or tanh is flat there; ReLUs hand on values that grow from layer to layer.

Why training suffers:
    In the flat end hardly any gradient comes through, and what the units answer is random. Where values grow, so does
    the gradient on its way back, and one step throws everything over.

How it is detected:
    Before the first step the weights of a layer are three times as large as Glorot's initialisation (He's before a
    ReLU) or more; more than a tenth of the variance is unexplained; and an experiment decides: the same network with
    the very same initial weights, only scaled down to that size, trained alike, ends at half the unexplained share or
    less (three quarters, where half of a layer's units are saturated at the start). An error where half of the
    variance or more is left.

When it is no fault:
    Large weights that do no harm: a network that fits, or that does no better with smaller ones (with one or two
    inputs a standard deviation of 1 is quite usual). Large inputs are `unscaled-inputs`; units that saturate only in
    the course of the training are `saturated-units`.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 4.6; Glorot and Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", AISTATS 2010; He, Zhang, Ren and Sun, "Delving deep into
    rectifiers", ICCV 2015.
"""

from collections.abc import Iterator

from backproof.findings import Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._initial import off_scale, symptom
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, rule

# Times Glorot's or He's standard deviation. Uniform in -1 to 1, and normal with 1, on few units have 1.3 to 2.5 and
# train well in reference runs.
LARGE = 3.0

SICK = (
    {"data": "sum", "hidden": (8, 8), "init_scale": 30.0, "learning_rate": 0.02, "steps": 1500},
    {"data": "sum", "hidden": (12, 12), "init_scale": 25.0, "learning_rate": 0.02},
    {"data": "sum", "hidden": (10, 10), "activation": "sigmoid", "init_scale": 100.0, "learning_rate": 0.02,
     "steps": 1500},
)  # fmt: skip
HEALTHY = (
    {"init": "one"},
    {"data": "classes", "output": "sigmoid", "init_scale": 5.0, "learning_rate": 0.5},
    {"data": "line", "hidden": (), "init_scale": 20.0, "learning_rate": 0.1},
)


@rule(
    name="init-too-large",
    severity=Severity.ERROR,
    needs={Quantity.INIT_SCALE},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy("Draw the weights with standard deviation sqrt(2 / (inputs + units)), as Glorot", {"init_scale": 1.0}),
        Remedy("For ReLU: sqrt(2 / inputs), as He et al."),
    ),
    explains={
        "saturated-units", "exploding-gradients", "vanishing-gradients", "derivative-rounds-to-zero",
        "numeric-overflow", "plateau", "dead-relu", "learning-rate-too-high", "loss-oscillates", "too-few-iterations",
    },
    if_gradient_wrong=IfGradientWrong.SKIP,
)  # fmt: skip
def init_too_large(run: Run) -> Iterator[Symptom]:
    """Layers that begin far larger than suits them, where the experiment shows that it matters."""
    large = off_scale(run, lambda scale: scale >= LARGE)
    if large and max(large.values()) >= max(1 / scale for scale in off_scale(run, lambda scale: scale > 0).values()):
        yield from symptom(run, large, "large")
