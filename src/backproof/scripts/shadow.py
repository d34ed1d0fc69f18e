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
from backproof.graph.spared import Cache, can_spare, is_kept, spare
from backproof.scripts.ownership import Buffer, Entry, is_only_ours, root_of
from backproof.scripts.views import Gather, Scatter, shared_positions

COPY_BYTES = 1 << 16  # arrays up to this size are copied when recorded, larger ones when they are about to change
BORROWED_BYTES = 1 << 24  # data of this size that nobody wrote to is not copied even when recording ends
SPARED_BYTES = 1 << 20  # arrays of this size are not kept where they are cheap to compute again
RELEASE_EVERY = 1 << 26  # bytes recorded after which it is looked which arrays only the recording holds
PROBES = 64  # elements compared to notice that a larger array was changed behind the recording's back
# A block that only the recording holds: its Buffer twice (root, primary), its Entry, its node's value, the argument.
OWN_REFERENCES = 5
KINDS = frozenset("fiub")
NewNode = Callable[..., Node]


def is_array(value: Any) -> bool:
    """An array (or matrix) of numbers."""
    return isinstance(value, np.ndarray) and value.dtype.kind in KINDS


class Shadow:
    """The nodes of the program's floats and arrays."""

    def __init__(self, new_node: NewNode) -> None:
        """`new_node(op, function, args, kwargs, value)` records a node at the current place."""
        self.new_node = new_node
        self.scalars: dict[int, tuple[Any, Node]] = {}
        self.arrays: dict[int, Entry] = {}
        self.buffers: dict[int, Buffer] = {}
        self.bytes = 0  # of arrays that only the recording keeps
        self.made = 0  # bytes of arrays that were recorded, kept or not
        self.cache = Cache()
        self.lends = False  # nodes hold arrays that the program may still write to
        self._large: list[Buffer] = []
        self._unreleased = 0

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
        if self.buffers.setdefault(id(buffer.root), buffer) is buffer and len(buffer.entries) == 1:
            self._large += [buffer] if buffer.root.nbytes >= SPARED_BYTES else []
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
            stride = max(array.size // PROBES, 1)
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
            if _holds(entry):
                if self._is_spared(entry, buffer):
                    continue
                entry.node.value = np.array(entry.array, copy=True, subok=True)
                self.bytes += entry.array.nbytes
        buffer.exposed.clear()

    def settle(self) -> None:
        """Copy every array that the program may still write to: recording ends, and nobody will warn us."""
        for buffer in self.buffers.values():
            borrowed = buffer.version == 0 and buffer.root.nbytes > BORROWED_BYTES
            if buffer.exposed and not borrowed and sys.getrefcount(buffer.root) > OWN_REFERENCES:
                self._copy_exposed(buffer)

    def release(self) -> None:
        """Let go of large arrays that nobody but the recording holds: they cannot come back as operands."""
        self._unreleased = 0
        kept = []
        for buffer in self._large:
            if buffer.version or not is_only_ours(buffer):
                kept.append(buffer)
                continue
            spared = [self._is_spared(entry, buffer) for entry in reversed(buffer.entries)]
            self.bytes -= buffer.root.nbytes if all(spared) else 0
            for entry in buffer.entries:
                del self.arrays[id(entry.array)]
            del self.buffers[id(buffer.root)]
        self._large = kept

    def _is_spared(self, entry: Entry, buffer: Buffer) -> bool:
        """Drop the value of an array's node, if it is cheap to compute again; whether that was done."""
        node = entry.node
        if buffer.version or entry.array.nbytes < SPARED_BYTES or not can_spare(node, _stays):
            return False
        spare(node, self.cache)
        return True

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
        self.made += value.nbytes if own else 0
        if value.nbytes <= COPY_BYTES:
            self.bytes += value.nbytes
            return np.array(value, copy=True, subok=True)
        self.lends = True
        self.bytes += value.nbytes if own and id(root_of(value)) not in self.buffers else 0
        self._unreleased += value.nbytes
        if self._unreleased >= RELEASE_EVERY:
            self.release()
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
        self._large.clear()
        self.bytes = 0


def _holds(entry: Entry) -> bool:
    """Does the node hold the program's array itself?"""
    return is_kept(entry.node) and entry.node.value is entry.array


def _stays(node: Node) -> bool:
    """Will the node have this value later, too? Large data of the program's own is not copied when recording ends."""
    value = node.value
    if not isinstance(value, np.ndarray) or (node.function is not None and value.base is None):
        return True
    return bool(root_of(value).nbytes <= BORROWED_BYTES)


def _same(a: Any, b: Any) -> bool:
    """Are the contents equal? Memory that nobody wrote to is so bit by bit, which is told twenty times sooner."""
    if a.dtype == b.dtype and a.tobytes() == b.tobytes():
        return True
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
