"""What the script calls its parameters, and where they are in its source."""

from __future__ import annotations

from collections import defaultdict

from backproof.findings import Place
from backproof.graph.node import Span
from backproof.scripts.chains import Chain
from backproof.scripts.roles import Roles
from backproof.scripts.sites import Site


def place(span: Span | None, name: str | None = None, kind: str | None = None) -> Place:
    """A span of the recording as a place of the report."""
    if span is None:
        return Place(name=name, kind=kind)
    return Place(span.file, span.line, span.end_line, span.column, span.end_column, name, kind)


class Names:
    """One name per parameter: its assignment target, numbered where several arrays share it."""

    def __init__(self, roles: Roles, sites: list[Site]) -> None:
        """Name all chains of `roles`."""
        self.roles, self.sites = roles, sites
        self.by_root: dict[int, str] = {}
        shared: dict[str, list[int]] = defaultdict(list)
        for root in roles.chains:
            shared[self._target(roles.chains[root])].append(root)
        for name, roots in shared.items():
            for k, root in enumerate(sorted(roots), start=1):
                self.by_root[root] = name if len(roots) == 1 else f"{name} #{k}"

    def _target(self, chain: Chain) -> str:
        site = self.sites[chain.site]
        if site.target:
            return site.target
        statement = self._caller_target(chain)
        return statement or f"the value updated at line {site.span.line}"

    def _caller_target(self, chain: Chain) -> str | None:
        """The left operand's text where the update has no target of its own (`return w - rate * g`)."""
        site = self.sites[chain.site]
        return site.details.get("left") or None

    def span(self, root: int) -> Span | None:
        """The update statement."""
        site = self.sites[self.roles.chains[root].site]
        return site.statement or site.span

    def place(self, root: int) -> Place:
        """The parameter at its update statement."""
        return place(self.span(root), self.by_root[root], "parameter")
