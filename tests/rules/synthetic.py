"""Runs made up of numbers: what a rule sees, without a training behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backproof.observations import Layer, Observation, Quantity, Run, Structure

Series = Mapping[tuple[Quantity, str], Sequence[float]]


def run_of(series: Series, structure: Structure | None = None, unseen: Mapping[Quantity, str] | None = None) -> Run:
    """Each series in windows after 0, 100, 200, ... steps."""
    seen = tuple(
        Observation(100 * k, quantity, where, float(value))
        for (quantity, where), values in series.items()
        for k, value in enumerate(values)
    )
    return Run(seen, structure or Structure(), unseen=unseen or {})


def layers(*kinds: str, bias: bool | None = True, skip: bool = False) -> Structure:
    """Layers a_1, a_2, ... of these activations."""
    ranges = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, float("inf"))}
    free = (float("-inf"), float("inf"))
    return Structure(
        layers=tuple(
            Layer(f"a_{k}", activation=kind, output_range=ranges.get(kind, free), has_bias=bias, has_skip=skip)
            for k, kind in enumerate(kinds, start=1)
        )
    )


def unexplained(*values: float) -> dict[tuple[Quantity, str], Sequence[float]]:
    """How well the network learns, window by window."""
    return {(Quantity.UNEXPLAINED, "predictions"): values}


STUCK = unexplained(1.1, 1.0, 1.0, 1.0)
HANGS = unexplained(1.1, 0.51, 0.5, 0.5)
LEARNS = unexplained(1.1, 0.5, 0.1, 0.01)
FALLING = unexplained(1.1, 0.99, 0.95, 0.6)


def deltas(*values: float) -> dict[tuple[Quantity, str], Sequence[float]]:
    """dloss/dz of layers a_1, a_2, ... in three windows."""
    return {(Quantity.DELTA_RMS, f"a_{k}"): [v] * 3 for k, v in enumerate(values, start=1)}


def slopes(count: int, value: float) -> dict[tuple[Quantity, str], Sequence[float]]:
    """Mean derivatives of the activations of `count` layers."""
    return {(Quantity.ACTIVATION_DERIVATIVE, f"a_{k}"): [value] * 3 for k in range(1, count + 1)}


def trials(quantity: Quantity, as_is: Sequence[float], changed: Sequence[float]) -> Series:
    """An experiment and the untreated one beside it, a value a seed."""
    return {(Quantity.TRIAL_AS_IS, "trial"): as_is, (quantity, "trial"): changed}
