"""Which findings are told: chosen by rule, silenced by a comment in the source, or known from an earlier report."""

from __future__ import annotations

import functools
import os
import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import replace

from backproof.findings import Diagnosis, Finding
from backproof.report.json import fingerprints_of
from backproof.report.numbers import counted

COMMENT = re.compile(r"#\s*backproof:\s*ignore(?:\[(?P<rules>[^\]]*)\])?(?!\S)")


def choose(diagnosis: Diagnosis, select: Collection[str], ignore: Collection[str]) -> Diagnosis:
    """Only the findings of the rules in `select` (all if empty) which are not in `ignore`."""

    def wanted(rule: str) -> bool:
        return (not select or rule in select) and rule not in ignore

    return replace(
        diagnosis,
        findings=tuple(finding for finding in diagnosis.findings if wanted(finding.rule)),
        skipped=tuple(skipped for skipped in diagnosis.skipped if wanted(skipped.rule)),
    )


def without_silenced(diagnosis: Diagnosis, root: str) -> Diagnosis:
    """Leave out the findings on whose line the source says `# backproof: ignore` or `# backproof: ignore[rule]`."""
    told = tuple(finding for finding in diagnosis.findings if not _is_silenced(finding, root))
    return _less(diagnosis, told, "silenced by a comment in the source")


def without_known(diagnosis: Diagnosis, known: Collection[str], root: str) -> Diagnosis:
    """Leave out the findings whose fingerprints are `known`."""
    marks = fingerprints_of(diagnosis.findings, root=root)
    told = tuple(f for f, mark in zip(diagnosis.findings, marks, strict=True) if mark not in known)
    return _less(diagnosis, told, "in the baseline, and not repeated here")


def nothing_seen(diagnosis: Diagnosis) -> bool:
    """Whether there was nothing to judge: no step of any training was followed."""
    return not diagnosis.gradients and not (diagnosis.program and diagnosis.program.updates_seen)


def _less(diagnosis: Diagnosis, told: tuple[Finding, ...], why: str) -> Diagnosis:
    left_out = len(diagnosis.findings) - len(told)
    if not left_out:
        return diagnosis
    note = f"{counted(left_out, 'finding')} {'is' if left_out == 1 else 'are'} {why}"
    return replace(diagnosis, findings=told, notes=(*diagnosis.notes, note))


def _is_silenced(finding: Finding, root: str) -> bool:
    place = finding.where[0] if finding.where else None
    if place is None or place.file is None or place.line is None:
        return False
    comments = _comments(os.path.join(root, place.file))
    lines = range(place.line, max(place.line, place.end_line or 0) + 1)
    return any(rule in ("", finding.rule) for line in lines for rule in comments.get(line, ()))


@functools.lru_cache(maxsize=64)
def _comments(path: str) -> dict[int, tuple[str, ...]]:
    """By line, the rules that a comment silences there; "" stands for all of them."""
    try:
        with open(path, "rb") as file:
            return dict(_silencing(file.readline))
    except (OSError, SyntaxError, tokenize.TokenError):
        return {}


def _silencing(readline: object) -> Iterator[tuple[int, tuple[str, ...]]]:
    for token in tokenize.tokenize(readline):  # type: ignore[arg-type]
        found = COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if found:
            names = found["rules"]
            rules = ("",) if names is None else tuple(name.strip() for name in names.split(","))
            yield token.start[0], rules
