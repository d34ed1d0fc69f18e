"""Shapes that do not fit, in words, and the usual repairs of each kind."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from backproof.observations import Crash, Operand

SHOWN = 3  # repairs: more is a guess
Shape = tuple[int, ...]


def shown(shape: Shape | None) -> str:
    """Like (4, 3); "no axis" says more of a single number than ()."""
    if shape is None:
        return "unknown shape"
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")" if shape else "a single number"


def described(operand: Operand) -> str:
    """The operand with its shape; of a list its length."""
    if operand.kind in ("list", "tuple"):
        return f"`{operand.text}`, a {operand.kind} of {(operand.shape or (0,))[0]}"
    return (
        f"`{operand.text}` of shape {shown(operand.shape)}" if operand.shape else f"`{operand.text}`, a single number"
    )


def descent(operand: Operand) -> str:
    """Where it got its shape: the chain of lines, the latest first."""
    steps = [
        f"line {made.place.line}: `{made.text}`" + (f" {shown(made.shape)}" if made.shape else "")
        for made in operand.made
    ]
    return f"{operand.text} comes from " + ", from ".join(steps) if steps else ""


def told(crash: Crash) -> str:
    """What did not fit to what."""
    words = {
        "product": _product, "broadcast": _elementwise, "inplace": _in_place, "store": _store, "reshape": _reshape,
        "join": _join, "index": _index, "truth": _truth, "number": _number, "list": _list, "unpack": _axes,
        "ragged": _ragged, "lengths": _lengths,
    }  # fmt: skip
    return words[crash.kind](crash)


def _both(crash: Crash) -> str:
    return " and ".join(described(operand) for operand in crash.operands[:2])


def _product(crash: Crash) -> str:
    if len(crash.operands) < 2:
        return f"the product gets {_both(crash)}"
    left, right = crash.operands[:2]
    if not left.shape or not right.shape:
        return f"{_both(crash)} are to be multiplied as matrices, which a single number cannot be"
    inner = right.shape[-2] if len(right.shape) > 1 else right.shape[0]
    return (
        f"{_both(crash)} are to be multiplied as matrices: the last axis of the first ({left.shape[-1]}) must be as "
        f"long as the {'second to last' if len(right.shape) > 2 else 'first'} of the second ({inner})"
    )


def _elementwise(crash: Crash) -> str:
    if "einsum" in crash.expression:
        return f"{_both(crash)} are multiplied along axes of the same letter, which must be equally long"
    return f"{_both(crash)} are combined element by element: {_meeting(crash)}"


def _meeting(crash: Crash) -> str:
    shapes = [operand.shape for operand in crash.operands[:2] if operand.shape]
    if len(shapes) == 2:
        for one, other in itertools.zip_longest(reversed(shapes[0]), reversed(shapes[1]), fillvalue=1):
            if one != other and 1 not in (one, other):
                return f"counted from the last axis, lengths must be equal or 1, and {one} meets {other}"
    return "counted from the last axis, lengths must be equal or 1"


def _in_place(crash: Crash) -> str:
    return f"{_both(crash)} are combined and written back into the first, which has not the shape of the result"


def _store(crash: Crash) -> str:
    place, *values = crash.operands
    value = f"{described(values[0])} is" if values else "the value is"
    return f"{value} to be written into {described(place)}, which has another form"


def _reshape(crash: Crash) -> str:
    first = crash.operands[0]
    return f"{described(first)} holds {_size(first.shape)} numbers, which the new shape does not"


def _join(crash: Crash) -> str:
    all_of_them = " and ".join(described(operand) for operand in crash.operands)
    return f"{all_of_them} are to be joined: but for the axis along which they are, their axes must be as long"


def _index(crash: Crash) -> str:
    first = crash.operands[0]
    if crash.length is None or crash.index is None:
        return f"{described(first)} is asked for an element or axis that it does not have"
    axis = f" axis {crash.axis} of" if crash.axis is not None and first.kind not in ("list", "tuple") else ""
    last = crash.length - 1
    return f"index {crash.index} is asked of{axis} {described(first)}, where they go from 0 to {last}{_others(crash)}"


def _others(crash: Crash) -> str:
    """Longer ones that the same statement reads by the same index."""
    longer = [o for o in crash.operands[1:] if o.shape and crash.index is not None and o.shape[0] > crash.index]
    return f"; {described(longer[0])}, has one there" if longer and longer[0].kind in ("list", "tuple") else ""


def _truth(crash: Crash) -> str:
    return f"{described(crash.operands[0])} stands where one truth value is wanted: each element has its own"


def _number(crash: Crash) -> str:
    return f"{described(crash.operands[0])} stands where a single number is wanted"


def _list(crash: Crash) -> str:
    return f"{_both(crash)}: Python's lists do no arithmetic element by element, arrays do"


def _axes(crash: Crash) -> str:
    first = crash.operands[0]
    count = len(first.shape or ())
    return f"{described(first)} has {count} {'axis' if count == 1 else 'axes'}, and another number of them is expected"


def _ragged(crash: Crash) -> str:
    verb = "is" if len(crash.operands) == 1 else "are"
    return f"{_both(crash)} {verb} to become one array, but the rows are not of one length"


def _lengths(crash: Crash) -> str:
    return f"{_both(crash)} must be as long as each other"


def _size(shape: Shape | None) -> int:
    size = 1
    for length in shape or ():
        size *= length
    return size


# -- repairs


def repairs(crash: Crash) -> tuple[str, ...]:
    """What usually mends it, the most likely first."""
    makers = {
        "product": _transposed, "broadcast": _fitted, "inplace": _summed, "store": _fitted, "truth": _masked,
        "list": _arrays, "join": _joined, "number": _chosen, "index": _counted, "unpack": _given_axes,
        "lengths": _evened,
    }  # fmt: skip
    found = tuple(dict.fromkeys(makers[crash.kind](crash))) if crash.kind in makers else ()
    return found[:SHOWN] or (
        "Print the shapes just before that line; the usual order is (samples, features) for data and (inputs, units) "
        "for weights",
    )


def _transposed(crash: Crash) -> Iterator[str]:
    """Products of the same two matrices that exist; the one with the shape that is wanted first."""
    if len(crash.operands) < 2 or any(not o.shape or len(o.shape) > 2 for o in crash.operands[:2]):
        return
    left, right = ((o.text, o.shape or ()) for o in crash.operands[:2])
    made = [
        (f"{a[0]} @ {b[0]}", (*a[1][:-1], *b[1][1:]))
        for first, second in ((left, right), (right, left))
        for a, b in itertools.product((first, _turned(first)), (second, _turned(second)))
        if a[1] and a[1][-1] == b[1][0]
    ]
    wanted = [pair for pair in made if pair[1] == crash.wanted]
    for text, shape in wanted or made:
        why = f", the shape of what `{crash.target}` is for" if wanted else ""
        yield f"Write `{text}`: that has the shape {shown(shape)}{why}"


def _turned(part: tuple[str, Shape]) -> tuple[str, Shape]:
    text, shape = part
    simple = text.replace("_", "").replace(".", "").isalnum()
    turned = text[:-2] if text.endswith(".T") else f"{text}.T" if simple else f"({text}).T"
    return turned, shape[::-1]


def _fitted(crash: Crash) -> Iterator[str]:
    """Transpose, turn a bias, sum over the samples, or take the same rows."""
    if len(crash.operands) < 2:
        return
    one, other = crash.operands[:2]
    a, b = one.shape or (), other.shape or ()
    if len(a) == len(b) == 2 and a == b[::-1]:
        yield f"Transpose one of them: `{_turned((other.text, b))[0]}` has the shape {shown(a)}"
    for (text, small), (_, large) in (((one.text, a), (other.text, b)), ((other.text, b), (one.text, a))):
        if len(large) == 2 and small in ((large[0],), (1, large[0])):
            yield f"Give each row its own number: `{text}.reshape(-1, 1)` has the shape ({large[0]}, 1)"
        if len(large) == 2 and small == (large[1], 1):
            yield f"Turn it: `{text}.T` has the shape (1, {large[1]})"
        if len(small) == len(large) > 1 and small[1:] == large[1:] and small[:1] != large[:1]:
            yield f"Use the same rows in both: the first axes are {small[0]} and {large[0]} long"
            yield "Keep a bias as one row for all samples, not one per sample of a batch, which the last one may lack"
            break


def _summed(crash: Crash) -> Iterator[str]:
    """The gradient of what is added to every sample is the sum over the samples."""
    if len(crash.operands) == 2 and crash.operands[0].shape and crash.operands[1].shape:
        into, what = crash.operands
        into_shape, shape = into.shape or (), what.shape or ()
        if shape[::-1] == into_shape and shape != into_shape:
            yield f"Transpose: `{_turned((what.text, shape))[0]}` has the shape {shown(into_shape)}"
            return
        for axis in range(len(shape)):
            rest = (*shape[:axis], *shape[axis + 1 :])
            kept = (*shape[:axis], 1, *shape[axis + 1 :])
            if into_shape in (rest, kept) and shape != kept:
                keep = ", keepdims=True" if into_shape == kept else ""
                yield (
                    f"Sum the gradient over the samples: `({what.text}).sum(axis={axis}{keep})` has the shape "
                    f"{shown(into_shape)} of `{into.text}`"
                )
                return
    yield from _fitted(crash)


def _masked(crash: Crash) -> Iterator[str]:
    yield "Decide for each element: `np.where(condition, a, b)`, `np.maximum(0, z)` for a ReLU; or `.any()`, `.all()`"


def _arrays(crash: Crash) -> Iterator[str]:
    lists = [operand.text for operand in crash.operands if operand.kind in ("list", "tuple")]
    if lists:
        yield f"Make it an array where it is built: `{lists[0]} = np.array({lists[0]})`"


def _chosen(crash: Crash) -> Iterator[str]:
    yield f"Take the element that is meant, e.g. `({crash.operands[0].text})[0]`, or sum or average over the axes"


def _joined(crash: Crash) -> Iterator[str]:
    tables = [operand for operand in crash.operands if len(operand.shape or ()) == 2]
    for operand in crash.operands:
        if tables and operand.shape == (tables[0].shape or ())[:1]:
            yield f"Make it a column: `{operand.text}.reshape(-1, 1)` has the shape ({operand.shape[0]}, 1)"
    lengths = [operand.shape[0] for operand in tables if operand.shape]
    if len(set(lengths)) > 1:
        yield f"Use the same rows in all of them: they have {' and '.join(map(str, lengths))}"


def _counted(crash: Crash) -> Iterator[str]:
    if _others(crash):
        yield "Let both be of one length, or end the loop with the shorter one"
    elif crash.length is not None and crash.index == crash.length:
        yield "Count from 0, or make the axis one longer: the index is just one too large"


def _evened(crash: Crash) -> Iterator[str]:
    yield "Make both from the same samples, so that they are equally long"


def _given_axes(crash: Crash) -> Iterator[str]:
    first = crash.operands[0]
    if first.shape and len(first.shape) == 1:
        yield f"Make it a table of one column: `{first.text}.reshape(-1, 1)` has the shape ({first.shape[0]}, 1)"
