"""backproof: is my backpropagation right, and why does my network not learn?"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Public modules, loaded when they are asked for."""
    if name == "nn":
        from importlib import import_module

        return import_module("backproof.nn")
    raise AttributeError(f"module 'backproof' has no attribute {name!r}")
