"""A label is the number of a class that does not exist.

What it means:
    Labels that serve as indices, in one-hot rows or as probabilities[row, label], must lie between 0 and the number of
    classes less 1. Labels that start at 1 go one beyond; a label of -1 silently means the last class.

Why training suffers:
    Beyond the last class the program stops with an IndexError. Below 0 it goes on, with samples of two classes under
    one label: what is learnt for the one is unlearnt by the other.

How it is detected:
    The program stopped at an index that is a label, larger than the classes there is room for. Or labels below 0 pick
    from the end a class that other labels pick by its own number.

When it is no fault:
    Labels of -1, 0 and 1 for three classes: each picks a class of its own. Indices that pick rows of the data, and
    padding that a mask takes out of the loss before it is looked up. That the network fits is no excuse here: it fits
    targets that are not those that were meant.

Source:
    NumPy's documentation, "Indexing on ndarrays"; PyTorch's documentation on CrossEntropyLoss, which demands class
    indices in [0, C), 2024.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._rule import Stage, Symptom, evidence, need, rule

SICK = ({"labels": "from one"}, {"labels": "below zero"})
HEALTHY: tuple[dict[str, object], ...] = ({"labels": "from zero"}, {"labels": "minus one to one"})
# Not one sample may share its class with another label by accident: a single one is a wrong label.
COLLIDES = 0.0


@rule(
    name="label-out-of-range",
    severity=Severity.ERROR,
    needs={Quantity.LABEL_MAX, Quantity.CLASSES},
    stage=Stage.CRASH,
    remedies=(
        Remedy("Count the classes from 0: y - y.min(), or np.unique(y, return_inverse=True)[1]"),
        Remedy("Make room for all classes: int(y.max()) + 1 of them"),
    ),
    explains={"shape-error", "plateau"},
)
def label_out_of_range(run: Run) -> Iterator[Symptom]:
    """Labels beyond the last class, or on the class of another."""
    for where in run.places(Quantity.LABEL_MAX):
        low, high = need(run, Quantity.LABEL_MIN, where), need(run, Quantity.LABEL_MAX, where)
        classes, collide = need(run, Quantity.CLASSES, where), run.last(Quantity.LABELS_COLLIDE, where) or 0.0
        if not (classes >= 1 and low <= high):
            continue
        said = _said(where, low, high, classes, collide)
        if said is not None:  # even where the network fits: it fits targets that are not what was meant
            yield Symptom(
                said,
                (
                    evidence(run, Quantity.LABEL_MIN, where, Expected(">=", 0.0, "the first class is 0")),
                    evidence(run, Quantity.LABEL_MAX, where, Expected("<", classes, "the number of classes")),
                    evidence(run, Quantity.CLASSES, where),
                    evidence(run, Quantity.LABELS_COLLIDE, where, Expected("==", COLLIDES, "none")),
                ),
            )
            return  # the same labels are read at other lines too


def _said(where: str, low: float, high: float, classes: float, collide: float) -> str | None:
    room = f"there is room for {classes:.0f} classes, 0 to {classes - 1:.0f}"
    if high >= classes or low < -classes:
        beyond = f"{high:.0f}" if high >= classes else f"{low:.0f}"
        one_off = "; counted from 0 they would fit" if low == 1 and high == classes else ""
        holds = f"the label {where} is" if low == high else f"{where} holds the label"
        return f"{holds} {beyond}, and {room}{one_off}"
    if low < 0 and collide > COLLIDES:
        return (
            f"{where} go from {low:.0f} to {high:.0f}, and {room}: a label below 0 counts from the end, and "
            f"{collide:.0%} of the samples so share their class with another label"
        )
    return None
