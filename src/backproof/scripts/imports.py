"""Instruments the script's own modules as they are imported."""

from __future__ import annotations

import importlib.machinery
import os
import sys
import types
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

INSTALLED = frozenset({"site-packages", "dist-packages"})
CodeFor = Callable[[bytes, str], types.CodeType]


class OwnFiles:
    """The source files of the script's own, not of an installed library."""

    def __init__(self, roots: Sequence[Path]) -> None:
        """Those below `roots`."""
        self._roots = [root.resolve() for root in roots]
        self._folders: dict[str, bool] = {}  # a library imports hundreds of modules, and links are slow to follow

    def __contains__(self, filename: str | None) -> bool:
        """Whether it is one of them."""
        if not filename or not filename.endswith(".py"):
            return False
        folder = os.path.dirname(filename)
        if folder not in self._folders:
            self._folders[folder] = self._is_own(Path(folder))
        return self._folders[folder]

    def _is_own(self, folder: Path) -> bool:
        if INSTALLED & {*folder.parts}:
            return False
        path = folder.resolve()
        return INSTALLED.isdisjoint(path.parts) and any(root == path or root in path.parents for root in self._roots)


class LocalFinder(MetaPathFinder):
    """Finds modules as Python does; those of the script's own get our loader."""

    def __init__(self, is_local: Callable[[str | None], bool], code_for: CodeFor, found: Callable[[str], None]) -> None:
        """`is_local` tells the script's own files, `code_for` instruments them, `found` is told each module's name."""
        self.is_local, self.code_for, self.found = is_local, code_for, found

    def install(self) -> None:
        """Stand right before Python's own finder of files: built-in modules are found before, as ever."""
        finders: list[Any] = sys.meta_path
        usual = importlib.machinery.PathFinder
        finders.insert(finders.index(usual) if usual in finders else 0, self)

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The usual spec, with our loader where the file is the script's own."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or not self.is_local(spec.origin):
            return spec
        if type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = LocalLoader(self.code_for, spec.loader.name, spec.loader.path)
            self.found(name)
        return spec


class LocalLoader(importlib.machinery.SourceFileLoader):
    """Python's own loader, except for the code that is run."""

    def __init__(self, code_for: CodeFor, name: str, path: str) -> None:
        """Load the module `name` from `path`."""
        super().__init__(name, path)
        self._code_for = code_for

    def get_code(self, fullname: str) -> types.CodeType | None:
        """Cache the plain code as Python does, run the instrumented one."""
        plain = super().get_code(fullname)
        if plain is None:
            return None
        return self._code_for(self.get_data(self.path), plain.co_filename)
