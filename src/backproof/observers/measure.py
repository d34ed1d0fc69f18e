"""What each measured quantity is: the only definition, for arrays of any framework that follows NumPy's namespace.

`p` are predictions and `t` targets, (samples, outputs); `z`, `a` and `slope` are (samples, units).
"""

from __future__ import annotations

from typing import Any

SATURATED = 0.02  # of the largest slope: sigmoid beyond |z| = 5.3, tanh beyond 2.7
NEARLY_ALL = 0.95  # of the samples
SAME = 1e-9  # of the largest: sums made in another order differ by 1e-15 or so


def rms(values: Any, xp: Any) -> float:
    """`sqrt(mean(x²))`, also where the squares overflow."""
    scale = float(xp.max(xp.abs(values)))
    return scale * float(xp.sqrt(xp.mean((values / scale) ** 2))) if 0 < scale < float("inf") else scale


def largest(values: Any, xp: Any) -> float:
    """`max |x|`."""
    return float(xp.max(xp.abs(values)))


def mean_magnitude(values: Any, xp: Any) -> float:
    """`mean |x|`."""
    return float(xp.mean(xp.abs(values)))


def variance(t: Any, xp: Any) -> float:
    """Variance of the targets over the samples, mean over the outputs."""
    return float(xp.mean(xp.var(t, 0)))


def unexplained(p: Any, t: Any, xp: Any, of: Any = None) -> float | None:
    """Mean squared error over the variance of the targets (`of`, if the data is more than `t`); None if that is 0."""
    spread = variance(t if of is None else of, xp)
    return float(xp.mean((p - t) ** 2)) / spread if spread > 0 else None


def spread(p: Any, t: Any, xp: Any) -> float | None:
    """Standard deviation of the predictions over that of the targets."""
    of_targets = variance(t, xp)
    return (variance(p, xp) / of_targets) ** 0.5 if of_targets > 0 else None


def out_of_range(t: Any, limits: tuple[float, float], xp: Any) -> float:
    """Share of the targets beyond the limits."""
    return float(xp.mean(1.0 * ((t < limits[0]) | (t > limits[1]))))


def at_limit(t: Any, limits: tuple[float, float], xp: Any) -> float:
    """Share of the targets at one of the limits."""
    return float(xp.mean(1.0 * ((t == limits[0]) | (t == limits[1]))))


def saturated_units(slope: Any, peak: float, xp: Any) -> float:
    """Share of the units whose slope is below a fiftieth of the largest possible one on nearly every sample."""
    flat = xp.mean(1.0 * (xp.abs(slope) < SATURATED * peak), 0)
    return float(xp.mean(1.0 * (flat > NEARLY_ALL)))


def dead_units(z: Any, xp: Any) -> float:
    """Share of the ReLU units whose z is on no sample above 0."""
    alive = xp.max(1.0 * (z > 0), 0)
    return float(xp.mean(1.0 * (alive == 0)))


def equal_units(z: Any, xp: Any) -> float:
    """Share of the units whose z is that of another unit on every sample, to rounding."""
    size = xp.max(xp.abs(z), 0)
    near = SAME * xp.where(size[:, None] > size[None, :], size[:, None], size[None, :])  # the larger one of each pair
    apart = xp.max(xp.abs(z[:, :, None] - z[:, None, :]), 0)  # (samples, units, units) -> (units, units)
    twins = xp.sum(1.0 * (apart <= near), 0)  # each is its own
    return float(xp.mean(1.0 * (twins > 1)))


def feature_deviations(x: Any, xp: Any) -> Any:
    """Standard deviation of each input column, (features,)."""
    return xp.std(x, 0)


def update_ratio(update: Any, weight: Any, xp: Any) -> float | None:
    """RMS of the update over that of the parameter; None if that is 0."""
    size = rms(weight, xp)
    return rms(update, xp) / size if size > 0 else None


def relative_change(before: float, after: float) -> float | None:
    """`after / before - 1`; None where there was nothing before."""
    return after / before - 1 if 0 < abs(before) < float("inf") else None


def average_loss(name: str, p: Any, t: Any, xp: Any) -> float:
    """Mean over the samples of a standard loss, summed over the outputs; `0 log 0` is 0.

    Raises:
        KeyError: There is no such loss.
    """
    per_entry = {
        "half_squared_error": lambda: 0.5 * (p - t) ** 2,
        "absolute_error": lambda: xp.abs(p - t),
        "binary_cross_entropy": lambda: _cross(t, p, xp) + _cross(1 - t, 1 - p, xp),
        "categorical_cross_entropy": lambda: _cross(t, p, xp),
    }[name]()
    return float(xp.sum(per_entry)) / len(p)


def _cross(t: Any, p: Any, xp: Any) -> Any:
    """`-t log p`, 0 where t is."""
    return xp.where(t == 0, 0.0, -t * xp.log(xp.where(t == 0, 1.0, p)))
