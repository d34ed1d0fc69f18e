"""A script's own `rich.py` beside it: what backproof has imported must not stand in the way of the script's imports."""

from __future__ import annotations

import _imp
import os
import sys
from types import ModuleType

AT_START = frozenset({"encodings", "site", "sitecustomize", "usercustomize"})  # python has them before any script


def hide(directory: str) -> dict[str, ModuleType]:
    """Take modules out of `sys.modules` where python would find the script's own file of that name in `directory`.

    Returns:
        What was taken out, to be put back with `sys.modules.update` once the script has ended.
    """
    try:
        beside = {name.removesuffix(".py") for name in os.listdir(directory) if _importable(directory, name)}
    except OSError:
        return {}
    ours = {name for name in beside & set(sys.modules) if not _comes_first(name) and not _is_in(directory, name)}
    hidden = {name: module for name, module in sys.modules.items() if name.split(".")[0] in ours}
    for name in hidden:
        del sys.modules[name]
    return hidden


def _importable(directory: str, name: str) -> bool:
    return name.endswith(".py") or os.path.isfile(os.path.join(directory, name, "__init__.py"))


def _comes_first(name: str) -> bool:
    """Whether python takes its own module of that name, whatever lies in the directory."""
    return name in sys.builtin_module_names or _imp.is_frozen(name) or name in AT_START or name == "__main__"


def _is_in(directory: str, name: str) -> bool:
    file = getattr(sys.modules[name], "__file__", None) or ""
    return os.path.dirname(os.path.realpath(file)).startswith(os.path.realpath(directory))
