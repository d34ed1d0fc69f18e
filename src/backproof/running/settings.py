"""How a run is set: the options of the command line over the defaults in `[tool.backproof]` of `pyproject.toml`."""

from __future__ import annotations

import difflib
import math
import os
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from backproof.errors import UsageError

FORMATS = ("text", "json")
FAIL_ON = ("error", "warning")
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `backproof run`; None means: not set."""

    format: str | None = None
    output: str | None = None
    fail_on: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    stop_after: int | None = None
    time_limit: float | None = None
    baseline: str | None = None
    experiments: bool | None = None

    def over(self, defaults: Settings) -> Settings:
        """These, and where they are not set, `defaults`."""
        names = [field.name for field in fields(self)]
        return Settings(**{name: _set(getattr(self, name), getattr(defaults, name)) for name in names})

    def checked(self) -> Settings:
        """These, once it is sure that they can be honoured; paths made absolute, since the script may change directory.

        Raises:
            UsageError: They cannot; the message says which one, and what to do.
        """
        _check_choice("--format", self.format, FORMATS)
        _check_choice("--fail-on", self.fail_on, FAIL_ON)
        _check_positive("--stop-after", self.stop_after, "updates")
        _check_positive("--time-limit", self.time_limit, "seconds")
        if self.format == "json" and not self.output:
            raise UsageError("--format json needs a file to write to: add --output FILE (stdout is your program's own)")
        if self.output:
            _check_writable(self.output)
        return replace(self, output=_absolute(self.output), baseline=_absolute(self.baseline))


_PATHS = ("output", "baseline")


def _set(value: Any, default: Any) -> Any:
    return default if value is None or value == () else value


def _absolute(path: str | None) -> str | None:
    return os.path.abspath(path) if path else None


def _check_choice(option: str, value: str | None, choices: Collection[str]) -> None:
    if value is not None and value not in choices:
        raise UsageError(f"{option} {value!r} is not known: it takes {' or '.join(choices)}")


def _check_positive(option: str, value: float | None, unit: str) -> None:
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise UsageError(f"{option} {value!r} must be a positive number of {unit}")


def _check_writable(path: str) -> None:
    full = os.path.abspath(path)
    folder = os.path.dirname(full)
    if os.path.isdir(full):
        raise UsageError(f"--output {path!r} is a directory: name a file in it")
    if not os.path.isdir(folder):
        raise UsageError(f"--output {path!r}: there is no directory {folder!r}: make it first")
    if not os.access(full if os.path.exists(full) else folder, os.W_OK):
        raise UsageError(f"--output {path!r} cannot be written: no permission")


def number(option: str, text: str | None, kind: Callable[[str], N]) -> N | None:
    """The number that the text of an option is.

    Raises:
        UsageError: It is none.
    """
    try:
        return None if text is None else kind(text)
    except ValueError:
        whole = "a whole number" if kind is int else "a number"
        raise UsageError(f"{option} {text!r} must be {whole}") from None


def from_pyproject(directory: str) -> Settings:
    """The settings in `[tool.backproof]` of the nearest `pyproject.toml`, upward from `directory`.

    Raises:
        UsageError: The file or a setting in it is not valid; the message names it.
    """
    path = _nearest("pyproject.toml", directory)
    if path is None:
        return Settings()
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}): mend it, it may hold settings for backproof") from None
    tool = content.get("tool")
    table = tool.get("backproof", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [tool.backproof] must be a table, not {table!r}")
    return Settings(**_parsed(table, path))


def _nearest(name: str, directory: str) -> str | None:
    here = os.path.abspath(directory)
    while True:
        path = os.path.join(here, name)
        if os.path.isfile(path):
            return path
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent


_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "format": ((str,), "a string"),
    "output": ((str,), "a string"),
    "fail-on": ((str,), "a string"),
    "select": ((list,), "a list of rule names"),
    "ignore": ((list,), "a list of rule names"),
    "stop-after": ((int,), "a whole number"),
    "time-limit": ((int, float), "a number"),
    "baseline": ((str,), "a string"),
    "experiments": ((bool,), "true or false"),
}


def _parsed(table: Mapping[str, Any], path: str) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _KINDS:
            raise UsageError(f"{path}: [tool.backproof] has no setting {name!r}{_closest(name, _KINDS)}")
        kinds, described = _KINDS[name]
        whole = not isinstance(value, list) or all(isinstance(item, str) for item in value)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds) or not whole:
            raise UsageError(f"{path}: {name} in [tool.backproof] must be {described}, not {value!r}")
        parsed[name.replace("-", "_")] = _beside(path, name, value)
    return parsed


def _beside(path: str, name: str, value: Any) -> Any:
    if name in _PATHS:
        return os.path.join(os.path.dirname(path), value)
    return tuple(value) if isinstance(value, list) else value


def _closest(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f": it takes {', '.join(sorted(known))}"
