"""What parameters and layers are called, and where in the user's program their modules are made."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import Any

from backproof.findings import Place
from backproof.observers.callers import own_frames, variable_of

Module = Any
Tensor = Any


class Modules:
    """All modules that were made, with the lines that made them."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Module, tuple[str, int]] = weakref.WeakKeyDictionary()
        self._named: dict[int, tuple[str, Module]] = {}
        self._counted = -1

    def made(self, module: Module) -> None:
        """A module is being made: by the innermost line of the user's."""
        frame = next(own_frames(sys._getframe(2)), None)
        self._made[module] = (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("", 0)

    def adopt(self, model: Module) -> None:
        """A model that was made before anything was watched: nobody knows where."""
        for module in model.modules():
            self._made.setdefault(module, ("", 0))

    def place(self, module: Module | None) -> Place:
        """Where a module is made."""
        file, line = self._made.get(module, ("", 0)) if module is not None else ("", 0)
        return Place(file, line, kind="layer") if file else Place(kind="layer")

    def roots(self) -> list[Module]:
        """Modules that are part of no other."""
        alive = list(self._made)
        inner = {id(child) for module in alive for child in module.children()}
        return [module for module in alive if id(module) not in inner]

    def name(self, parameter: Tensor) -> str | None:
        """As `named_parameters` of the model has it."""
        found = self._of(parameter)
        return found[0] if found is not None else None

    def owner(self, parameter: Tensor) -> Module | None:
        """The module that holds a parameter."""
        found = self._of(parameter)
        return found[1] if found is not None else None

    def roots_of(self, parameters: list[Tensor]) -> list[Module]:
        """The models that hold some of the parameters."""
        wanted = {id(parameter) for parameter in parameters}
        return [root for root in self.roots() if any(id(p) in wanted for p in root.parameters())]

    def is_lost(self, parameter: Tensor) -> bool:
        """Whether the module that holds a parameter is a single layer that is part of no model."""
        owner = self.owner(parameter)
        return owner is not None and any(owner is root for root in self.roots()) and not list(owner.children())

    def of_kind(self, roots: list[Module], kind: str) -> list[Module]:
        """The modules of a class within some models."""
        return [module for root in roots for module in root.modules() if type(module).__name__ == kind]

    def _of(self, parameter: Tensor) -> tuple[str, Module] | None:
        found = self._named.get(id(parameter))
        if found is None or found[1]() is None:
            self._read()
            found = self._named.get(id(parameter))
        module = found[1]() if found is not None else None
        return (found[0], module) if found is not None and module is not None else None

    def _read(self) -> None:
        count = len(self._made)
        if count == self._counted:
            return
        self._counted = count
        for name, parameter, module in _all_parameters(self.roots()):
            self._named.setdefault(id(parameter), (name, weakref.ref(module)))


def _all_parameters(roots: list[Module]) -> Iterator[tuple[str, Tensor, Module]]:
    several = len([root for root in roots if next(root.parameters(), None) is not None]) > 1
    for root in roots:
        for path, module in root.named_modules():
            for name, parameter in module.named_parameters(recurse=False):
                inner = f"{path}.{name}" if path else name
                yield f"{type(root).__name__}.{inner}" if several else inner, parameter, module


class Namer:
    """Names that are unique in one training."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._names: dict[int, str] = {}
        self._kept: list[Tensor] = []

    def parameter(self, tensor: Tensor, frame: FrameType | None = None) -> str:
        """Of a module's parameter its name in the model, of another tensor that of the variable that holds it."""
        known = self._names.get(id(tensor))
        if known is None:
            known = self.modules.name(tensor) or variable_of(tensor, frame) or f"parameter {len(self._names) + 1}"
            known = known if known not in self._names.values() else f"{known} #{len(self._names) + 1}"
            self._names[id(tensor)] = known
            self._kept.append(tensor)  # so that its id stays its own
        return known

    def layer(self, tensor: Tensor, frame: FrameType | None = None) -> str:
        """The layer whose weight it is: the module's name, or that of the parameter."""
        name = self.parameter(tensor, frame)
        owned = self.modules.owner(tensor) is not None
        return name.rpartition(".")[0] or name if owned else name

    def place(self, tensor: Tensor) -> Place:
        """Where its module is made."""
        place = self.modules.place(self.modules.owner(tensor))
        return replace(place, name=self.layer(tensor))
