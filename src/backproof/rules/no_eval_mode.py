"""The network predicts as if it trained: units are dropped, or a batch is normalised by its own statistics.

What it means:
    Dropout multiplies the values of a layer with a random mask of zeros and ones, so that no unit relies on another.
    That is for training only. When predicting, all units take part (and the values are scaled so that their sum stays
    what it was). Batch normalisation takes mean and variance of the batch while training, and those that it has
    collected when predicting.

Why training suffers:
    It does not, but what is made of it does: each prediction is that of another, thinned network, the same input gives
    another answer each time, and the accuracy that is reported is worse than that of the network. Normalised by its own
    batch, the answer for a sample depends on which others are predicted with it, and the collected statistics move on.

How it is detected:
    A place where values of the network are multiplied with a mask from a random generator while training is passed
    again after the last update, and the mask there still has zeros. In PyTorch: dropout or batch normalisation of the
    trained model is called in training mode behind the last backward pass.

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
from backproof.rules._rule import NotObserved, Stage, Symptom, evidence, place_of, rule

SICK = ({"fault": "dropout when predicting"},)
HEALTHY = ({"fault": "dropout"}, {"fault": "dropout", "activation": "relu", "init": "he"})


@rule(
    name="no-eval-mode",
    severity=Severity.WARNING,
    needs=(),
    stage=Stage.REPORTING,
    remedies=(
        Remedy(
            "Give the forward pass a switch, and leave the mask out when predicting: if training: h = h * mask / keep"
        ),
        Remedy("In PyTorch: call model.eval() before predicting, and model.train() before training goes on"),
    ),
)
def no_eval_mode(run: Run) -> Iterator[Symptom]:
    """Masks with zeros, then statistics of the batch, after the last update."""
    quantities = (Quantity.PREDICTING_DROPPED, Quantity.PREDICTING_BY_BATCH)
    if not run.quantities().intersection(quantities):
        raise NotObserved(Quantity.PREDICTING_DROPPED)
    for quantity in quantities:
        found = {where: run.last(quantity, where) for where in run.places(quantity)}
        active = {where: share for where, share in found.items() if share and share > 0}
        if active:
            yield _symptom(run, quantity, active)


def _symptom(run: Run, quantity: Quantity, active: dict[str, float]) -> Symptom:
    if quantity is Quantity.PREDICTING_DROPPED:
        shares = ", ".join(f"{100 * share:.0f} % at {where}" for where, share in active.items())
        said = f"units are still dropped when the network predicts, after the training: {shares} (healthy: 0 %)"
        healthy = Expected("==", 0.0, "all units take part")
    else:
        said = (
            f"{', '.join(active)} still takes mean and variance of the batch when the network predicts, after the "
            "training, and not those that it has collected: the answer for a sample depends on the others"
        )
        healthy = Expected("==", 0.0, "the collected statistics")
    seen = tuple(evidence(run, quantity, where, healthy) for where in active)
    return Symptom(said, seen, where=tuple(place_of(run, where) for where in active))
