"""Parameters that are set to their step: `w = rate * gradient`, or `w =- rate * gradient`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backproof.findings import Evidence, Finding, Remedy, Severity
from backproof.scripts.fitting import Fit, LossFit
from backproof.scripts.naming import Names, place
from backproof.scripts.roles import Roles
from backproof.scripts.steps import is_negated

RULE = "update-assigns-instead-of-subtracts"
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
    minus = is_negated(roles.nodes[roles.chains[fits[0].root].versions[-1]])
    sign, typed = ("minus ", ": `=-` is an assignment, not a subtraction") if minus else ("", "")
    return Finding(
        RULE,
        Severity.ERROR,
        f"{several} {'is' if len(called) == 1 else 'are'} set to {sign}the step itself: the old value is lost{typed}",
        (place(names.span(fits[0].root), called[0], "update"),),
        tuple(
            Evidence("it is replaced by the step", name, (0,), (float(np.linalg.norm(each.updates[-1])),))
            for name, each in zip(called[:NAMED], fits, strict=False)
        ),
        (Remedy(f"Write `{called[0].split(' #')[0]} -= ...`"),),
    )
