"""Some inputs hold one and the same value on every sample: they say nothing.

What it means:
    A column of the data never changes: a pixel at the border of every image, a field that was never filled in.

Why training suffers:
    It hardly does. The weights of a column of zeros never move; those of another constant act as a second bias and only
    make that step longer. But scaling divides by the column's standard deviation, 0, and makes NaN of it.

How it is detected:
    All samples are known, and a column has the same value in each. One column that serves as a bias in a network
    without biases is not counted.

When it is no fault:
    Always a note: images have such pixels, and one-hot tables columns of values that do not occur.

Source:
    Guyon and Elisseeff, "An introduction to variable and feature selection", Journal of Machine Learning Research 2003;
    scikit-learn's documentation on VarianceThreshold, 2024.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Severity
from backproof.observations import Quantity, Run
from backproof.rules._rule import Stage, Symptom, evidence, need, rule

SICK = ({"data": "sum", "constant_columns": 1},)
HEALTHY: tuple[dict[str, object], ...] = ({}, {"data": "table", "output": "sigmoid"})


@rule(
    name="constant-feature",
    severity=Severity.NOTE,
    needs={Quantity.CONSTANT_FEATURES},
    stage=Stage.DATA,
)
def constant_feature(run: Run) -> Iterator[Symptom]:
    """Columns that never change."""
    count = need(run, Quantity.CONSTANT_FEATURES, "inputs")
    if not 0 < count < float("inf"):
        return
    of = f" of {run.structure.inputs}" if run.structure.inputs else ""
    what = "input holds" if count == 1 else "inputs hold"
    yield Symptom(
        f"{count:.0f}{of} {what} one value on every sample: leave them out before scaling, whose divisor would be 0",
        (evidence(run, Quantity.CONSTANT_FEATURES, "inputs", Expected("==", 0.0, "none")),),
    )
