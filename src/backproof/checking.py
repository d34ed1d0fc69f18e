"""`backproof check TARGET`: finds what is to be checked, makes inputs for it, checks."""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient
from backproof.gradcheck.result import GradientCheck

FRAMEWORKS = ("numpy", "torch", "jax")
EXIT_CODES = {"right": 0, "wrong": 10, "undecided": 11}
SHOWN_AFTER = 1.0  # seconds: quick checks show no bar


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says.

    Attributes:
        target: `package.module:name` or `file.py:name`.
        shapes: Of random inputs, as "8x3"; "" for a number.
        gradient: Name of the gradient of a loss over arrays, in the same file.
        framework: Whose arrays the inputs are; "" to see it from the target.
        seed: Of the inputs, and of what the check draws.
        rtol, time_limit: As for `check_gradient`.
    """

    target: str
    shapes: tuple[str, ...] = ()
    gradient: str = ""
    framework: str = ""
    seed: int = 0
    rtol: float | None = None
    time_limit: float | None = None


def check(asked: Asked, progress: Callable[[float], None] | None = None) -> GradientCheck:
    """Import the target and check its gradient.

    Raises:
        UsageError: There is no such target, or it needs inputs that were not given; the message says what to do.
    """
    if asked.framework and asked.framework not in FRAMEWORKS:
        raise UsageError(f"there is no framework {asked.framework!r}: choose from {', '.join(FRAMEWORKS)}")
    module, name = _module(asked.target)
    target = _named(module, name, asked.target)
    arguments = _arguments(target, module, asked)
    given = {"rtol": asked.rtol, "time_limit": asked.time_limit}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return check_gradient(*arguments, seed=asked.seed, progress=progress, **options)


def _module(target: str) -> tuple[ModuleType, str]:
    where, _, name = target.rpartition(":")
    if not where or not name:
        raise UsageError(f"{target!r} names no object: give it as package.module:name or file.py:name")
    try:
        if where.endswith(".py"):
            return _from_file(Path(where)), name
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(where), name
    except UsageError:
        raise
    except ModuleNotFoundError as error:
        raise UsageError(f"cannot import {where}: {error}") from error
    except Exception as error:  # whatever somebody's module raises
        raise UsageError(f"importing {where} fails: {type(error).__name__}: {error}") from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _named(module: ModuleType, name: str, target: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            public = [each for each in vars(module) if not each.startswith("_")]
            raise UsageError(f"{target!r}: there is no {part!r}; there are {', '.join(public) or 'no names at all'}")
        found = getattr(found, part)
    return found


def _arguments(target: Any, module: ModuleType, asked: Asked) -> Sequence[Any]:
    """What `check_gradient` is called with."""
    framework = asked.framework or _framework(target, asked)
    if isinstance(target, type) and _descends(target, "torch", "Module"):
        target = _made(target)
    if asked.shapes:
        inputs = [_input(shape, framework, asked.seed + k) for k, shape in enumerate(asked.shapes)]
        gradient = [_named(module, asked.gradient, asked.gradient)] if asked.gradient else []
        return [target, *inputs, *gradient]
    if callable(target) and not _is_of_a_framework(target):
        return _returned(target)
    raise UsageError(
        f"{asked.target} needs inputs: give their shapes, as in --input 8x3, or name a function without arguments that "
        "returns what check_gradient takes: (loss, params, gradient) or (module, inputs)"
    )


def _returned(target: Callable[..., Any]) -> Sequence[Any]:
    try:
        found = target()
    except Exception as error:  # whatever somebody's function raises
        raise UsageError(
            f"{getattr(target, '__name__', target)}() without arguments fails: {type(error).__name__}: {error}; "
            "give the shapes of its inputs, as in --input 8x3"
        ) from error
    if not isinstance(found, tuple | list) or len(found) < 2:
        raise UsageError("the function must return what check_gradient takes: (loss, params, gradient) or (module, x)")
    return found


def _made(kind: type) -> Any:
    try:
        return kind()
    except TypeError as error:
        raise UsageError(
            f"{kind.__name__} cannot be made without arguments: {error}. Name an instance of it"
        ) from error


def _framework(target: Any, asked: Asked) -> str:
    """Whose arrays a target takes: its own framework's; else that which its module has imported."""
    if _descends(target, "torch", "Module") or _descends(target, "torch", "Function"):
        return "torch"
    if type(target).__module__.split(".")[0] in ("jax", "jaxlib"):
        return "jax"
    if asked.gradient:
        return "numpy"
    names = {getattr(value, "__name__", "").split(".")[0] for value in getattr(target, "__globals__", {}).values()}
    return next((each for each in ("torch", "jax") if each in names and each in sys.modules), "numpy")


def _descends(target: Any, package: str, name: str) -> bool:
    kinds = target.__mro__ if isinstance(target, type) else type(target).__mro__
    return any(kind.__name__ == name and kind.__module__.split(".")[0] == package for kind in kinds)


def _is_of_a_framework(target: Any) -> bool:
    return isinstance(target, type) or type(target).__module__.split(".")[0] in ("jax", "jaxlib") or (
        _descends(target, "torch", "Module")
    )  # fmt: skip


def _input(shape: str, framework: str, seed: int) -> Any:
    """Normal random numbers of a shape such as "8x3", as an array of the framework."""
    try:
        lengths = tuple(int(part) for part in shape.lower().split("x")) if shape not in ("", "scalar") else ()
    except ValueError:
        lengths = (-1,)
    if any(length < 1 for length in lengths):
        raise UsageError(f"--input {shape!r} is no shape: give it as 8x3, or as scalar")
    numbers = np.random.default_rng(seed).standard_normal(lengths)
    if framework == "torch":
        return importlib.import_module("torch").as_tensor(numbers)
    if framework == "jax":
        return importlib.import_module("jax.numpy").asarray(numbers)
    return float(numbers) if numbers.ndim == 0 else numbers


def command(asked: Asked, report_format: str) -> int:
    """Check, print the result on stdout, and give the exit code."""
    found = check(asked, _progress()) if report_format == "text" else check(asked)
    if report_format == "json":
        print(json.dumps(_plain(found.to_dict()), indent=2))
    else:
        from rich.console import Console
        from rich.text import Text

        Console(soft_wrap=True, highlight=False).print(Text(str(found)))
    return EXIT_CODES[found.verdict]


def _plain(value: Any) -> Any:
    """Numbers that JSON lacks as the strings "NaN", "Infinity" and "-Infinity"."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _progress() -> Callable[[float], None] | None:
    """A bar on a terminal, for checks that take a while; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("checking", total=1.0)
    started = time.perf_counter()

    def watch(share: float) -> None:
        if not bar.live.is_started and time.perf_counter() - started > SHOWN_AFTER:
            bar.start()
            atexit.register(bar.stop)
        bar.update(task, completed=share)
        if share >= 1.0:
            bar.stop()

    return watch
