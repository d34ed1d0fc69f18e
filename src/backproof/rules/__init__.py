"""The doctor's rules, one file each: being in this folder is being registered."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from collections.abc import Collection
from typing import TYPE_CHECKING

from backproof.errors import UnknownRule
from backproof.rules._rule import Rule

if TYPE_CHECKING:
    RULES: dict[str, Rule]

__all__ = ["RULES", "Rule", "check_names"]


def __getattr__(name: str) -> object:
    """`RULES`, by name; the files are read when it is first asked for."""
    if name == "RULES":
        return _found()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def check_names(names: Collection[str], also: Collection[str] = ()) -> None:
    """Make sure that each of `names` is a rule, or one of `also` (the mistakes of the gradient checker).

    Raises:
        UnknownRule: One is not; the message names the closest ones.
    """
    known = {*_found(), *also}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(close)}?" if close else "`backproof rules` lists them all"
            raise UnknownRule(f"there is no rule {name!r}: {hint}")


@functools.cache
def _found() -> dict[str, Rule]:
    files = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {found.name: found for found in map(_rule_in, files)}


def _rule_in(file: str) -> Rule:
    """The one rule of a file, which bears the file's name with dashes for underscores."""
    module = importlib.import_module(f"{__name__}.{file}")
    rules = [value for value in vars(module).values() if isinstance(value, Rule)]
    if [rule.name for rule in rules] != [file.replace("_", "-")]:
        raise TypeError(f"rules/{file}.py must hold one rule, {file.replace('_', '-')}: it has {rules}")
    return rules[0]
