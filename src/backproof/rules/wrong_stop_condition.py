"""A condition on the loss ends the training while the network is still learning: it is met too soon.

What it means:
    The loop ends as soon as an error is small, or has risen, and the error is that of a single sample, of an old
    pass, or is compared the wrong way round. It is met by chance, after the first samples.

Why training suffers:
    It ends untrained. The numbers look as if it had converged, because the loop says that it is done.

How it is detected:
    The end of the training was recorded; the only condition in the source that can have ended its loops compares a
    value that changes from turn to turn and does not count them (a `for` loop must have been left before its items were
    used up); a tenth or more of the variance is unexplained; and an experiment decides: carried on from the recorded
    end with the program's own rate, the network comes to half of the unexplained share or less.

When it is no fault:
    Where a tolerance is met by a good fit; where every sample is classified rightly; where going on brings nothing; a
    count that runs out is `too-few-iterations`.

Source:
    Prechelt, "Early stopping - but when?" (1998); Bishop, Neural Networks for Pattern Recognition (1995), section
    7.5.2.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, SCALE, outcome, remaining, share, trial
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, place_of, rule

# Of the share at the stop. Paired trials that differ in luck only come within a factor of 2 of each other.
HALVED = 0.5

SICK = ({"fault": "stops at the first small error"},)
HEALTHY: tuple[dict[str, object], ...] = ({"fault": "stops when the mean error is small"}, {})


@rule(
    name="wrong-stop-condition",
    severity=Severity.ERROR,
    needs={Quantity.STOPPED_AFTER, Quantity.UNEXPLAINED},
    stage=Stage.SETTINGS,
    remedies=(Remedy("Compare the mean error over all samples, after a whole pass, with the tolerance"),),
    explains={"plateau", "loss-computed-wrongly", "too-few-iterations", "learning-rate-too-low"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def wrong_stop_condition(run: Run) -> Iterator[Symptom]:
    """A stop that an experiment finds too early."""
    if remaining(run) <= ROUGH_FIT:
        return
    past = trial(run, Quantity.TRIAL_NOT_STOPPED)
    if past.as_is <= ROUGH_FIT or past.changed > HALVED * past.as_is:
        return
    for where in run.places(Quantity.STOPPED_AFTER):
        updates = run.last(Quantity.STOPPED_AFTER, where) or 0.0
        yield Symptom(
            f"{where} ends the training after {updates:g} updates, while the network is still learning: it leaves "
            f"{share(past.as_is)} of the variance unexplained, and carried on with the same rate it comes to "
            f"{share(past.changed)} ({SCALE})",
            (
                evidence(run, Quantity.STOPPED_AFTER, where, Expected(">", updates, "until the loss no longer falls")),
                *past.evidence,
                outcome(run),
            ),
            where=(place_of(run, where),),
        )
        return
