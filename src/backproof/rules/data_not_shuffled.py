"""The samples come sorted by their target, and small batches take them in that order, which does harm.

What it means:
    First all samples of one class (or all small targets) are trained on, then all of the next. Within one epoch the
    network is pulled to one answer after the other.

Why training suffers:
    A step on a batch stands for a step on the whole data only if the batch looks like it. Sorted batches do not: each
    stretch of equal targets unlearns what the one before had taught, and the network ends with the last one.

How it is detected:
    The steps take the rows one after the other from an array that stays as it is, and neighbouring targets differ at
    most a third as much as in random order; or the rows that were seen do, one after the other. An experiment decides:
    trained alike with samples in random order, the same network leaves at most half of the variance that it leaves in
    the order of the program, or that the program itself left.

When it is no fault:
    Full-batch training, where order does not matter; sorted data that is drawn at random or shuffled for each epoch;
    and an order that does no harm. Time series for networks with a memory are to be read in their order.

Source:
    Bengio, "Practical recommendations for gradient-based training of deep architectures" (2012), section 3.1; Bottou,
    "Stochastic gradient descent tricks" (2012), section 3.1: shuffle the examples.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, SCALE, outcome, remaining, share, trial
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, need, rule

# 1 for random order, 0 for sorted: two classes one after the other have 1/n, a smooth curve some hundredths; 20 random
# orders of 20 samples never went below .6 (von Neumann's ratio has standard deviation 1 / sqrt(n)).
SORTED = 1 / 3
# Trainings that differ in the random order alone end within a factor of 2 of each other.
BETTER = 0.5
# The trainings with other settings, all in random order and in as many steps as the program's or fewer.
IN_RANDOM_ORDER = "trial"
# Half of the variance left is no rough fit any more.
BLOCKS = 0.5

SICK = ({"order": "sorted", "batch_size": 8, "learning_rate": 0.4},)
HEALTHY: tuple[dict[str, object], ...] = (
    {"order": "sorted", "data": "classes", "output": "sigmoid", "batch_size": None, "learning_rate": 1.0},
    {"order": "sorted", "data": "sum", "batch_size": 8, "learning_rate": 0.4},
    {"order": "random", "data": "classes", "output": "sigmoid", "batch_size": 1},
)


@rule(
    name="data-not-shuffled",
    severity=Severity.ERROR,
    needs={Quantity.ORDER_RATIO},
    stage=Stage.DATA,
    remedies=(Remedy("Shuffle inputs and targets together before each epoch: order = rng.permutation(n)"),),
    explains={"plateau", "learning-rate-too-high", "numeric-overflow", "non-finite-values", "too-few-iterations"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def data_not_shuffled(run: Run) -> Iterator[Symptom]:
    """Sorted samples, where an experiment shows that random order does far better."""
    ratio = need(run, Quantity.ORDER_RATIO, "targets")
    if not ratio <= SORTED or remaining(run) < ROUGH_FIT:
        return
    shuffled = trial(run, Quantity.TRIAL_SHUFFLED)
    if shuffled.as_is < ROUGH_FIT:
        return
    as_is, changed, more = shuffled.as_is, shuffled.changed, shuffled.evidence
    usual = run.last(Quantity.TRIAL_AS_IS, IN_RANDOM_ORDER)
    if changed >= BETTER * as_is and usual is not None:  # it had no time for as many steps as the program made
        as_is, changed, more = remaining(run), usual, (evidence(run, Quantity.TRIAL_AS_IS, IN_RANDOM_ORDER),)
    if not changed < BETTER * as_is:
        return
    yield Symptom(
        f"the samples come in the order of their targets (neighbours differ {ratio:.2g} times as much as in random "
        f"order): the same network trained alike leaves {share(as_is)} of the variance unexplained in this "
        f"order and {share(changed)} in random order ({SCALE})",
        (
            evidence(run, Quantity.ORDER_RATIO, "targets", Expected(">", SORTED, "about 1 in random order")),
            *more,
            outcome(run),
        ),
        severity=Severity.ERROR if as_is >= BLOCKS else Severity.WARNING,
    )
