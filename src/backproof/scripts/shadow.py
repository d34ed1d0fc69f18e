"""Which recorded node each of the program's objects stands for.

The program's own objects are watched by identity: a float or an array that an operation returned is kept alive and
looked up when it comes back as an operand. Arrays share memory, so each memory block (`Buffer`) has a version that
every write raises; a view that is older than its block is derived from it again when it is read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref

COPY_BYTES = 1 << 16  # arrays up to this size are copied when recorded, larger ones when they are about to change
BORROWED_BYTES = 1 << 24  # data of this size that nobody wrote to is not copied even when recording ends
PROBES = 64  # elements compared to notice that a larger array was changed behind the recording's back
# A block that only the recording holds: its Buffer twice (root, primary), its Entry, its node's value, the argument.
OWN_REFERENCES = 5
KINDS = frozenset("fiub")
NewNode = Callable[..., Node]


class Buffer:
    """A block of memory: how often it was written, and the node of its first known array."""

    __slots__ = ("exposed", "node", "primary", "root", "version")

    def __init__(self, root: Any, primary: Any, node: Node) -> None:
        """Start at version 0 with `node` for the array `primary`, which lies in the memory of `root`."""
        self.root = root
        self.primary = primary
        self.node = node
        self.version = 0
        self.exposed: list[Entry] = []  # arrays whose node holds the array itself, not a copy


class Entry:
    """What is known of one array object: its node as of a version of its memory block."""

    __slots__ = ("array", "buffer", "node", "version")

    def __init__(self, array: Any, node: Node, buffer: Buffer) -> None:
        """`node` stands for `array` as of the present version of `buffer`."""
        self.array = array
        self.node = node
        self.buffer = buffer
        self.version = buffer.version


def is_array(value: Any) -> bool:
    """An array (or matrix) of numbers."""
    return isinstance(value, np.ndarray) and value.dtype.kind in KINDS


def root_of(array: NDArray[Any]) -> Any:
    """The array that owns the memory which `array` lies in."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class Shadow:
    """The nodes of the program's floats and arrays."""

    def __init__(self, new_node: NewNode) -> None:
        """`new_node(op, function, args, kwargs, value)` records a node at the current place."""
        self.new_node = new_node
        self.scalars: dict[int, tuple[Any, Node]] = {}
        self.arrays: dict[int, Entry] = {}
        self.buffers: dict[int, Buffer] = {}
        self.bytes = 0

    # -- looking up

    def scalar(self, value: Any) -> Node | None:
        """The node of a float or NumPy scalar, if it is known."""
        known = self.scalars.get(id(value))
        return known[1] if known else None

    def array(self, value: NDArray[Any]) -> Node:
        """The node of an array as it is now; one that was never seen becomes a leaf."""
        entry = self.arrays.get(id(value)) or self._adopt(value)
        if entry.version != entry.buffer.version:
            self._derive(entry)
        if self._changed(entry):
            self._replace(entry)
        return entry.node

    def _adopt(self, value: NDArray[Any]) -> Entry:
        root = root_of(value)
        buffer = self.buffers.get(id(root))
        if buffer is None:
            node = self.new_node("leaf", None, (), {}, self.snapshot(value, own=False))
            return self._enter(value, node, Buffer(root, value, node))
        entry = Entry(value, buffer.node, buffer)
        self.arrays[id(value)] = entry
        self._derive(entry)
        return entry

    def _enter(self, value: Any, node: Node, buffer: Buffer) -> Entry:
        entry = Entry(value, node, buffer)
        self.arrays[id(value)] = entry
        if node.value is value:
            buffer.exposed.append(entry)
        self.buffers.setdefault(id(buffer.root), buffer)
        return entry

    def _derive(self, entry: Entry) -> None:
        buffer = entry.buffer
        entry.version = buffer.version
        if entry.array is buffer.primary:
            entry.node = buffer.node
            return
        positions = shared_positions(buffer.primary, entry.array)
        if positions is None:
            entry.node = self.new_node("leaf", None, (), {}, np.array(entry.array, copy=True, subok=True))
            return
        function = Gather(positions, isinstance(entry.array, np.matrix))
        entry.node = self.new_node("gather", function, (Ref(buffer.node),), {}, np.array(entry.array, subok=True))

    # -- changes

    def _changed(self, entry: Entry) -> bool:
        value, array = entry.node.value, entry.array
        if value is array or value.shape != array.shape:
            return value is not array
        if array.size > COPY_BYTES // 8:
            stride = array.size // PROBES
            return not _same(np.asarray(value).flat[::stride], np.asarray(array).flat[::stride])
        return not _same(value, array)

    def _replace(self, entry: Entry) -> None:
        node = self.new_node("external", None, (), {}, np.array(entry.array, copy=True, subok=True))
        self.written(entry.array, node)

    def protect(self, value: NDArray[Any]) -> Node:
        """The node of an array that is about to be written: its value is copied if it was not yet."""
        node = self.array(value)
        self._copy_exposed(self.arrays[id(value)].buffer)
        return node

    def _copy_exposed(self, buffer: Buffer) -> None:
        for entry in buffer.exposed:
            if entry.node.value is entry.array:
                entry.node.value = np.array(entry.array, copy=True, subok=True)
                self.bytes += entry.array.nbytes
        buffer.exposed.clear()

    def settle(self) -> None:
        """Copy every array that the program may still write to: recording ends, and nobody will warn us."""
        for buffer in self.buffers.values():
            borrowed = buffer.version == 0 and buffer.root.nbytes > BORROWED_BYTES
            if buffer.exposed and not borrowed and sys.getrefcount(buffer.root) > OWN_REFERENCES:
                self._copy_exposed(buffer)

    def written(self, value: NDArray[Any], node: Node) -> None:
        """The array was overwritten; `node` is its new content."""
        entry = self.arrays.get(id(value))
        if entry is None:
            entry = self._adopt(value)
        buffer = entry.buffer
        old = buffer.node
        buffer.version += 1
        if value is buffer.primary:
            buffer.node = node
        else:
            positions = shared_positions(buffer.primary, value)
            content = np.array(buffer.primary, copy=True, subok=True)
            function = Scatter(positions) if positions is not None else None
            args = (Ref(old), Ref(node)) if function else ()
            buffer.node = self.new_node("scatter" if function else "external", function, args, {}, content)
        entry.node, entry.version = node, buffer.version
        if node.value is value:
            buffer.exposed.append(entry)

    # -- results

    def snapshot(self, value: NDArray[Any], own: bool = True) -> NDArray[Any]:
        """What a node keeps of an array: a copy if it is small, else the array itself until it is written.

        `own`: nobody but the recording will keep it, so that it counts as memory used.
        """
        if value.nbytes <= COPY_BYTES:
            self.bytes += value.nbytes
            return np.array(value, copy=True, subok=True)
        self.bytes += value.nbytes if own else 0
        return value

    def result(self, value: Any, node: Node) -> None:
        """An operation returned `value`, recorded as `node`."""
        if not isinstance(value, np.ndarray):
            self.scalars[id(value)] = (value, node)
            return
        root = root_of(value)
        buffer = self.buffers.get(id(root))
        if buffer is None:
            buffer = Buffer(root, value, node)
        self._enter(value, node, buffer)

    def clear(self) -> None:
        """Forget every object (the nodes live on)."""
        self.scalars.clear()
        self.arrays.clear()
        self.buffers.clear()
        self.bytes = 0


def _same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


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
