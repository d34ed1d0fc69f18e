"""Parameters whose old value is lost or turned: `w = step`, `w =- step`, `w = v - step`, `w = step - w`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backproof.findings import Evidence, Finding, Remedy, Severity
from backproof.graph.node import Ref
from backproof.scripts.anew import is_turned
from backproof.scripts.chains import STEPWISE
from backproof.scripts.fitting import Fit, LossFit
from backproof.scripts.naming import Names, place
from backproof.scripts.roles import Roles
from backproof.scripts.steps import is_negated

ASSIGNED, FROM_ANOTHER = "update-assigns-instead-of-subtracts", "update-wrong-variable"
TURNED = "wrong-sign-update"
NAMED = 4  # parameters in one sentence


def set_to_steps(roles: Roles, fit: LossFit, names: Names) -> list[Finding]:
    """One finding for each statement that puts the step in the place of parameters."""
    by_site: dict[int, list[Fit]] = {}
    for each in fit.fits:
        chain = roles.chains[each.root]
        if chain.anew:
            by_site.setdefault(chain.site, []).append(each)
    return [_finding(roles, fits, names) for fits in by_site.values()]


def _finding(roles: Roles, fits: Sequence[Fit], names: Names) -> Finding:
    called = [names.by_root[each.root] for each in fits]
    several = f"{', '.join(called[:NAMED])}{' and others' if len(called) > NAMED else ''}"
    old, new = (roles.nodes[i] for i in roles.chains[fits[0].root].versions[-2:])
    says = f"{several} {'is' if len(called) == 1 else 'are'} "
    base = new.args[0] if new.op in STEPWISE else None
    turned = is_turned(old, new)
    if turned:
        says += "subtracted from the step, not the step from it: with every step the sign turns"
    elif isinstance(base, Ref):
        other = names.by_root.get(roles.chain_of.get(base.node.index, -1), "another parameter")
        says += f"made from {other}: the step is that of {called[0]}, the value it starts from is not"
    else:
        minus = is_negated(new)
        says += f"set to {'minus ' if minus else ''}the step itself: the old value is lost"
        says += ": `=-` is an assignment, not a subtraction" if minus else ""
    return Finding(
        TURNED if turned else FROM_ANOTHER if base is not None else ASSIGNED,
        Severity.ERROR,
        says,
        (place(names.span(fits[0].root), called[0], "update"),),
        tuple(
            Evidence("it is replaced by the step", name, (0,), (float(np.linalg.norm(each.updates[-1])),))
            for name, each in zip(called[:NAMED], fits, strict=False)
        ),
        (Remedy(f"Write `{called[0].split(' #')[0]} -= ...`"),),
    )
