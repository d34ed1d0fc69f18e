"""Standardisation that is kept inside a model: data go in and predictions come out in the user's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Scaling:
    """`inner = (outer - shift) / scale`, column by column; both (features,), in the user's units."""

    shift: Array
    scale: Array

    @classmethod
    def of(cls, data: Array) -> Scaling:
        """To mean 0 and standard deviation 1; a constant column is only shifted."""
        deviation = data.std(axis=0)
        return cls(data.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    @classmethod
    def none(cls, features: int, dtype: str) -> Scaling:
        """Leaves everything as it is."""
        return cls(np.zeros(features, dtype), np.ones(features, dtype))

    def is_none(self) -> bool:
        """Whether it leaves everything as it is."""
        return bool(np.all(self.shift == 0) and np.all(self.scale == 1))

    def inner(self, data: Array) -> Array:
        """From the user's units to those of the network."""
        return data if self.is_none() else (data - self.shift) / self.scale

    def outer(self, data: Array) -> Array:
        """From the network's units to those of the user."""
        return data if self.is_none() else data * self.scale + self.shift
