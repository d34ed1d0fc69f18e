"""The inputs are so large, so far from zero or so unlike in scale that training suffers from it.

What it means:
    A weight's gradient is its input times delta. With inputs of 60, z = w x is large from the start, and the unit
    sits in the flat end of its activation; with features of unlike size, or all far from 0, the loss is a long narrow
    valley: steep across, flat along.

Why training suffers:
    In the flat end no gradient comes through. In the valley one rate has to serve both directions: what does not jump
    across it crawls along it. The steepness goes with the square of the input, so features whose scales differ
    tenfold need about a hundred times the steps.

How it is detected:
    Either, in the first window, the first layer's pre-activations are far in the flat end for most of its units
    because of inputs beyond 20 in magnitude, a tenth or more of the variance stays unexplained, and no experiment
    says that scaled inputs would do no better. Or the only layer reads such inputs, z grows so large that a sigmoid
    rounds to 0 or 1, and the logarithm of that makes the printed loss infinite or NaN. Or the inputs are large, far
    from zero or unlike in scale, the network does not fit, and an experiment decides: trained alike with inputs scaled
    to mean 0 and standard deviation 1, the same network ends at a fifth or less of the unexplained share.

When it is no fault:
    Large inputs that do no harm: the network fits, or does no better with scaled ones. Without that experiment, or
    saturation, nothing is said.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 4.3, Normalizing the inputs; a Stack
    Exchange question on a sigmoid with the input 62.5 (the answer: normalise your inputs).
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Evidence, Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import FITS, ROUGH_FIT, SCALE, fits, left_over, outcome, remaining, stuck, trial
from backproof.rules._learning import share as percent
from backproof.rules._rule import NotObserved, Stage, Symptom, evidence, rule

# With weights of .25 or more (Glorot, up to 30 units) an input of 20 makes |z| = 5, where a sigmoid has 1/40 of its
# slope.
LARGE = 20.0
# sigmoid'(5) = .0066, 1/38 of the largest.
FLAT = 5.0
# Most units of the first layer: fewer leave it able to learn.
SATURATED = 0.5
# The condition number of the loss goes with the square: tenfold scales make it 100 (Efficient BackProp, section 5).
UNLIKE = 10.0
# |x| over the standard deviation: 1.7 for a uniform, 4 for a normal distribution of 10,000 around 0. Measured: at 5 (a
# shift of 3 standard deviations) .4-.6 stays unexplained where centred inputs leave .01.
FAR_FROM_ZERO = 5.0
# 1 - sigmoid(37) is below half of the last digit of 1 (2^-53); z is to be beyond it for the inputs' size, not for the
# weights': also with inputs of LARGE.
ROUNDS_TO_ONE = 37.0
# Measured on shifted and scaled inputs (reference runs, seeds 0-3): 1/6 to 1/150 with standardised ones; luck: within
# x 2.
FAR_BETTER = 0.2
# Half: more than luck; saturation, which was seen, explains it.
BETTER = 0.5
# Half of the variance left is no rough fit any more.
BLOCKS = 0.5

SICK = (
    {"data": "sum", "input_shift": 10.0},
    {"data": "sum", "input_shift": 30.0},
    {"activation": "sigmoid", "input_scale": 300.0, "init": "one"},
    {"data": "one", "hidden": (), "output": "sigmoid", "init": "fixed", "bias": False, "batch_size": None},
)
HEALTHY: tuple[dict[str, object], ...] = (
    {},
    {"data": "classes", "output": "sigmoid", "activation": "sigmoid", "input_scale": 100.0},
    {"data": "sine15", "samples": 200, "hidden": (10,), "activation": "sigmoid", "init": "uniform", "bias": False},
)


@rule(
    name="unscaled-inputs",
    severity=Severity.ERROR,
    needs={Quantity.INPUT_MAX},
    stage=Stage.DATA,
    remedies=(Remedy("Scale each input to mean 0 and standard deviation 1", {"standardise": True}),),
    explains={
        "derivative-rounds-to-zero", "learning-rate-too-high", "numeric-overflow", "dead-relu", "plateau",
        "non-finite-values", "saturated-units",
    },
)  # fmt: skip
def unscaled_inputs(run: Run) -> Iterator[Symptom]:
    """Inputs that saturate the first layer, or that an experiment shows to be the trouble."""
    where = run.places(Quantity.INPUT_MAX)[0]
    broken = _breaking_the_loss(run, where)
    if broken is not None:
        yield broken
    if broken is not None or fits(run):
        return
    oddities = _oddities(run, where)
    symptom = _saturating(run, where) or (_proven(run, oddities) if oddities else None)
    if symptom is not None:
        yield symptom


def _saturating(run: Run, where: str) -> Symptom | None:
    """Large inputs that push most of the first layer into its flat end from the start."""
    first = run.structure.layers[0].name if run.structure.layers else ""
    _, z = run.series(Quantity.PREACTIVATION_RMS, first)
    _, share = run.series(Quantity.SATURATED_UNITS, first)
    largest = run.series(Quantity.INPUT_MAX, where)[1].max()
    flat = len(z) > 0 and len(share) > 0 and z[0] >= FLAT and share[0] >= SATURATED
    if not flat or largest < LARGE or remaining(run) < ROUGH_FIT or _contradicted(run):
        return None
    return Symptom(
        f"the inputs go up to {largest:.3g} in magnitude, so that {share[0]:.0%} of the units of {first} start in "
        f"the flat end of their activation (pre-activations of {z[0]:.3g}; healthy: about 1): hardly any gradient "
        f"comes through, and {left_over(run)}",
        (
            evidence(run, Quantity.INPUT_MAX, where, Expected("<", LARGE, "about 1 to 3 once scaled")),
            evidence(run, Quantity.PREACTIVATION_RMS, first, Expected("<", FLAT, "about 1")),
            evidence(run, Quantity.SATURATED_UNITS, first, Expected("<", SATURATED)),
            outcome(run),
        ),
        severity=Severity.ERROR if remaining(run) >= BLOCKS else Severity.WARNING,
    )


def _breaking_the_loss(run: Run, where: str) -> Symptom | None:
    """Large inputs that push the output of a network of one layer to 0 or 1, so that the loss is no number."""
    layers, largest = run.structure.layers, run.series(Quantity.INPUT_MAX, where)[1].max()
    if len(layers) != 1 or layers[0].output_range != (0.0, 1.0) or largest < LARGE:
        return None
    _, z = run.series(Quantity.PREACTIVATION_MAX, layers[0].name)
    broken = [
        w for w in run.places(Quantity.PRINTED_LOSS) if not np.isfinite(run.series(Quantity.PRINTED_LOSS, w)[1][-1])
    ]
    if not broken or not len(z) or not ROUNDS_TO_ONE * largest / LARGE <= z.max() < np.inf:
        return None
    return Symptom(
        f"the inputs go up to {largest:.3g} in magnitude, and z = w x up to {z.max():.3g}: beyond "
        f"{ROUNDS_TO_ONE:.0f} the output rounds to 0 or 1, and its logarithm makes the printed loss infinite or NaN",
        (
            evidence(run, Quantity.INPUT_MAX, where, Expected("<", LARGE, "about 1 to 3 once scaled")),
            evidence(run, Quantity.PREACTIVATION_MAX, layers[0].name, Expected("<", ROUNDS_TO_ONE)),
            evidence(run, Quantity.PRINTED_LOSS, broken[0], Expected("<", np.inf, "a number")),
        ),
        severity=Severity.WARNING,
    )


def _contradicted(run: Run) -> bool:
    """Whether an experiment was made, and scaled inputs did no better."""
    try:
        scaled = trial(run, Quantity.TRIAL_STANDARDISED)
    except NotObserved:
        return False
    return scaled.changed > BETTER * scaled.as_is


def _oddities(run: Run, where: str) -> tuple[tuple[str, Evidence], ...]:
    """What is unusual about the inputs, in words and numbers."""
    largest, std = run.last(Quantity.INPUT_MAX, where), run.last(Quantity.INPUT_STD, where)
    ratio = run.last(Quantity.INPUT_SCALE_RATIO, where)
    found = []
    if largest is not None and largest >= LARGE:
        seen = evidence(run, Quantity.INPUT_MAX, where, Expected("<", LARGE, "about 1 to 3 once scaled"))
        found.append((f"go up to {largest:.3g} in magnitude", seen))
    if largest is not None and std and largest / std >= FAR_FROM_ZERO:
        seen = evidence(run, Quantity.INPUT_STD, where, Expected(">", largest / FAR_FROM_ZERO, "centred around 0"))
        found.append((f"lie up to {largest / std:.2g} standard deviations away from 0", seen))
    if ratio is not None and ratio >= UNLIKE:
        seen = evidence(run, Quantity.INPUT_SCALE_RATIO, where, Expected("<", UNLIKE, "about 1"))
        found.append((f"differ {ratio:.3g}-fold in scale", seen))
    return tuple(found)


def _proven(run: Run, oddities: tuple[tuple[str, Evidence], ...]) -> Symptom | None:
    scaled = trial(run, Quantity.TRIAL_STANDARDISED)
    learns = remaining(run) < BLOCKS and not stuck(run, 0.0)
    if learns or scaled.as_is <= FITS or not scaled.changed < FAR_BETTER * scaled.as_is:
        return None
    return Symptom(
        f"the inputs {' and '.join(words for words, _ in oddities)}: the same network trained alike leaves "
        f"{percent(scaled.as_is)} of the variance unexplained as it is and {percent(scaled.changed)} with inputs "
        f"scaled to mean 0 and standard deviation 1 ({SCALE})",
        (*(seen for _, seen in oddities), *scaled.evidence, outcome(run)),
        severity=Severity.ERROR if min(remaining(run), scaled.as_is) >= BLOCKS else Severity.WARNING,
    )
