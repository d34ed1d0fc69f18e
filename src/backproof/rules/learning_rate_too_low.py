"""The steps are so short that the network hardly moves: a rate ten times as high, or more, takes it much further.

What it means:
    A step is safe up to about 2 over the largest curvature of the loss. Steps of a hundredth of that, or less, go in
    the right direction and get nowhere in the time that they are given.

Why training suffers:
    The loss falls by a hair every epoch, or not visibly at all. People then take the small changes for a vanished
    gradient or a local minimum.

How it is detected:
    The learning rate times the largest curvature is below a fiftieth, at the start and at the end; more than a tenth
    of the variance is unexplained; and an experiment decides: from the same start, with the rate raised by powers of
    ten as far as the curvature allows, the same number of steps ends at half the unexplained share or less. An error
    where half of the variance or more was left.

When it is no fault:
    A small rate that was given the time to get there. Small steps at the end of a run that fits (`converged`). A
    raised rate that gains nothing: the flat stretch is then due to `plateau`, `vanishing-gradients`,
    `saturated-units` or noise. A rate of the usual size that was stopped early is `too-few-iterations`.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 5.1 (the largest rate is 2 over the largest
    curvature); Smith, "Cyclical learning rates for training neural networks" (2017), on finding the range.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, SCALE, has_learnt, is_noise, outcome, remaining, share, trial, updates
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, need, rule

# Rate times curvature. At 2 steps diverge; programs that train well have .04 to 2 (benchmarks/faults.py, seed 0), so
# a fiftieth leaves room to raise the rate tenfold and stay at a tenth of where it diverges.
SHORT = 0.02
# Of the share with the rate as it is. Paired trials that differ in luck only come within a factor of 2.
HALVED = 0.5
# Of what the run left: repeated as it is, the experiment must not do much better, or it is another training.
REPEATED = 0.8
# Half of the variance left is no rough fit any more.
BLOCKS = 0.5

SICK = (
    {"learning_rate": 1e-4},
    {"data": "line", "hidden": (), "learning_rate": 1e-5},
    {"data": "classes", "output": "sigmoid", "activation": "sigmoid", "learning_rate": 1e-3, "steps": 1000},
)
HEALTHY = (
    {"learning_rate": 0.01, "steps": 20000},
    {"steps": 40},
    {"data": "line", "hidden": (), "noise": 3.0, "learning_rate": 0.005},
    {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid", "steps": 1000},
)


@rule(
    name="learning-rate-too-low",
    severity=Severity.WARNING,
    needs={Quantity.UNEXPLAINED, Quantity.STEP_CURVATURE},
    stage=Stage.SETTINGS,
    remedies=(Remedy("Raise the learning rate tenfold, and again, as long as the loss falls", {"learning_rate": 0.1}),),
    explains={"too-few-iterations", "plateau"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def learning_rate_too_low(run: Run) -> Iterator[Symptom]:
    """Steps far shorter than the curvature asks for."""
    _, lengths = run.series(Quantity.STEP_CURVATURE, "loss")
    if has_learnt(run) or not len(lengths) or not 0 < lengths.max() < SHORT:
        return
    raised = trial(run, Quantity.TRIAL_RAISED_RATE)
    repeated = raised.as_is >= max(REPEATED * remaining(run), ROUGH_FIT)
    if not repeated or raised.changed > HALVED * raised.as_is or is_noise(run):
        return
    times = need(run, Quantity.RATE_RAISED, "trial")
    rate = run.structure.learning_rate
    yield Symptom(
        f"the learning rate{'' if rate is None else f' of {rate:g}'} is too low: times the largest curvature of the "
        f"loss it is {lengths.max():.1g} (2 is where steps diverge; usual: 0.05 to 1), and after "
        f"{updates(run)} {share(remaining(run))} of the variance is unexplained. The same steps at {times:g} times "
        f"the rate end at {share(raised.changed)}, against {share(raised.as_is)} ({SCALE})",
        (
            evidence(run, Quantity.STEP_CURVATURE, "loss", Expected(">", SHORT, "0.05 to 1")),
            *raised.evidence,
            outcome(run),
        ),
        severity=Severity.ERROR if remaining(run) >= BLOCKS else Severity.WARNING,
    )
