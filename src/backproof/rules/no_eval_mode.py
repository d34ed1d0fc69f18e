"""Units are still dropped at random when the network predicts: dropout was not switched off after the training.

What it means:
    Dropout multiplies the values of a layer with a random mask of zeros and ones, so that no unit relies on another.
    That is for training only. When predicting, all units take part (and the values are scaled so that their sum stays
    what it was).

Why training suffers:
    It does not, but what is made of it does: each prediction is that of another, thinned network, the same input gives
    another answer each time, and the accuracy that is reported is worse than the network's.

How it is detected:
    A place where values of the network are multiplied with a mask from a random generator while training is passed
    again after the last update, and the mask there still has zeros.

When it is no fault:
    Where the mask is left out or all ones when predicting; where predictions of many masks are averaged for the same
    input (Monte Carlo dropout); masks that hide padding, which are no random numbers.

Source:
    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014), section 4 and figure
    2 (at test time the unit is always present); Gal and Ghahramani (2016) for averaging over masks.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._rule import Stage, Symptom, evidence, place_of, rule

SICK = ({"fault": "dropout when predicting"},)
HEALTHY = ({"fault": "dropout"}, {"fault": "dropout", "activation": "relu", "init": "he"})


@rule(
    name="no-eval-mode",
    severity=Severity.WARNING,
    needs={Quantity.PREDICTING_DROPPED},
    stage=Stage.REPORTING,
    remedies=(
        Remedy(
            "Give the forward pass a switch, and leave the mask out when predicting: if training: h = h * mask / keep"
        ),
    ),
)
def no_eval_mode(run: Run) -> Iterator[Symptom]:
    """Masks with zeros after the last update."""
    dropped = {where: run.last(Quantity.PREDICTING_DROPPED, where) for where in run.places(Quantity.PREDICTING_DROPPED)}
    thinned = [where for where, share in dropped.items() if share and share > 0]
    if not thinned:
        return
    shares = ", ".join(f"{100 * (dropped[where] or 0):.0f} % at {where}" for where in thinned)
    yield Symptom(
        f"units are still dropped when the network predicts, after the training: {shares} (healthy: 0 %)",
        tuple(
            evidence(run, Quantity.PREDICTING_DROPPED, where, Expected("==", 0.0, "all units take part"))
            for where in thinned
        ),
        where=tuple(place_of(run, where) for where in thinned),
    )
