"""Hooks of assignments: what was written into an array, a list, an attribute or a name."""

from __future__ import annotations

import operator
import sys
import types
from threading import get_ident
from typing import Any

import numpy as np

from backproof.graph.node import Ref
from backproof.scripts.recording import NodeWriter, frozen, frozen_constant, is_tracked, set_item
from backproof.scripts.shadow import is_array
from backproof.scripts.sites import Site


class StoreHooks(NodeWriter):
    """`base[key] = value`, `name op= value`, `base.name op= value` and `base[key] op= value`."""

    def store_base(self, site: int, base: Any) -> Any:
        """The object that is about to be written to was evaluated."""
        if get_ident() == self.thread:
            self.stack.append((site, base))
            if self.on and is_array(base):
                self._site = site
                self._guarded(self.recording.shadow.protect, base)
        return base

    def stored(self, site: int) -> None:
        """`base[key] = value` was done."""
        if not self.on or get_ident() != self.thread:
            return
        self._site, self._frame = site, sys._getframe(1)
        self._guarded(self._stored, self.sites[site])
        self._frame = None

    def _stored(self, site: Site) -> None:
        pushed = self._popped(site)
        if pushed is None:
            return
        value, base, key = self._operands(site, pushed)
        if is_array(base):
            self._set(base, key, self.ref(value))

    def _set(self, base: Any, key: Any, ref: Any) -> None:
        shadow = self.recording.shadow
        args = (Ref(shadow.arrays[id(base)].node), frozen(key), frozen_constant(ref))
        node = self.new_node("setitem", set_item, args, {}, shadow.snapshot(base))
        node.inplace = True
        shadow.written(base, node)

    def before(self, site: int, old: Any) -> None:
        """`name op= value` is about to happen to the object `old`."""
        self.store_base(site, old)

    def operand(self, site: int, value: Any) -> Any:
        """The right side of an augmented assignment was evaluated; the old value is still there."""
        if self.on and get_ident() == self.thread:
            self._site, self._frame = site, sys._getframe(1)
            self._guarded(self._old_value, self.sites[site], value)
            self._frame = None
        return value

    def _old_value(self, site: Site, value: Any) -> None:
        shadow = self.recording.shadow
        pushed = [known for known in self.stack[-400:] if known[0] == site.index]
        count = 2 if site.kind == "augment-item" else 1
        if len(pushed) < count:
            return  # a new window began in the middle of the statement
        base = pushed[-count][1]
        key = pushed[-1][1] if count == 2 else site.name
        old = base if site.kind == "augment-name" else read(base, key, site.kind == "augment-item")
        ref: Any = None
        if is_array(base) and site.kind == "augment-item":
            content = frozen(old) if is_array(old) else old
            node = self.new_node("getitem", operator.getitem, (Ref(shadow.array(base)), frozen(key)), {}, content)
            ref = Ref(node)
        elif is_array(old):
            ref = Ref(shadow.protect(old))
        else:
            ref = self.ref(old)
        self.stack.append((site.index, (old, ref, frozen_constant(self.ref(value)))))

    def after(self, site: int, *new: Any) -> None:
        """An augmented assignment was done."""
        if not self.on or get_ident() != self.thread:
            return
        self._site, self._frame = site, sys._getframe(1)
        self._guarded(self._augmented, self.sites[site], new)
        if len(self.recording.nodes) >= self.check_at:
            self._guarded(self.lose)
        self._frame = None

    def _augmented(self, site: Site, new: tuple[Any, ...]) -> None:
        count = 3 if site.kind == "augment-item" else 2
        found = [k for k in range(max(0, len(self.stack) - 400), len(self.stack)) if self.stack[k][0] == site.index]
        if len(found) < count:
            return
        pushed = [self.stack[k][1] for k in found[-count:]]
        del self.stack[found[-count] :]
        base, (old, ref, operand) = pushed[0], pushed[-1]
        if site.kind == "augment-name":
            value = new[0]
        else:
            key = pushed[1] if count == 3 else site.name
            value = read(base, key, count == 3)
        if not is_tracked(value):
            if count == 3 and isinstance(value, np.integer) and isinstance(operand, Ref):
                self._cut(site, base, pushed[1], (old, ref, operand))
            return
        shadow = self.recording.shadow
        if is_array(base) and site.kind == "augment-item":
            content = shadow.snapshot(frozen(value)) if is_array(value) else value
            node = self.new_node(site.op, site.function, (ref, operand), {}, content)
            self._set(base, pushed[1], Ref(node))
        elif value is old and is_array(value):
            node = self.new_node(site.op, site.function, (ref, operand), {}, shadow.snapshot(value))
            shadow.written(value, node)
        else:
            node = self.new_node(site.op, site.function, (ref, operand), {}, self._content(value))
            shadow.result(value, node)
        node.inplace = True

    def _cut(self, site: Site, base: Any, key: Any, sides: tuple[Any, Any, Ref]) -> None:
        """A number with a fraction went into an array of whole numbers: recorded is what was to be written."""
        old, ref, operand = sides
        if is_array(base) and is_tracked(operand.node.value) and site.function is not None:
            wanted = site.function(old, operand.node.value)
            self._set(base, key, Ref(self.new_node(site.op, site.function, (ref, operand), {}, wanted)))

    def _content(self, value: Any) -> Any:
        return self.recording.shadow.snapshot(value) if is_array(value) else value


def read(base: Any, key: Any, item: bool) -> Any:
    """`base[key]` or `base.key`, if reading it runs none of the script's code; else None."""
    if item:
        return base[key] if type(base) in (list, dict) or isinstance(base, np.ndarray) else None
    try:
        held = object.__getattribute__(base, "__dict__")
    except AttributeError:
        held = {}
    if key in held:
        return held[key]
    slot = next((vars(kind)[key] for kind in type(base).__mro__ if key in vars(kind)), None)
    return slot.__get__(base) if isinstance(slot, types.MemberDescriptorType) else None
