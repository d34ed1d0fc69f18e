"""Gradients that were computed already: judging, reading the updates and confirming ask for the same ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import Override, gradients
from backproof.graph.node import Node

Array = NDArray[Any]
KEPT_BYTES = 1 << 26  # of gradients by parameters; a program of one million of them asks for few


class SweptGradients:
    """The derivatives of what was seeded in one recording, by its nodes."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[object, dict[int, Array]] = {}
        self._bytes = 0

    def gradients(
        self,
        seeds: Mapping[Node, Array],
        wrt: Sequence[Node],
        stop: Collection[int],
        overrides: Mapping[int, Override] | None = None,
    ) -> list[Array]:
        """As `backproof.graph.autodiff.gradients`; the arrays are not to be written to.

        Those with overrides are not kept.
        """
        if overrides:
            return gradients(seeds, wrt, stop=stop, overrides=overrides)
        known = self._of((frozenset(stop), frozenset(map(_content, seeds.items()))))
        missing = [node for node in wrt if node.index not in known]
        if missing:
            made = gradients(seeds, missing, stop=stop)
            known.update((node.index, value) for node, value in zip(missing, made, strict=True))
            self._bytes += sum(value.nbytes for value in made)
        return [known[node.index] for node in wrt]

    def _of(self, key: object) -> dict[int, Array]:
        if self._bytes > KEPT_BYTES:
            self._known.clear()
            self._bytes = 0
        return self._known.setdefault(key, {})


def _content(seed: tuple[Node, Array]) -> tuple[int, tuple[int, ...], bytes]:
    value = np.asarray(seed[1], np.float64)
    return seed[0].index, value.shape, value.tobytes()
