"""The report for machines: DESIGN.md section 5, schema `backproof/diagnosis/1`. Within /1 fields are only added."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from backproof import __version__
from backproof.findings import Coverage, Diagnosis, Evidence, Finding, GradientVerdict, Place, Program, Remedy
from backproof.report.source import line_at, shown_path

SCHEMA = "backproof/diagnosis/1"


def render(diagnosis: Diagnosis, *, root: str) -> str:
    """The diagnosis as JSON text; files within `root` are named relative to it."""
    return json.dumps(to_dict(diagnosis, root=root), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_dict(diagnosis: Diagnosis, *, root: str) -> dict[str, Any]:
    """The diagnosis as plain data that JSON can hold."""
    prints = fingerprints_of(diagnosis.findings, root=root)
    numbers: dict[str, int] = {}  # of the first finding of each rule
    for number, finding in enumerate(diagnosis.findings, 1):
        numbers.setdefault(finding.rule, number)
    content = {
        "schema": SCHEMA,
        "version": __version__,
        "program": _program(diagnosis.program or Program(""), root),
        "coverage": _coverage(diagnosis.coverage),
        "gradients": [_gradient(gradient, root) for gradient in diagnosis.gradients],
        "findings": [
            {"id": number, "fingerprint": mark, **_finding(finding, numbers, root)}
            for number, (finding, mark) in enumerate(zip(diagnosis.findings, prints, strict=True), 1)
        ],
        "skipped": [asdict(skipped) for skipped in diagnosis.skipped],
        "notes": list(diagnosis.notes),
    }
    plain: dict[str, Any] = _plain(content)
    return plain


def fingerprints_of(findings: Iterable[Finding], *, root: str) -> list[str]:
    """A mark for each finding that edits elsewhere in its file do not change.

    It is made of the rule, the file's name, the text of the line and the name of what was found; of several findings
    that agree in all of these, the second and later ones are numbered.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    marks = []
    for finding in findings:
        place = finding.where[0] if finding.where else Place()
        line = (line_at(place, root) or "").strip()
        key = (finding.rule, os.path.basename(place.file or ""), line, place.name or "")
        seen[key] += 1
        parts = [*key, str(seen[key])] if seen[key] > 1 else key
        marks.append(hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:20])
    return marks


def fingerprints(report: str) -> frozenset[str]:
    """The fingerprints in an earlier JSON report.

    Raises:
        ValueError: It is no such report.
    """
    content = json.loads(report)
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise ValueError(f"its schema is {schema!r}, not {SCHEMA!r}")
    return frozenset(str(finding["fingerprint"]) for finding in content["findings"])


def _program(program: Program, root: str) -> dict[str, Any]:
    return {**asdict(program), "path": shown_path(program.path, root)}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return asdict(coverage)


def _place(place: Place, root: str) -> dict[str, Any]:
    return {**asdict(place), "file": shown_path(place.file, root)}


def _gradient(gradient: GradientVerdict, root: str) -> dict[str, Any]:
    return {
        "parameter": _place(gradient.parameter, root),
        "verdict": str(gradient.verdict),
        "because": gradient.because,
        "loss": gradient.loss,
        "relative_error": gradient.relative_error,
        "error_bound": gradient.error_bound,
        "confirmed_by": gradient.confirmed_by,
        "mistakes": gradient.mistakes,
    }


def _finding(finding: Finding, numbers: dict[str, int], root: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "consequence_of": numbers.get(finding.consequence_of or ""),
        "message": finding.message,
        "where": [_place(place, root) for place in finding.where],
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**asdict(evidence), "quantity": str(evidence.quantity)}


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {"title": remedy.title, "diff": remedy.diff, "trial": asdict(remedy.trial) if remedy.trial else None}


def _plain(value: Any) -> Any:
    """`value` with lists for tuples, and strings for the numbers that JSON lacks; NumPy scalars become Python's."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value).encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, bool | int):
        return value
    return _number(value.item() if hasattr(value, "item") else value)


def _number(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
