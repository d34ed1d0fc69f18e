"""The initial weights are so small that signals and gradients die on their way through the layers.

What it means:
    Each layer multiplies what comes in, and on the way back what comes out, by its weights. With weights of a
    thousandth hardly anything of the input reaches the output, and hardly any error reaches the first layer.

Why training suffers:
    The weights have to grow first, and they grow in proportion to each other: at first next to nothing happens, for
    a time that gets longer with every layer. Runs often end before that.

How it is detected:
    Before the first step the weights of a layer are a third of Glorot's initialisation (He's before a ReLU) or less;
    more than a tenth of the variance is unexplained; and an experiment decides: the same network with the very same
    initial weights, only scaled up to that size, trained alike, ends at half the unexplained share or less. An error
    where half of the variance or more is left.

When it is no fault:
    Small weights that do no harm: a network that fits, or that does no better with larger ones; one layer of zeros,
    as in linear and logistic regression. Weights that are exactly zero are `zero-initialisation`. Where the weights
    are of the usual size and the activations take the gradient away, it is `vanishing-gradients`.

Source:
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010; Saxe,
    McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    ICLR 2014.
"""

from collections.abc import Iterator

from backproof.findings import Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._initial import off_scale, symptom
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, rule

# Times Glorot's or He's standard deviation. The .01 of many courses, on few units, is .02 of it; a third is rarely
# chosen and trains well in reference runs.
SMALL = 1 / 3

SICK = (
    {"data": "sum", "hidden": (12, 12), "init_scale": 0.002, "steps": 600},
    {"hidden": (10, 10), "activation": "relu", "init": "he", "init_scale": 0.005, "steps": 800, "learning_rate": 0.05},
    {"data": "sum", "hidden": (10, 10, 10), "init_scale": 0.05, "steps": 800},
)
HEALTHY = (
    {"init_scale": 0.2},
    {"data": "line", "hidden": (), "init_scale": 0.01},
    {"data": "classes", "output": "sigmoid", "init_scale": 0.1, "learning_rate": 1.0},
)


@rule(
    name="init-too-small",
    severity=Severity.ERROR,
    needs={Quantity.INIT_SCALE},
    stage=Stage.SETTINGS,
    remedies=(
        Remedy("Draw the weights with standard deviation sqrt(2 / (inputs + units)), as Glorot", {"init_scale": 1.0}),
        Remedy("For ReLU: sqrt(2 / inputs), as He et al."),
    ),
    explains={"vanishing-gradients", "plateau", "too-few-iterations", "learning-rate-too-low", "model-too-small"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def init_too_small(run: Run) -> Iterator[Symptom]:
    """Layers that begin far smaller than suits them, where the experiment shows that it matters."""
    small = off_scale(run, lambda scale: 0 < scale <= SMALL)
    if small and 1 / min(small.values()) > max(off_scale(run, lambda scale: scale > 0).values()):
        yield from symptom(run, small, "small")
