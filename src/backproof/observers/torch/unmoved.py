"""Parameters that never move: not in the optimizer, cut off from the loss, or never stepped at all."""

from __future__ import annotations

from collections.abc import Iterator

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.observations import Run
from backproof.observers.torch.session import Session
from backproof.observers.torch.watching import MANY, TorchWatch
from backproof.rules._learning import known_to_fit

RULE = "parameter-never-updated"
FEWEST = 5  # steps after which a parameter that is trained has moved
SHOWN = 6  # names in a message
IN_OPTIMIZER = Remedy(
    "Give the optimizer all parameters: torch.optim.SGD(model.parameters(), ...), made after the model"
)
IN_MODEL = Remedy("Keep layers in nn.ModuleList or nn.Sequential: those in a plain list are no part of the model")
IN_GRAPH = Remedy("Leave out .detach(), .data, .item() and torch.no_grad() between these layers and the loss")
STEP = Remedy("Call optimizer.step() after loss.backward()")


def findings(watch: TorchWatch, session: Session, run: Run) -> Iterator[Finding]:
    """What is told of one training."""
    if session.training.done < FEWEST:
        return
    still = {name for name, sentinel in session.leaves.items() if not sentinel.moved()}
    in_graph = session.behind
    owned = set(session.owned)
    if owned and in_graph and not in_graph & owned:
        yield _finding(
            watch, session, sorted(in_graph),
            f"none of the {len(in_graph)} parameters behind the loss is in the optimizer: its steps change others",
            (IN_OPTIMIZER,), Severity.ERROR,
        )  # fmt: skip
        return
    yield from _outside(watch, session, run, [name for name in session.leaves if name in still & in_graph - owned])
    yield from _cut_off(watch, session, run, [name for name in session.leaves if name in still & owned - in_graph])


def _outside(watch: TorchWatch, session: Session, run: Run, names: list[str]) -> Iterator[Finding]:
    """Parameters behind the loss that no optimizer has and nothing moves."""
    elsewhere = {id(p) for o in watch.optimizers for g in o.param_groups for p in g["params"]}
    names = [name for name in names if id(session.leaves[name].tensor) not in elsewhere]
    if not names or not session.owned:
        return
    lost = [name for name in names if watch.modules.is_lost(session.leaves[name].tensor)]
    if not lost and (known_to_fit(run) or _is_base(session, names)):
        return  # a base that stays as it is on purpose
    told = lost or names
    yield _finding(
        watch, session, told,
        f"{_listed(told)} {'takes' if len(told) == 1 else 'take'} part in the loss and {_never(told)}: "
        + ("the layer is no part of the model" if lost else f"the optimizer does not have {_them(told)}"),
        (IN_MODEL if lost else IN_OPTIMIZER,), Severity.WARNING if known_to_fit(run) else Severity.ERROR,
    )  # fmt: skip


def _is_base(session: Session, names: list[str]) -> bool:
    """Whether these are the layers at the input side, below those that are trained: a base with a new head."""
    order = [name for layer in session.training.structure.layers for name in layer.parameters]
    known = [order.index(name) for name in names if name in order]
    trained = [order.index(name) for name in session.owned if name in order]
    return bool(known) and bool(trained) and max(known) < min(trained)


def _cut_off(watch: TorchWatch, session: Session, run: Run, names: list[str]) -> Iterator[Finding]:
    """Parameters of the optimizer that never get a gradient."""
    cut = [n for n in names if session.idle.get(n) == session.judged and session.owned[n].requires_grad]
    if not cut or known_to_fit(run):
        return
    yield _finding(
        watch, session, cut,
        f"{_listed(cut)} {'is' if len(cut) == 1 else 'are'} in the optimizer and {_never(cut)}: no gradient ever "
        f"reaches {_them(cut)}, the graph is cut between {_them(cut)} and the loss",
        (IN_GRAPH,), Severity.ERROR,
    )  # fmt: skip


def never_stepped(watch: TorchWatch) -> Iterator[Finding]:
    """Backward passes, an optimizer with these very parameters, and no step."""
    first = watch.first
    if watch.updates or watch.backwards < MANY or first is None or not len(watch.optimizers):
        return
    owned = {id(p) for o in watch.optimizers for g in o.param_groups for p in g["params"]}
    if any(id(leaf) in owned for leaf in first.leaves):
        seen = Evidence(
            "steps of an optimizer", "optimizer", (watch.backwards,), (0.0,), Expected(">", 0.0, "one each")
        )
        yield Finding(
            RULE, Severity.ERROR,
            f"`backward` was called {watch.backwards} times and no step was ever made: no parameter moves",
            (first.place,), (seen,), (STEP,),
        )  # fmt: skip


def _finding(
    watch: TorchWatch, session: Session, names: list[str], message: str, remedies: tuple[Remedy, ...], how: Severity
) -> Finding:
    places = [watch.namer.place(session.leaves[name].tensor) for name in names]
    where = tuple(dict.fromkeys(place for place in places if place.line is not None)) or (Place(name=names[0]),)
    steps = (0, session.training.done)
    moved = Evidence("change of the parameter", names[0], steps, (0.0, 0.0), Expected(">", 0.0, "each step moves it"))
    return Finding(RULE, how, message, where[:3], (moved,), remedies)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _never(names: list[str]) -> str:
    return "never moves" if len(names) == 1 else "never move"


def _them(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
