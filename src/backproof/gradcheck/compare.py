"""Analytic against numeric: the verdict on each element, and on each parameter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.programs._program import Array, Parameter
from backproof.gradcheck.result import CheckedParameter, Verdict

SURE = 4.0  # times the bound: what is farther off is wrong; a bound is an estimate itself
PRECISE = 1e-3  # a bound above this share of the largest element decides nothing
OWN_ROUNDING = 64.0  # unit roundoffs of the largest element: what adding some thousand products may lose

RIGHT, WRONG, UNDECIDED, KINK = 0, 1, 2, 3
Codes = NDArray[np.int8]


@dataclass(slots=True)
class Comparison:
    """The elements of one parameter that were compared.

    Attributes:
        parameter: Which one.
        indices: Of the compared elements within it, flat.
        given, numeric, bound: Each (k,); the bound covers the rounding of both.
        codes: RIGHT, WRONG, UNDECIDED or KINK of each.
        because: Why something is undecided.
    """

    parameter: Parameter
    indices: NDArray[np.intp]
    given: Array
    numeric: Array
    bound: Array
    codes: Codes
    because: str | None = None

    @classmethod
    def of(
        cls,
        parameter: Parameter,
        indices: NDArray[np.intp],
        given: Array,
        numeric: Array,
        bound: Array,
        *,
        own: Array | None = None,
        rtol: float = 0.0,
        small: float = 0.0,
    ) -> Comparison:
        """Decide each element by its bound.

        Args:
            parameter: Whose elements they are.
            indices: Which ones, flat.
            given: The gradient in question.
            numeric: Ours.
            bound: Of ours.
            own: How far rounding may have carried the given one.
            rtol: A difference of at most this share of the largest element is right, too.
            small: A bound below this is sharp enough whatever the gradient is: such a slope moves the loss by less than
                a millionth of what other parameters do.
        """
        finite = np.isfinite(numeric)
        largest = float(np.abs(numeric[finite]).max()) if finite.any() else 0.0
        codes = np.full(len(indices), UNDECIDED, dtype=np.int8)
        with np.errstate(invalid="ignore"):
            none = (given == 0) & (largest <= bound)
            bound = bound if own is None else bound + own
            error = np.abs(given - numeric)
            near = error <= np.maximum(bound, rtol * largest)
            sharp = (bound <= max(PRECISE * largest, small)) | none
            codes[near & sharp] = RIGHT
            codes[(error > SURE * bound) & ~near] = WRONG
        codes[finite & ~np.isfinite(given)] = WRONG
        return cls(parameter, indices, given, numeric, bound, codes)

    def apart_from(self, part: Array) -> Comparison:
        """The same without a part that both gradients hold, (n,)."""
        known = part[self.indices]
        return replace(self, given=self.given - known, numeric=self.numeric - known)

    @property
    def verdict(self) -> Verdict:
        """Wrong if one element is; right if some are right and the others at kinks."""
        if (self.codes == WRONG).any():
            return "wrong"
        if (self.codes == UNDECIDED).any() or not (self.codes == RIGHT).any():
            return "undecided"
        return "right"

    def row(self, verdict: Verdict | None = None) -> CheckedParameter:
        """As the result shows it."""
        if not len(self.indices):
            return CheckedParameter(self.parameter.name, self.parameter.shape, verdict or "undecided", self.because)
        worst = self._worst()
        finite = np.isfinite(self.numeric) & (self.codes != KINK)
        largest = float(np.abs(self.numeric[finite]).max(initial=0.0))
        with np.errstate(invalid="ignore"):
            error = float(np.abs(self.given - self.numeric)[finite].max(initial=0.0))
        place = np.unravel_index(int(self.indices[worst]), self.parameter.shape) if self.parameter.shape else ()
        return CheckedParameter(
            self.parameter.name,
            self.parameter.shape,
            verdict or self.verdict,
            self.because,
            error / largest if largest else (0.0 if error == 0 else float("inf")),
            float(self.bound[finite].max(initial=0.0)) / largest if largest else 0.0,
            len(self.indices),
            int((self.codes == KINK).sum()),
            tuple(int(k) for k in place),
            float(self.given[worst]),
            float(self.numeric[worst]),
            float(self.bound[worst]),
        )

    def _worst(self) -> int:
        """The element farthest off, in units of its bound; of a wrong one if there is one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.abs(self.given - self.numeric) / self.bound
        off = np.where(np.isnan(off), np.inf, off)
        chosen = np.where(self.codes == (WRONG if (self.codes == WRONG).any() else self.codes), off, -1.0)
        return int(np.argmax(chosen))
