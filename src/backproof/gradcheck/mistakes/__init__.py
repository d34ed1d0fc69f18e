"""The mistakes that the search knows, one function each, one file per family: being in this folder is being known."""

from __future__ import annotations

import importlib
import pkgutil

from backproof.gradcheck.mistakes._mistake import HEADINGS, At, Mistake, Override, Variant, overrides, pages

__all__ = ["HEADINGS", "MISTAKES", "At", "Mistake", "Override", "Variant", "overrides"]

for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

MISTAKES: dict[str, Mistake] = dict(pages())
