"""The data that the network is given holds NaN or infinity.

What it means:
    An entry of the inputs or the targets is no number: a field that was empty in the file, a division by zero while the
    data was prepared.

Why training suffers:
    A product with NaN is NaN, and so is a sum in which one term is. One such entry makes the loss NaN, the loss makes
    every gradient NaN, and the first step every weight.

How it is detected:
    An array that the program starts from, and that no step changes, holds entries that are not finite, and a chain of
    such values leads from there to the predictions or to the parameters. Told are the array, row and column.

When it is no fault:
    Missing values that are filled in or left out before they are used (np.nanmean, np.nan_to_num, a mask): then no
    prediction is NaN. Infinity as the start of a search for the least (`best = inf`).

Source:
    Little and Rubin, Statistical Analysis with Missing Data (2019), on what to do about them; Goldberg, "What every
    computer scientist should know about floating-point arithmetic", ACM Computing Surveys 1991, on how NaN spreads.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import known_to_fit
from backproof.rules._rule import Stage, Symptom, evidence, need, rule

SICK = ({"missing_inputs": 1}, {"missing_inputs": 3, "data": "sum", "activation": "relu"})
HEALTHY: tuple[dict[str, object], ...] = ({}, {"data": "classes", "output": "sigmoid", "activation": "sigmoid"})


@rule(
    name="non-finite-data",
    severity=Severity.ERROR,
    needs={Quantity.NON_FINITE_DATA},
    stage=Stage.DATA,
    remedies=(
        Remedy("Leave such rows out: keep = np.isfinite(X).all(axis=1)"),
        Remedy("Or fill them in with the column's mean: np.where(np.isnan(X), np.nanmean(X, axis=0), X)"),
    ),
    explains={"numeric-overflow", "non-finite-values", "plateau", "learning-rate-too-high"},
)
def non_finite_data(run: Run) -> Iterator[Symptom]:
    """Entries of the data that are no numbers."""
    for where in run.places(Quantity.NON_FINITE_DATA) if not known_to_fit(run) else ():
        count = need(run, Quantity.NON_FINITE_DATA, where)
        row, column = run.last(Quantity.NON_FINITE_ROW, where), run.last(Quantity.NON_FINITE_COLUMN, where)
        if not count > 0:
            continue
        at = "" if row is None or column is None else f", the first in row {row:.0f}, column {column:.0f} (from 0)"
        what = "entry that is" if count == 1 else "entries that are"
        says = f"{where} holds {count:.0f} {what}" if row is not None else f"{where} is"
        yield Symptom(
            f"{says} NaN or infinite{at}: whatever is computed from it is no number either",
            (
                evidence(run, Quantity.NON_FINITE_DATA, where, Expected("==", 0.0, "none")),
                evidence(run, Quantity.NON_FINITE_ROW, where),
                evidence(run, Quantity.NON_FINITE_COLUMN, where),
            ),
        )
