"""Names that later versions of NumPy removed, given back to an older script that asks for them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

OLD_NAMES: dict[str, Callable[[], Any]] = {
    "math": lambda: math,
    "mat": lambda: np.asmatrix,
    "float": lambda: float,
    "int": lambda: int,
    "bool": lambda: bool,
    "object": lambda: object,
    "str": lambda: str,
    "complex": lambda: complex,
    "long": lambda: int,
    "float_": lambda: np.float64,
    "complex_": lambda: np.complex128,
    "unicode_": lambda: np.str_,
    "string_": lambda: np.bytes_,
    "Inf": lambda: np.inf,
    "Infinity": lambda: np.inf,
    "infty": lambda: np.inf,
    "NaN": lambda: np.nan,
    "NAN": lambda: np.nan,
    "PINF": lambda: np.inf,
    "NINF": lambda: -np.inf,
    "product": lambda: np.prod,
    "cumproduct": lambda: np.cumprod,
    "alltrue": lambda: np.all,
    "sometrue": lambda: np.any,
    "row_stack": lambda: np.vstack,
    "round_": lambda: np.round,
    "in1d": lambda: np.isin,
    "trapz": lambda: np.trapezoid,
    "asfarray": lambda: _as_float_array,
    "asscalar": lambda: _as_scalar,
    "rank": lambda: np.ndim,
    "msort": lambda: _sorted_rows,
}


def _as_float_array(a: Any, dtype: Any = np.float64) -> Any:
    return np.asarray(a, dtype=dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def _as_scalar(a: Any) -> Any:
    return a.item()


def _sorted_rows(a: Any) -> Any:
    return np.sort(a, axis=0)


class OldNames:
    """Answers `np.<removed name>` where the script itself asks; libraries see NumPy as it is."""

    def __init__(self, is_script: Callable[[str], bool]) -> None:
        """`is_script` tells whether a file is the script's own."""
        self.is_script = is_script
        self.given: list[str] = []
        self._original: Any = None

    def attach(self) -> None:
        """Stand in front of NumPy's own `__getattr__`."""
        self._original = np.__dict__.get("__getattr__")
        vars(np)["__getattr__"] = self._getattr

    def detach(self) -> None:
        """Put NumPy's own back."""
        if self._original is not None:
            vars(np)["__getattr__"] = self._original

    def _getattr(self, name: str) -> Any:
        if name in OLD_NAMES and self.is_script(sys._getframe(1).f_code.co_filename):
            if f"numpy.{name}" not in self.given:
                self.given.append(f"numpy.{name}")
            return OLD_NAMES[name]()
        if self._original is None:
            raise AttributeError(f"module 'numpy' has no attribute {name!r}")
        return self._original(name)
