"""What the rules on the size of the initial weights share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from backproof.findings import Expected, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import ROUGH_FIT, SCALE, has_learnt, is_noise, outcome, remaining, share, trial
from backproof.rules._rule import Symptom, evidence, place_of

# Of the share as it is. Paired trials that differ in luck only come within a factor of 2 of each other.
HALVED = 0.5
# Where the units are seen to start in the flat end, the experiment has to confirm that, not to prove it: it may be
# too short to come far.
BETTER = 0.75
# Of a layer's units: what makes it flat.
FLAT = 0.5
# Half of the variance left is no rough fit any more.
BLOCKS = 0.5


def off_scale(run: Run, chosen: Callable[[float], bool]) -> dict[str, float]:
    """The layers whose initial scale is `chosen`, with that scale."""
    scales = {where: run.last(Quantity.INIT_SCALE, where) for where in run.places(Quantity.INIT_SCALE)}
    return {where: scale for where, scale in scales.items() if scale is not None and chosen(scale)}


def _starts_flat(run: Run, where: str) -> bool:
    _, shares = run.series(Quantity.SATURATED_UNITS, where)
    return len(shares) > 0 and bool(shares[0] >= FLAT)


def symptom(run: Run, layers: Mapping[str, float], word: str) -> Iterator[Symptom]:
    """What is told of layers that began too `word`, if the experiment shows that this is the trouble."""
    if has_learnt(run) or is_noise(run):
        return
    scaled = trial(run, Quantity.TRIAL_RESCALED)
    enough = BETTER if any(_starts_flat(run, where) for where in layers) else HALVED
    if not scaled.as_is > ROUGH_FIT or scaled.changed > enough * scaled.as_is:
        return
    which = ", ".join(f"{where} ({scale:.2g} times)" for where, scale in layers.items())
    suits = Expected("in", (1 / 3, 3.0), "about 1")
    yield Symptom(
        f"the initial weights are too {word} for their layers: compared with Glorot's initialisation (He's for ReLU) "
        f"those of {which} (healthy: about 1). The same weights scaled to that size and trained alike leave "
        f"{share(scaled.changed)} of the variance unexplained, as they are {share(scaled.as_is)} ({SCALE})",
        (*(evidence(run, Quantity.INIT_SCALE, where, suits) for where in layers), *scaled.evidence, outcome(run)),
        severity=Severity.ERROR if min(remaining(run), scaled.as_is) >= BLOCKS else Severity.WARNING,
        where=tuple(place_of(run, where) for where in layers),
    )
