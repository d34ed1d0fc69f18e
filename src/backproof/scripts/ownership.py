"""Blocks of memory that the program's arrays lie in, and whether the program still has them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node
from backproof.graph.spared import is_kept


class Buffer:
    """A block of memory: how often it was written, and the node of its first known array."""

    __slots__ = ("entries", "exposed", "node", "primary", "root", "version")

    def __init__(self, root: Any, primary: Any, node: Node) -> None:
        """Start at version 0 with `node` for the array `primary`, which lies in the memory of `root`."""
        self.root = root
        self.primary = primary
        self.node = node
        self.version = 0
        self.exposed: list[Entry] = []  # arrays whose node holds the array itself, not a copy
        self.entries: list[Entry] = []  # all its known arrays


class Entry:
    """What is known of one array object: its node as of a version of its memory block."""

    __slots__ = ("array", "buffer", "node", "version")

    def __init__(self, array: Any, node: Node, buffer: Buffer) -> None:
        """`node` stands for `array` as of the present version of `buffer`."""
        self.array = array
        self.node = node
        self.buffer = buffer
        self.version = buffer.version
        buffer.entries.append(self)


def root_of(array: NDArray[Any]) -> Any:
    """The array that owns the memory which `array` lies in."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _references(arrays: list[Any], k: int) -> int:
    return sys.getrefcount(arrays[k])


LOOKING = _references([np.zeros(1)], 0)  # references that the counting itself makes; their number is Python's affair


def is_only_ours(buffer: Buffer) -> bool:
    """Is every reference to the arrays of a block one of the recording's?"""
    ours: dict[int, int] = {}
    holders = [buffer.root, buffer.primary, *(entry.array for entry in buffer.entries)]
    nodes = {id(entry.node): entry.node for entry in buffer.entries}
    arrays = list({id(array): array for array in holders}.values())
    holders += [node.value for node in nodes.values() if is_kept(node)] + [array.base for array in arrays]
    for holder in map(id, holders):
        ours[holder] = ours.get(holder, 0) + 1
    del holders
    return all(_references(arrays, k) - LOOKING <= ours[key] for k, key in enumerate(map(id, arrays)))
