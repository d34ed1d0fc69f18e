"""A column met a row, and broadcasting made a table of them: every prediction is compared with every target.

What it means:
    Predictions of shape (n,) minus targets of shape (n, 1) give no n errors but a table of n by n: NumPy repeats the
    one along the rows and the other along the columns. The same happens to a bias of shape (h,) that is added to a
    column of h values. Nothing complains.

Why training suffers:
    Each prediction is drawn to all targets at once, that is to their mean: the network learns to give the same answer
    to every input, and its loss, the mean over the table, stops at the variance of the targets. After a bias of the
    wrong orientation each unit has as many values as there are units.

How it is detected:
    The comparison has more entries than there are predictions, although there are just as many targets; or the sum
    of a value and a bias has more entries than either, although both have as many. The network does not fit.

When it is no fault:
    Where both sides are meant to differ in number (one target for several outputs, three quantiles of a hundred
    values), where parameters themselves are compared with all rows (centres, prototypes), and where pairs of
    predictions are compared with each other, as in a ranking.

Source:
    NumPy documentation, "Broadcasting"; Harris et al., "Array programming with NumPy", Nature 585 (2020), figure 1d.
    PyTorch warns of the same ("Using a target size that is different to the input size"), NumPy does not.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import NotObserved, Stage, Symptom, evidence, place_of, rule

# Entries per operand: 1 where shapes agree, and at least 2 where two columns of two make a table.
TABLE = 2.0

SICK = ({"fault": "column minus row"}, {"fault": "column minus row", "data": "classes", "output": "sigmoid"})
HEALTHY: tuple[dict[str, object], ...] = ({}, {"data": "classes", "output": "sigmoid"}, {"noise": 0.5})


@rule(
    name="shape-broadcast",
    severity=Severity.ERROR,
    needs=(),
    stage=Stage.DATA,
    remedies=(
        Remedy("Give both the same shape, as with targets.reshape(predictions.shape), and check that they agree"),
    ),
    explains=IN_TRAINING | IN_STEPS,
)
def shape_broadcast(run: Run) -> Iterator[Symptom]:
    """Comparisons, then sums, that have more entries than their operands."""
    if not {Quantity.ERROR_ENTRIES, Quantity.SUM_ENTRIES} & run.quantities():
        raise NotObserved(Quantity.ERROR_ENTRIES)
    for quantity in (Quantity.SUM_ENTRIES, Quantity.ERROR_ENTRIES):
        tables = [where for where in run.places(quantity) if run.series(quantity, where)[1].max() >= TABLE]
        if tables and not known_to_fit(run):
            yield _symptom(run, quantity, tables)
            return


def _symptom(run: Run, quantity: Quantity, tables: list[str]) -> Symptom:
    where, ratio = tables[0], run.series(quantity, tables[0])[1].max()
    of_error = quantity is Quantity.ERROR_ENTRIES
    said = (
        f"{where} has {ratio:.3g} entries for each prediction: there are as many targets as predictions, but of "
        "another shape, as (n,) and (n, 1), so that each prediction is compared with every target"
        if of_error
        else f"{where} has {ratio:.3g} entries for each of its operand's: a value and a bias have as many entries but "
        "another shape, as (h, 1) and (h,), so that each entry of the one is added to every entry of the other"
    )
    more, left = result(run)
    return Symptom(
        said + left,
        (evidence(run, quantity, where, Expected("==", 1.0, "one entry for one")), *more),
        where=tuple(place_of(run, each) for each in tables),
    )
