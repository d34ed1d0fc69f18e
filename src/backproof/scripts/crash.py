"""What stopped a program: the operation that raised the exception, what went into it, and whence that came."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from backproof.graph.node import Span
from backproof.observations import Crash, Operand
from backproof.scripts.ancestry import Moment, ancestry
from backproof.scripts.naming import place
from backproof.scripts.reading import ARRAYS, Reader

# What NumPy and Python say, and what it is about; the first that matches counts.
SAYS = (
    ("casting", r"Cannot cast ufunc"),
    ("inplace", r"non-broadcastable output operand"),
    ("product", r"not aligned|mismatch in its core dimension|does not have enough dimensions"),
    ("store", r"could not broadcast input array|value array of shape|setting an array element with a sequence\.$"),
    ("store", r"NumPy boolean array indexing assignment cannot assign"),
    ("ragged", r"inhomogeneous shape|setting an array element with a sequence"),
    ("broadcast", r"could not be broadcast together"),
    ("reshape", r"cannot reshape array|cannot select an axis to squeeze"),
    ("join", r"must match exactly|must have the same shape|same number of dimensions|cannot be concatenated"),
    ("index", r"out of bounds for axis|index out of range|too many indices|boolean index did not match"),
    ("index", r"axis -?\d+ is out of bounds"),
    ("truth", r"truth value of an array"),
    ("number", r"only length-1 arrays|only 0-dimensional arrays"),
    ("list", r"can't multiply sequence by non-int|unsupported operand type\(s\) for .*'(list|tuple)'"),
    ("unpack", r"(too many|not enough) values to unpack"),
    ("lengths", r"zip\(\) argument \d+ is|inconsistent numbers of samples|must have same first dimension"),
    ("lengths", r"Length of values .* does not match"),
    ("overflow", r"math range error|overflow encountered|Numerical result out of range"),
    ("undefined", r"math domain error|expected a (positive|nonnegative) input|invalid value encountered"),
    ("undefined", r"divide by zero encountered|division by zero|negative number cannot be raised"),
)  # fmt: skip
KINDS_OF_ERRORS = (ValueError, TypeError, IndexError, ArithmeticError, Warning)
OUT_OF_BOUNDS = re.compile(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)")
SHAPE = re.compile(r"\(((?:\d+,? ?)*)\)")
MOST_OPERANDS = 6
MOST_NUMBERS = 10_000  # in a list that is looked through


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a program stopped: the frames of its own, outermost first, and the failing expression in the last."""

    moments: tuple[Moment, ...]
    node: ast.AST
    reader: Reader


def crash_of(error: BaseException, sources: Mapping[str, str]) -> Crash | None:
    """What is known of an exception that ends the program, while its frames still live.

    Args:
        error: The exception.
        sources: Texts of the program's own files.

    Returns:
        None for an exception that did not come out of an expression of the program.
    """
    stop = _stop(error.__traceback__, sources)
    if stop is None or not isinstance(error, Exception):
        return None
    said = str(error)
    kind = kind_of(error, said)
    if isinstance(stop.node, ast.Subscript) and _shaped(stop.node.value) is not stop.node.value:
        kind = "unpack"
    span, text = _narrowed(stop), stop.moments[-1].text(stop.node)
    if kind == "other":
        return Crash(kind, f"{type(error).__name__}: {said}", text, place(span, None, "expression"))
    operands = tuple(_operands(stop, said, kind))
    target = _target(stop)
    axis, length, index = _bounds(said, stop) if kind == "index" else (None, None, None)
    return Crash(
        kind, f"{type(error).__name__}: {said}", text, place(span, None, "expression"), operands, target,
        _wanted(target, stop), axis, length, index,
    )  # fmt: skip


def kind_of(error: BaseException, said: str) -> str:
    """What an exception is about, see `Crash.kind`."""
    if not isinstance(error, KINDS_OF_ERRORS):
        return "other"
    return next((kind for kind, pattern in SAYS if re.search(pattern, said)), "other")


def _stop(trace: TracebackType | None, sources: Mapping[str, str]) -> Stop | None:
    moments = []
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_filename in sources:
            span = span_of(frame, trace.tb_lasti)
            if span is not None:
                moments.append(Moment(frame, span, sources[span.file]))
        trace = trace.tb_next
    node = moments[-1].node() if moments else None
    node = node.test if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert) else node
    node = node.iter if isinstance(node, ast.For) else node
    return Stop(tuple(moments), node, Reader(moments[-1].frame)) if node is not None else None


def span_of(frame: FrameType, instruction: int) -> Span | None:
    """The source of an instruction."""
    positions = list(frame.f_code.co_positions())
    line, end, column, end_column = positions[instruction // 2]
    if line is None or end is None or column is None or end_column is None:
        return None
    return Span(frame.f_code.co_filename, line, column, end, end_column)


def _narrowed(stop: Stop) -> Span:
    """The span of the expression, where the interpreter tells that of the whole statement."""
    span, node = stop.moments[-1].span, stop.node
    if not isinstance(node, ast.expr):
        return span
    end, end_column = node.end_lineno or node.lineno, node.end_col_offset or span.end_column
    return Span(span.file, node.lineno, node.col_offset, end, end_column)


# -- what went in


def _operands(stop: Stop, said: str, kind: str) -> Iterator[Operand]:
    shapes = [_shape(text) for text in SHAPE.findall(said)]
    for k, node in enumerate(parts_of(stop.node, stop.moments[-1], kind)[:MOST_OPERANDS]):
        read = operand_of(node, stop.moments)
        if read.kind is None and read.shape is None and len(shapes) == 2 and k < 2:
            read = Operand(read.text, shapes[k], None, made=read.made)
        if read.shape is not None or read.kind is not None:
            yield read


def operand_of(node: ast.expr, moments: Sequence[Moment]) -> Operand:
    """What is known of one operand."""
    value = Reader(moments[-1].frame).get(node)
    low, high = extremes(value)
    shape = shape_of(value)
    made = ancestry(node, moments) if shape is None or shape else ()
    return Operand(moments[-1].text(node), shape, _kind(value), low, high, made)


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Of arrays and numbers; of a list of numbers or of lists its length."""
    if type(value) in ARRAYS or isinstance(value, np.generic):
        return tuple(value.shape)
    if type(value) in (int, float, bool):
        return ()
    if type(value) in (list, tuple):
        return (len(value),)
    return None


def _kind(value: Any) -> str | None:
    if type(value) in ARRAYS or isinstance(value, np.generic):
        return str(value.dtype)
    return type(value).__name__ if type(value) in (int, float, bool, list, tuple) else None


def extremes(value: Any) -> tuple[float | None, float | None]:
    """Smallest and largest number in it, NaN left out; none where it holds anything else than numbers."""
    if type(value) in (list, tuple, int, float, bool):
        numbers = np.array(_numbers(value))
    elif type(value) in ARRAYS or isinstance(value, np.generic):
        numbers = np.asarray(value)
    else:
        return None, None
    if numbers.dtype.kind not in "fiub":
        return None, None
    numbers = numbers[~np.isnan(numbers)] if numbers.dtype.kind == "f" else numbers
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (None, None)


def _numbers(value: Any) -> list[float]:
    """The numbers in nested lists; none if there is anything else in them, or too many."""
    waiting, found = [value], list[float]()
    while waiting and len(found) < MOST_NUMBERS:
        one = waiting.pop()
        if type(one) in (list, tuple):
            waiting.extend(one[:MOST_NUMBERS])
        elif type(one) in (int, float, bool) or isinstance(one, np.floating | np.integer):
            found.append(float(one))
        else:
            return []
    return found


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def parts_of(node: ast.AST, moment: Moment, kind: str) -> list[ast.expr]:
    """The operands of an expression or statement; of an index what is indexed comes first."""
    if isinstance(node, ast.Call):
        return _arguments(node)
    if isinstance(node, ast.Subscript):
        return _of_subscript(node, moment, kind)
    if isinstance(node, ast.Tuple | ast.List):
        value = moment.assigned_to(node)
        return [_shaped(value)] if value is not None else list(node.elts)
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.Compare | ast.BoolOp | ast.UnaryOp):
        return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return [node] if isinstance(node, ast.expr) else []


def _arguments(node: ast.Call) -> list[ast.expr]:
    bound = node.func.value if isinstance(node.func, ast.Attribute) else None
    library = isinstance(bound, ast.Name) and bound.id in ("np", "numpy", "math", "plt", "scipy")
    library = library or (isinstance(bound, ast.Attribute) and isinstance(bound.value, ast.Name)
                          and bound.value.id in ("np", "numpy"))  # fmt: skip
    found: list[ast.expr] = [bound] if bound is not None and not library else []
    for argument in node.args:
        found += argument.elts if isinstance(argument, ast.Tuple | ast.List) else [argument]
    return found


def _of_subscript(node: ast.Subscript, moment: Moment, kind: str) -> list[ast.expr]:
    if isinstance(node.ctx, ast.Store) and kind != "index":
        value = moment.assigned_to(node)
        read = ast.copy_location(ast.Subscript(node.value, node.slice, ast.Load()), node)
        return [read, *([value] if value is not None else []), node.value, *_keys(node)]
    return [_shaped(node.value), *_keys(node), *_read_alike(node, moment)]


def _read_alike(node: ast.Subscript, moment: Moment) -> list[ast.expr]:
    """What else the statement reads by the same index."""
    key, statement = ast.dump(node.slice), moment.statement()
    found = (n for n in ast.walk(statement) if isinstance(n, ast.Subscript)) if statement is not None else ()
    own = ast.dump(node.value)
    alike = {ast.unparse(n.value): n.value for n in found if ast.dump(n.slice) == key and ast.dump(n.value) != own}
    return list(alike.values())


def _shaped(node: ast.expr) -> ast.expr:
    """`x` for `x.shape`: its number of axes is what matters."""
    return node.value if isinstance(node, ast.Attribute) and node.attr == "shape" else node


def _keys(node: ast.Subscript) -> list[ast.expr]:
    keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [key for key in keys if not isinstance(key, ast.Slice)]


# -- what it was for


def _target(stop: Stop) -> str | None:
    return stop.moments[-1].target()


def _wanted(target: str | None, stop: Stop) -> tuple[int, ...] | None:
    """The shape of `W1` for a result called `dW1`, `grad_W1` or `W1_grad`."""
    if target is None:
        return None
    own = re.split(r"[.\[]", target)[-1]
    for scope in (*stop.reader.scopes[:2], _members(stop.reader)):
        for name, value in list(scope.items()):
            if name != own and len(name) < len(own) and type(value) in ARRAYS and _named_after(own, name):
                return tuple(value.shape)
    return None


def _members(reader: Reader) -> Mapping[str, Any]:
    owner = reader.scopes[0].get("self")
    held = getattr(owner, "__dict__", {}) if owner is not None else {}
    return held if type(held) is dict else {}


def _named_after(target: str, name: str) -> bool:
    rest = target.replace(name, "", 1).strip("_").lower()
    return name in target and rest in ("d", "grad", "g", "gradient", "delta", "nabla", "dl", "dj", "de")


def _bounds(said: str, stop: Stop) -> tuple[int | None, int | None, int | None]:
    """Axis, its length and the index asked for."""
    found = OUT_OF_BOUNDS.search(said)
    if found:
        index, axis, length = (int(number) for number in found.groups())
        return axis, length, index
    node = stop.node
    if "index out of range" in said and isinstance(node, ast.Subscript):
        base, key = stop.reader.get(node.value), stop.reader.get(node.slice)
        if type(base) in (list, tuple) and type(key) is int:
            return 0, len(base), key
    return None, None, None
