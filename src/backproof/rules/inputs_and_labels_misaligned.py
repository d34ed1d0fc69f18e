"""The rows of the inputs, or of the targets, were reordered apart from the other side.

What it means:
    Row k of the inputs and row k of the targets are to belong to one sample. Here one side was shuffled, sorted or
    picked by an index, and the other was not, or by another order: each sample has the answer of a different one.

Why training suffers:
    Nothing connects such inputs with such targets. The network learns the mean, or the training rows by heart, and
    fails on every new sample.

How it is detected:
    In the recorded program rows were reordered on one side only. Each target is then guessed from samples with
    near inputs (five nearest neighbours, and ridge regression, the sample itself left out): as the program pairs them
    at least four fifths of the variance cannot be told, as they were paired before at most half of it.

When it is no fault:
    Both sides reordered by the same indices. A permuted side as a baseline on purpose (permutation tests), which no
    program trains on alone. Data that nobody could tell in either order is not told.

Source:
    Northcutt, Athalye and Mueller, "Pervasive label errors in test sets destabilize machine learning benchmarks",
    NeurIPS 2021; Allen, "The relationship between variable selection and data augmentation and a method for
    prediction", Technometrics 1974, on errors with a sample left out.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import known_to_fit, share
from backproof.rules._rule import Stage, Symptom, evidence, need, rule

# Measured on random pairings (20 to 400 samples, 1 to 30 columns, 60 seeds each): 1.0 to 1.3, the lowest of all .61,
# and none below .8 from 40 samples and up to 10 columns on.
NOTHING_TOLD = 0.8
# Half of the variance told is below all of those 1200 random pairings.
TOLD = 0.5

SICK = ({"shuffled": "inputs"}, {"shuffled": "targets", "data": "classes", "output": "sigmoid"})
HEALTHY: tuple[dict[str, object], ...] = ({"shuffled": "both"}, {"shuffled": "both", "data": "sum"})


@rule(
    name="inputs-and-labels-misaligned",
    severity=Severity.ERROR,
    needs={Quantity.PROBE_AS_GIVEN, Quantity.PROBE_AS_BEFORE},
    stage=Stage.DATA,
    remedies=(Remedy("Reorder both by one and the same index: order = rng.permutation(n); X, y = X[order], y[order]"),),
    explains={"plateau", "vanishing-gradients", "unscaled-inputs", "missing-bias"},
)
def inputs_and_labels_misaligned(run: Run) -> Iterator[Symptom]:
    """Targets that could be told from the inputs before one side was reordered."""
    for where in run.places(Quantity.PROBE_AS_BEFORE):
        given, before = need(run, Quantity.PROBE_AS_GIVEN, where), need(run, Quantity.PROBE_AS_BEFORE, where)
        if not (given >= NOTHING_TOLD and before <= TOLD) or known_to_fit(run):
            continue
        yield Symptom(
            f"the rows of the {where} were put into another order and those of the other side were not: as they were "
            f"before, samples with near inputs leave {share(before)} of the variance of the targets untold, as the "
            f"program pairs them {share(given)} (100 %: inputs say nothing about the targets)",
            (
                evidence(run, Quantity.PROBE_AS_GIVEN, where, Expected("<", NOTHING_TOLD, "as before reordering")),
                evidence(run, Quantity.PROBE_AS_BEFORE, where),
            ),
        )
