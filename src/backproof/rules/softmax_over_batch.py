"""The softmax is normalised over the samples of the batch, so that the samples compete and not the classes.

What it means:
    A softmax divides the exponentials of *one sample's* outputs by their sum, over the classes. With the sum over the
    other axis, or over the whole matrix, the outputs of one class add up to one over all samples (or all of them
    together do), and what comes out for a sample is no distribution over classes.

Why training suffers:
    A target of 1 for each sample cannot be reached: with n samples the outputs are about 1/n. What a sample gets
    depends on which others are in the batch, and predicting a single sample gives 1 whatever it is.

How it is detected:
    The recorded outputs, made of exponentials and their sum, add up to one along an axis that counts samples (values
    along it were made with the same weights), and the targets do not.

When it is no fault:
    Samples that are meant to compete: ranking a list, attention over the positions of a sequence. Layouts with the
    samples in columns, whose classes lie along axis 0.

Source:
    Bishop, Pattern Recognition and Machine Learning (2006), equation 4.62 (the sum is over the classes); Goodfellow,
    Bengio and Courville, Deep Learning (2016), section 6.2.2.3.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import Stage, Symptom, evidence, need, place_of, rule

SICK = ({"fault": "softmax over batch"}, {"fault": "softmax over all"})
HEALTHY = ({"fault": "softmax"}, {"fault": "softmax", "batch_size": 1, "learning_rate": 0.05})


@rule(
    name="softmax-over-batch",
    severity=Severity.ERROR,
    needs={Quantity.SOFTMAX_SAMPLES, Quantity.SOFTMAX_ENTRIES, Quantity.SOFTMAX_UNITS},
    stage=Stage.DATA,
    remedies=(Remedy("Normalise over the classes: e / e.sum(axis=1, keepdims=True) where rows are samples"),),
    explains=IN_TRAINING | IN_STEPS,
)
def softmax_over_batch(run: Run) -> Iterator[Symptom]:
    """More than one sample shares a sum, or a single one is divided by itself, unit by unit."""
    for where in run.places(Quantity.SOFTMAX_SAMPLES):
        samples = need(run, Quantity.SOFTMAX_SAMPLES, where)
        entries, units = need(run, Quantity.SOFTMAX_ENTRIES, where), need(run, Quantity.SOFTMAX_UNITS, where)
        by_itself = entries == 1 and units > 1
        if not (samples > 1 or by_itself) or known_to_fit(run):
            continue
        what = "each output is divided by itself" if samples <= 1 else f"over {samples:g} samples"
        also = "" if entries <= 1 else f" and {entries:g} units"
        more, left = result(run)
        yield Symptom(
            f"the softmax of {where} is normalised {what}{also}: it should be over the {units:g} units of one "
            f"sample{left}"
            if samples > 1
            else f"in the softmax of {where} {what}: its sum should go over the {units:g} units of one sample{left}",
            (
                evidence(run, Quantity.SOFTMAX_SAMPLES, where, Expected("==", 1.0, "one sample")),
                evidence(run, Quantity.SOFTMAX_ENTRIES, where, Expected("==", units, "all units")),
                *more,
            ),
            where=(place_of(run, where),),
        )
