"""How a view lies in the array that it is a view of, and how its elements are read from there and written back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Gather:
    """Picks elements of a flattened array: how a view lies in another array of the same memory."""

    __slots__ = ("matrix", "positions")

    def __init__(self, positions: NDArray[np.intp], matrix: bool = False) -> None:
        """`positions` has the shape of the view."""
        self.positions = positions
        self.matrix = matrix

    def __call__(self, source: Any) -> Any:
        """The elements of `source`, in the shape of `positions`."""
        taken = np.asarray(source).ravel()[self.positions]
        return np.asmatrix(taken) if self.matrix else taken


class Scatter:
    """Writes the elements of a view back into the array that it is a view of."""

    __slots__ = ("positions",)

    def __init__(self, positions: NDArray[np.intp]) -> None:
        """`positions` has the shape of the view."""
        self.positions = positions

    def __call__(self, target: Any, view: Any) -> Any:
        """A copy of `target` with `view` written into it."""
        made = np.array(target, copy=True, subok=True)
        flat = np.asarray(made).reshape(-1)
        flat[self.positions] = np.asarray(view)
        return flat.reshape(made.shape) if not isinstance(made, np.matrix) else np.asmatrix(flat.reshape(made.shape))


def _offsets(array: NDArray[Any]) -> NDArray[np.int64]:
    offsets = np.full(array.shape, array.__array_interface__["data"][0], dtype=np.int64)
    for axis, (count, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
        shape = [1] * array.ndim
        shape[axis] = count
        offsets = offsets + (np.arange(count, dtype=np.int64) * stride).reshape(shape)
    return offsets


def shared_positions(array: NDArray[Any], view: NDArray[Any]) -> NDArray[np.intp] | None:
    """Where each element of `view` lies in the flattened `array`, or None if some element does not lie in it."""
    if array.dtype != view.dtype or not array.size:
        return None
    offsets = _offsets(np.asarray(array)).ravel()
    order = np.argsort(offsets, kind="stable")
    wanted = _offsets(np.asarray(view))
    found = np.searchsorted(offsets[order], wanted)
    found = order[np.minimum(found, len(order) - 1)]
    return found.astype(np.intp) if bool(np.all(offsets[found] == wanted)) else None
