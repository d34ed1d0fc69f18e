"""backproof: is my backpropagation right, and why does my network not learn?"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


PUBLIC = {
    "check_gradient": "backproof.gradcheck.check",
    "explain_gradient": "backproof.gradcheck.explaining",
    "explain_step": "backproof.gradcheck.explaining",
    "GradientCheck": "backproof.gradcheck.result",
    "watch": "backproof.watching",
}


def __getattr__(name: str) -> Any:
    """Public modules and functions, loaded when they are asked for."""
    from importlib import import_module

    if name == "nn":
        return import_module("backproof.nn")
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    raise AttributeError(f"module 'backproof' has no attribute {name!r}")
