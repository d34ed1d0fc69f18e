"""`rules` and `explain` show every rule, within the width, with its headings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from backproof.findings import Severity
from backproof.report import pages

INDENTED = "Units are zero.\n\nWhat it means\n    A unit [bold]x[/bold] that\n    is zero.\n\nSource\n    Somebody.\n"
INLINE = "Units are zero.\n\nWhat it means: A unit [bold]x[/bold] that\nis zero.\n\nSource: Somebody.\n"


def rule(name: str, severity: Severity, page: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, severity=severity, page=page, summary=page.splitlines()[0])


@pytest.mark.parametrize("page", [INDENTED, INLINE])
def test_a_page_in_either_form(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    pages.show_page(rule("dead-relu", Severity.ERROR, page))
    assert capsys.readouterr().out.splitlines() == [
        "dead-relu  error", "", "Units are zero.", "", "What it means", "    A unit [bold]x[/bold] that is zero.", "",
        "Source", "    Somebody.",
    ]  # fmt: skip


def test_the_severest_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    severities = {"b": Severity.NOTE, "a-name-that-is-long": Severity.NOTE, "c": Severity.ERROR}
    pages.show_rules({name: rule(name, severity, INLINE) for name, severity in severities.items()})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:6:2] == ["c  error", "a-name-that-is-long  note", "b  note"]
    assert lines[1] == "    Units are zero."
