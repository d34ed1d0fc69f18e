"""The program stopped on shapes: two arrays met in an operation that does not fit them.

What it means:
    A matrix product needs the columns of the first to be as many as the rows of the second; element by element, axes
    must be equally long or 1, counted from the last; an index must lie within its axis. Python stopped the program
    there, with an exception.

Why training suffers:
    It ends at that line. Which of the two arrays is to blame, its message does not say: often the one was made wrongly
    several lines earlier.

How it is detected:
    The exception that ended the program came out of an operation on arrays (or lists of numbers) whose shapes, read
    where it stopped, do not fit. Each shape is shown with the lines that it came from.

When it is no fault:
    An exception that the program catches itself, and any other exception (a missing file, a name that does not exist),
    is not reported on.

Source:
    Harris et al., "Array programming with NumPy", Nature 2020, and NumPy's documentation on broadcasting; Zhang et
    al., "An empirical study on TensorFlow program bugs", ISSTA 2018: a quarter of the bugs are tensors that do not fit.
"""

from collections.abc import Iterator

from backproof.findings import Expected, Place, Remedy, Severity
from backproof.observations import Crash, Quantity, Run, Structure
from backproof.rules._rule import Stage, Symptom, evidence, rule
from backproof.rules._shapes import descent, repairs, told

SHAPES = frozenset(
    {"product", "broadcast", "inplace", "store", "reshape", "join", "index", "truth", "number", "list", "unpack",
     "ragged", "lengths"}
)  # fmt: skip

SICK = ({"stops": "product"}, {"stops": "broadcast"}, {"stops": "index"})
HEALTHY: tuple[dict[str, object], ...] = ({}, {"stops": "other"})


def _stopped_on_shapes(structure: Structure) -> bool:
    return structure.crash is not None and structure.crash.kind in SHAPES and _readable(structure.crash)


def _readable(crash: Crash) -> bool:
    """Whether arrays, or lists of numbers, are known to have met."""
    first = next(iter(crash.operands), None)
    if first is None:
        return False
    if crash.kind in ("list", "index", "unpack", "truth", "number", "ragged"):
        return any(operand.low is not None and operand.shape for operand in crash.operands)
    return any(operand.shape for operand in crash.operands)


@rule(
    name="shape-error",
    severity=Severity.ERROR,
    needs={Quantity.AXIS_LENGTH},
    stage=Stage.CRASH,
    remedies=(Remedy("Print the shapes of both just before that line"),),
    applies=_stopped_on_shapes,
)
def shape_error(run: Run) -> Iterator[Symptom]:
    """The operation that ended the program."""
    crash = run.structure.crash
    if crash is None:
        return
    histories = [text for operand in crash.operands[:2] if (text := descent(operand))]
    yield Symptom(
        f"the program stopped at `{crash.expression}`: {told(crash)}. {'; '.join(histories)}".rstrip(" ."),
        tuple(
            evidence(run, Quantity.AXIS_LENGTH, where, _expected(crash)) for where in run.places(Quantity.AXIS_LENGTH)
        ),
        where=(crash.place, *_origins(crash)),
        remedies=tuple(Remedy(text) for text in repairs(crash)),
    )


def _expected(crash: Crash) -> Expected | None:
    if crash.length is None:
        return None
    return Expected(">", float(crash.index or 0), "an index is less than the length of its axis")


def _origins(crash: Crash) -> Iterator[Place]:
    """Where each of the first two operands was last given its shape."""
    for operand in crash.operands[:2]:
        if operand.made:
            yield operand.made[0].place
