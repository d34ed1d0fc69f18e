"""The targets are so large that training suffers from it.

What it means:
    Prices in the hundreds of thousands are to come out of a network whose weights start near 1. Its first error is as
    large as the targets, and so is each gradient.

Why training suffers:
    The gradient of a hidden weight goes with the error times the output weights: with targets a hundred times as large
    the steps are ten thousand times as long as those for which the rate would be right. The weights burst, the units
    saturate or die; a rate that is small enough takes an age to reach the mean of the targets.

How it is detected:
    The targets reach 10 or more in magnitude, the output is linear, the network does not fit, and an experiment
    decides: trained alike on targets of mean 0 and standard deviation 1, the same network ends at a fifth or less of
    the unexplained share.

When it is no fault:
    Large targets that are learnt well. Targets beyond the range of the output activation are
    `output-range-cannot-reach-target`. Where scaled targets do no better, nothing is said.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 4.5, Choosing target values; Bishop, Neural
    Networks for Pattern Recognition (1995), section 8.2, on pre-processing of inputs and targets.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import FITS, SCALE, fits, outcome, remaining, share, stuck, trial
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, need, rule

# Scaled targets go up to 2 or 3; at 10 a hidden weight's gradient is some 100 times as large (its square).
LARGE = 10.0
# Luck of the start is within x 2 (see unscaled-inputs); a fifth is beyond it.
FAR_BETTER = 0.2
# Half of the variance left is no rough fit any more.
BLOCKS = 0.5

SICK = ({"target_scale": 3000.0, "data": "sum"}, {"target_scale": 1000.0, "data": "sum", "activation": "relu"})
HEALTHY: tuple[dict[str, object], ...] = (
    {},
    {"target_scale": 100.0, "data": "line", "hidden": (), "batch_size": None},
    {"target_scale": 20.0, "learning_rate": 0.0005, "steps": 30000},
)


@rule(
    name="unscaled-targets",
    severity=Severity.ERROR,
    needs={Quantity.TARGET_MAX, Quantity.TARGET_MIN},
    stage=Stage.DATA,
    remedies=(Remedy("Train on (y - y.mean()) / y.std(), and turn predictions back: p * y.std() + y.mean()"),),
    explains={
        "learning-rate-too-high", "numeric-overflow", "non-finite-values", "dead-relu", "plateau",
        "derivative-rounds-to-zero", "vanishing-gradients",
    },
    if_gradient_wrong=IfGradientWrong.SKIP,
)  # fmt: skip
def unscaled_targets(run: Run) -> Iterator[Symptom]:
    """Large targets, where an experiment shows that scaled ones do far better."""
    low, high = (need(run, quantity, "predictions") for quantity in (Quantity.TARGET_MIN, Quantity.TARGET_MAX))
    largest = max(abs(low), abs(high))
    if not largest >= LARGE or fits(run) or _lacks_bias(run):
        return
    scaled = trial(run, Quantity.TRIAL_TARGETS_SCALED)
    learns = remaining(run) < BLOCKS and not stuck(run, 0.0)
    if learns or scaled.as_is <= FITS or not scaled.changed < FAR_BETTER * scaled.as_is:
        return
    yield Symptom(
        f"the targets go up to {largest:.3g} in magnitude: the same network trained alike leaves {share(scaled.as_is)} "
        f"of the variance unexplained as it is and {share(scaled.changed)} with targets scaled to mean 0 and standard "
        f"deviation 1 ({SCALE})",
        (
            evidence(run, Quantity.TARGET_MIN, "predictions", Expected(">", -LARGE, "about -3 to 3 once scaled")),
            evidence(run, Quantity.TARGET_MAX, "predictions", Expected("<", LARGE, "about -3 to 3 once scaled")),
            *scaled.evidence,
            outcome(run),
        ),
        severity=Severity.ERROR if min(remaining(run), scaled.as_is) >= BLOCKS else Severity.WARNING,
    )


def _lacks_bias(run: Run) -> bool:
    """Whether the output has no bias: without one, targets of mean 0 mend that, not their size."""
    return bool(run.structure.layers) and run.structure.layers[-1].has_bias is False
