"""An activation inside the network is a step (or rounds, or takes the argmax): its derivative is zero everywhere.

What it means:
    `z > 0`, `np.sign`, `np.round`, `np.argmax` give the same output for all z nearby, and jump elsewhere. A small
    change of a weight before them changes nothing, so the loss has no gradient by it.

Why training suffers:
    The true gradient of every weight before the step is exactly zero: gradient descent cannot train it. With another
    function's slope pretended in the backward pass the weights move, but not so that the loss falls. An output that
    is rounded before the error is taken says nothing about being nearly right.

How it is detected:
    The recorded activation, run again on chosen values, gives two values, or whole numbers, only; it lies in a network
    of several trained layers, hidden or at the output. An error where the network does not fit, else a note.

When it is no fault:
    The perceptron and its kin (one layer of weights, updated by a rule that is no gradient); steps over weights that
    are drawn and never trained; thresholds for counting errors; a straight-through estimator that works.

Source:
    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986), who replace the
    perceptron's step for this reason; Bengio, Leonard and Courville, "Estimating or propagating gradients through
    stochastic neurons" (2013).
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Layer, Quantity, Run, Structure
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import Stage, Symptom, evidence, place_of, rule

STAIRS = {"step": "a step", "round": "rounded to whole numbers", "argmax": "the number of the largest output"}

SICK = (
    {"activation": "step", "hidden": (4,)},
    {"data": "xor", "hidden": (2,), "activation": "sigmoid", "output": "step", "steps": 300, "learning_rate": 0.01},
)
HEALTHY = ({"data": "and", "hidden": (), "output": "step"}, {"data": "classes", "output": "sigmoid"})


def _stairs(structure: Structure) -> tuple[Layer, ...]:
    return tuple(layer for layer in structure.layers if layer.activation in STAIRS)


def _several_layers(structure: Structure) -> bool:
    """One layer of weights alone is trained by a rule of its own."""
    return len(structure.layers) > 1 and bool(_stairs(structure))


@rule(
    name="non-differentiable-activation",
    severity=Severity.ERROR,
    needs={Quantity.ACTIVATION_DERIVATIVE},
    stage=Stage.DATA,
    remedies=(
        Remedy("Use a smooth activation while training (sigmoid, tanh, ReLU)", {"activation": "tanh"}),
        Remedy("Take the error of the output before it is rounded; round only to count what is right"),
    ),
    explains=IN_TRAINING | IN_STEPS,
    applies=_several_layers,
)
def non_differentiable_activation(run: Run) -> Iterator[Symptom]:
    """Layers whose activation is flat, in a network of several."""
    for layer in _stairs(run.structure):
        slope = run.last(Quantity.ACTIVATION_DERIVATIVE, layer.name)
        if slope is None or slope != 0:
            continue
        fits = known_to_fit(run)
        more, left = result(run)
        hidden = layer is not run.structure.layers[-1]
        yield Symptom(
            f"{layer.name} is {STAIRS[layer.activation or '']}: its derivative is 0 everywhere, so the weights before "
            f"it have no gradient" + ("" if hidden else ", and the error does not say how near the output was") + left,
            (evidence(run, Quantity.ACTIVATION_DERIVATIVE, layer.name, Expected(">", 0.0, "above 0")), *more),
            severity=Severity.NOTE if fits else Severity.ERROR,
            where=(place_of(run, layer.name),),
        )
