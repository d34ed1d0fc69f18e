"""One class is so rare that the network never guesses it, and with each class equally often it would.

What it means:
    Of a hundred samples, three are of the class that matters. Who always guesses the other class is right 97 times.

Why training suffers:
    The loss is a mean over the samples: the rare class hardly counts in it, nor in the gradient. Accuracy looks good
    while nothing has been learnt.

How it is detected:
    A class holds at most 15 % of the samples, and at most a tenth of these is recognised at the end. An experiment
    decides: trained alike on rows drawn so that each class comes equally often, the same network reaches an accuracy
    (mean over the classes) that is at least .2 higher.

When it is no fault:
    A rare class that is recognised all the same. Classes that inputs cannot tell apart: then even classes do no better.

Source:
    He and Garcia, "Learning from imbalanced data", IEEE Transactions on Knowledge and Data Engineering 2009; Buda, Maki
    and Mazurowski, "A systematic study of the class imbalance problem in convolutional neural networks", Neural
    Networks 2018: oversampling helps most.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import fits
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, evidence, need, rule

# Of the samples: about one in seven, where always guessing the others is right by 85 %.
RARE = 0.15
# A tenth: the class is as good as never guessed.
MISSED = 0.1
# Of the accuracy: with 20 rare samples its standard error is .06 (half of a recall's .11), so three of them.
GAIN = 0.2

SICK = ({"rare": 0.03, "data": "classes", "output": "sigmoid", "learning_rate": 0.03, "samples": 300, "steps": 300},)
HEALTHY: tuple[dict[str, object], ...] = (
    {"rare": 0.04, "data": "classes", "output": "sigmoid", "learning_rate": 2.0, "samples": 200, "steps": 6000},
    {"data": "classes", "output": "sigmoid"},
)


@rule(
    name="class-imbalance",
    severity=Severity.WARNING,
    needs={Quantity.RARE_SHARE, Quantity.RARE_RECALL},
    stage=Stage.DATA,
    remedies=(
        Remedy("Weight each sample's loss by 1 over the share of its class, or draw rows so that classes come evenly"),
        Remedy("Judge by the recall of each class, not by accuracy"),
    ),
    explains={"plateau"},
    if_gradient_wrong=IfGradientWrong.SKIP,
)
def class_imbalance(run: Run) -> Iterator[Symptom]:
    """A rare class that is missed, where an experiment shows that even classes would let it be learnt."""
    rare, recall = need(run, Quantity.RARE_SHARE, "targets"), need(run, Quantity.RARE_RECALL, "targets")
    if not (0 < rare <= RARE and recall <= MISSED) or fits(run):
        return
    where = next(iter(run.places(Quantity.TRIAL_RARE_EVEN)), None)
    if where is None:
        raise NotObserved(Quantity.TRIAL_RARE_EVEN)
    as_is, even = need(run, Quantity.TRIAL_RARE_AS_IS, where), need(run, Quantity.TRIAL_RARE_EVEN, where)
    if not even >= as_is + GAIN:
        return
    yield Symptom(
        f"{rare:.1%} of the samples are of the rarest class, and {recall:.0%} of these are recognised: the same "
        f"network trained alike reaches an accuracy, mean over the classes, of {as_is:.0%} as it is and of {even:.0%} "
        "with each class equally often",
        (
            evidence(
                run, Quantity.RARE_SHARE, "targets", Expected(">", RARE, "or a class that is learnt all the same")
            ),
            evidence(run, Quantity.RARE_RECALL, "targets", Expected(">", MISSED, "near 1")),
            evidence(run, Quantity.TRIAL_RARE_AS_IS, where),
            evidence(run, Quantity.TRIAL_RARE_EVEN, where),
        ),
    )
