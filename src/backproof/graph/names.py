"""One name per operation, whatever NumPy, math, operator or SciPy call it."""

from __future__ import annotations

CANONICAL = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "truediv",
    "true_divide": "truediv",
    "div": "truediv",
    "power": "pow",
    "float_power": "pow",
    "floor_divide": "floordiv",
    "remainder": "mod",
    "negative": "neg",
    "positive": "pos",
    "absolute": "abs",
    "fabs": "abs",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "rad2deg": "degrees",
    "deg2rad": "radians",
    "logistic": "expit",
    "amax": "max",
    "amin": "min",
    "fsum": "sum",
    "product": "prod",
    "fmean": "mean",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
    "cumproduct": "cumprod",
    "vector_norm": "norm",
    "sumprod": "dot",
    "fftconvolve": "convolve",
    "convolve2d": "convolve",
    "oaconvolve": "convolve",
    "correlate2d": "correlate",
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "itruediv": "truediv",
    "ipow": "pow",
    "imatmul": "matmul",
    "add.reduce": "sum",
    "multiply.reduce": "prod",
    "maximum.reduce": "max",
    "minimum.reduce": "min",
    "logaddexp.reduce": "logsumexp",
    "add.accumulate": "cumsum",
    "multiply.accumulate": "cumprod",
}


def canonical(op: str) -> str:
    """The name that the tables of derivatives use; `subtract.outer` becomes `sub.outer`."""
    name = CANONICAL.get(op)
    if name is not None:
        return name
    base, dot, form = op.partition(".")
    return CANONICAL.get(base, base) + dot + form
