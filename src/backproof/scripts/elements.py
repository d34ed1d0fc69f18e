"""Follows numbers into functions that call the script's own functions element by element, and out of them again."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.graph.node import Ref
from backproof.scripts.recording import NodeWriter
from backproof.scripts.shadow import is_array
from backproof.scripts.views import Gather


def has_rows(value: Any) -> bool:
    """An array whose iteration gives `value[0]`, `value[1]` and so on, and runs none of the script's code."""
    return type(value) in (np.ndarray, np.matrix) and is_array(value) and value.ndim > 0


class ElementHooks(NodeWriter):
    """The rows that a loop hands out, and the elements that `np.vectorize` does."""

    def rows(self, array: Any) -> Iterator[Any]:
        """The rows of an array one by one, each recorded as `array[k]`."""
        for k in range(len(array)):
            row = array[k]
            if self.on:
                self._guarded(self._row, array, k, row)
            yield row

    def _row(self, array: Any, k: int, row: Any) -> None:
        self._frame = None
        self._keep("getitem", operator.getitem, (Ref(self.recording.shadow.array(array)), k), {}, row)

    def _vectorized(self, function: Any) -> Any:
        """A stand-in for `np.vectorize(f)` whose elements are followed into `f` and out of it again."""
        if function.signature is not None or function.excluded or getattr(function, "cache", False):
            return function

        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                return function(*args, **kwargs)
            made: list[Any] = []
            early = 0 if function.otypes else 1  # a first call finds out the type

            def spy(*elements: Any) -> Any:
                self._guarded(self._elements, args, elements, max(0, len(made) - early))
                made.append(function.pyfunc(*elements))
                return made[-1]

            value = np.vectorize(spy, otypes=function.otypes)(*args)
            self._guarded(self._stacked, value, made)
            return value

        return call

    def _elements(self, args: tuple[Any, ...], elements: tuple[Any, ...], index: int) -> None:
        shape = np.broadcast_shapes(*(np.shape(a) for a in args))
        for array, element in zip(args, elements, strict=False):
            if is_array(array) and array.shape == shape and type(element) is float:
                node = Ref(self.recording.shadow.array(array))
                self._keep("gather", Gather(np.array(index, dtype=np.intp)), (node,), {}, element)

    def _stacked(self, value: Any, made: list[Any]) -> None:
        if is_array(value) and len(made) >= value.size > 0:
            elements = [self.ref(element) for element in made[-value.size :]]
            self._keep("array", _Shaped(value.shape), (elements,), {}, value)


class _Shaped:
    """`np.array(elements).reshape(shape)`."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def __call__(self, elements: Any) -> Any:
        return np.array(elements).reshape(self.shape)
