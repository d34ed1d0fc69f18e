"""Watches a script whatever it imports: NumPy and plain Python from its first line, a framework from its import on."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from typing import Any

from backproof.findings import Diagnosis, Program
from backproof.observers.numpy import NumpyRecorder, diagnose_recording

FRAMEWORKS = ("torch",)  # with a leaf of that name in this folder
UNJUDGED = "it trains in {}: what it computes in NumPy and plain Python was not judged"


class ProgramRecorder(NumpyRecorder):
    """The recorder that `running` drives.

    Attributes:
        watches: By the name of a framework that the script has imported, its observer.
        stopped: By the same name, what ended the script within it.
    """

    def __init__(self) -> None:
        """Nothing is recorded before `attach`."""
        super().__init__()
        self.watches: dict[str, Any] = {}
        self.stopped: dict[str, Any] = {}
        self.faults: list[str] = []
        self._finder = ImportFinder(FRAMEWORKS, self._imported)

    def attach(self, main_file: str) -> None:
        """Start to record; frameworks that are there already are watched at once."""
        super().attach(main_file)
        sys.meta_path.insert(0, self._finder)
        for name in FRAMEWORKS:
            if name in sys.modules:
                self._imported(name)

    def _imported(self, name: str) -> None:
        """The script has just imported a framework."""
        try:
            leaf = importlib.import_module(f"backproof.observers.{name}")
            watch = leaf.watch()
            watch.on_update, watch.begun = self.on_update, self._begun
            self.watches[name] = watch
            leaf.attach(watch)
        except Exception as fault:  # the script goes on without us
            self.faults.append(f"{name} could not be watched ({type(fault).__name__}: {fault})")

    def _begun(self) -> None:
        """A training in a framework begins: recording the script's own arithmetic would only slow it down."""
        self.tracer.give_up("a training in a framework begins")

    def raised(self, error: BaseException) -> None:
        """An exception ends the script: see what stopped it while its frames still live."""
        super().raised(error)
        for name in self.watches:
            found = importlib.import_module(f"backproof.observers.{name}").crash_in(error)
            if found is not None:
                self.stopped[name] = found

    def detach(self) -> None:
        """Take all hooks off."""
        for watch in self.watches.values():
            watch.detach()
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        super().detach()


class ImportFinder(MetaPathFinder):
    """Finds modules as Python does, and is told just after some of them were executed, before the importer has them."""

    def __init__(self, names: tuple[str, ...], imported: Callable[[str], None]) -> None:
        self.names, self.imported = names, imported

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The spec that the other finders have, with a loader that tells us when it is done."""
        if name not in self.names:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if finder is not self and find is not None else None
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Told(spec, self.imported)
                return spec
        return None


class _Told:
    """A loader in whose place the usual one is again once the module is loaded."""

    def __init__(self, spec: Any, imported: Callable[[str], None]) -> None:
        self._spec, self._loader, self._imported = spec, spec.loader, imported

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        """As the usual loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Likewise; then tell."""
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._imported(self._spec.name)


def recorder() -> ProgramRecorder:
    """A new recorder."""
    return ProgramRecorder()


def diagnose_program(watched: ProgramRecorder, program: Program) -> Diagnosis:
    """What the framework's observer says if the script trained there, else what was recorded in NumPy says."""
    for name, watch in watched.watches.items():
        if watch.trained or name in watched.stopped:
            leaf = importlib.import_module(f"backproof.observers.{name}")
            found: Diagnosis = leaf.diagnosis_of(
                watch, program, watched.stopped.get(name), experiments=watched.experiments
            )
            return found
    return diagnose_recording(watched, program)
