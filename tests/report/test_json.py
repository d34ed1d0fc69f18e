"""The report for machines is exactly what DESIGN.md section 5 says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy
import pytest

from backproof.findings import Diagnosis, Evidence, Finding, Place, Severity
from backproof.report import json as json_report
from backproof.report.json import fingerprints, fingerprints_of, render, to_dict
from tests.report.diagnoses import SCRIPT, broken, healthy, nothing, write_script

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}


def maybe(kind: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [kind, {"type": "null"}]}


def many(kind: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": kind}


def exactly(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


PLACE = exactly(
    file=maybe(TEXT), line=maybe(WHOLE), end_line=maybe(WHOLE), column=maybe(WHOLE), end_column=maybe(WHOLE),
    name=maybe(TEXT), kind=maybe(TEXT),
)  # fmt: skip
EXPECTED = exactly(op={"enum": ["<", "<=", ">", ">=", "==", "in"]}, value={"anyOf": [NUMBER, many(NUMBER)]}, text=TEXT)
TRIAL = exactly(metric=TEXT, untreated=many(NUMBER), treated=many(NUMBER), verdict=TEXT)
FINDING = exactly(
    id=WHOLE, fingerprint=TEXT, rule=TEXT, severity={"enum": ["error", "warning", "note"]}, consequence_of=maybe(WHOLE),
    message=TEXT, where=many(PLACE),
    evidence=many(exactly(quantity=TEXT, where=TEXT, steps=many(WHOLE), values=many(NUMBER), expected=maybe(EXPECTED))),
    remedies=many(exactly(title=TEXT, diff=maybe(TEXT), trial=maybe(TRIAL))),
)  # fmt: skip
GRADIENT = exactly(
    parameter=PLACE, verdict={"enum": ["right", "wrong", "undecided"]}, because=maybe(TEXT), loss=maybe(TEXT),
    relative_error=maybe(NUMBER), error_bound=maybe(NUMBER), confirmed_by=many(TEXT), mistakes=many(TEXT),
)  # fmt: skip
SCHEMA = exactly(
    schema={"const": "backproof/diagnosis/1"}, version=TEXT,
    program=exactly(
        path=TEXT, argv=many(TEXT), frameworks=many(TEXT), exit_code=maybe(WHOLE), updates_seen=WHOLE,
        ended={"enum": ["finished", "raised", "interrupted", "stopped_by_limit"]}, error=maybe(TEXT),
    ),
    coverage=exactly(parameters=WHOLE, updated_arrays=WHOLE, not_followed=many(TEXT)),
    gradients=many(GRADIENT), findings=many(FINDING), skipped=many(exactly(rule=TEXT, because=TEXT)),
    notes=many(TEXT),
)  # fmt: skip


@pytest.mark.parametrize("make", [broken, healthy, nothing, lambda path: Diagnosis()])
def test_it_follows_the_schema(make: Any, tmp_path: Path) -> None:
    def forbid(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    content = json.loads(render(make(write_script(tmp_path)), root=str(tmp_path)), parse_constant=forbid)
    jsonschema.validate(content, SCHEMA)


def test_what_it_says(tmp_path: Path) -> None:
    content = to_dict(broken(write_script(tmp_path)), root=str(tmp_path))
    first, third = content["findings"][0], content["findings"][2]
    assert content["program"]["path"] == "train.py"
    assert (first["id"], first["rule"], first["consequence_of"]) == (1, "wrong-sign-update", None)
    assert first["where"][0] == {
        "file": "train.py", "line": 11, "end_line": 11, "column": 4, "end_column": 91, "name": "layer1_weights",
        "kind": "update",
    }  # fmt: skip
    assert first["evidence"][0]["values"] == [0.0123456, 0.2, 1.5, "Infinity", "NaN", 1e-9]
    assert third["consequence_of"] == 1
    assert content["gradients"][0]["relative_error"] == 1.3112345


def test_numpy_scalars_and_odd_text_are_plain_data(tmp_path: Path) -> None:
    evidence = Evidence("q", "\ud800", (numpy.int64(3),), (numpy.float32(0.5), numpy.float64("-inf")))
    content = to_dict(Diagnosis((Finding("plateau", Severity.NOTE, "m", (), (evidence,)),)), root=str(tmp_path))
    assert content["findings"][0]["evidence"][0]["values"] == [0.5, "-Infinity"]
    assert json.loads(json.dumps(content).encode()) == content


def test_fingerprints_survive_edits_elsewhere_and_notice_those_of_the_line(tmp_path: Path) -> None:
    def marks(text: str, line: int) -> list[str]:
        json_report.line_at.__globals__["lines_of"].cache_clear()
        place = Place(str(write_script(tmp_path, text)), line, name="layer2_weights")
        finding = Finding("wrong-sign-update", Severity.ERROR, "Uphill.", (place,), ())
        return fingerprints_of([finding, finding, replace(finding, rule="plateau")], root=str(tmp_path))

    before = marks(SCRIPT, 12)
    assert len(set(before)) == 3
    assert marks(f"# a new line\n{SCRIPT.replace('error = a_3 - y', 'error = y - a_3')}", 13) == before
    assert marks(SCRIPT.replace("\tlayer2_weights", "        layer2_weights"), 12) == before
    assert not set(marks(SCRIPT.replace("rate * a_2.T", "a_2.T"), 12)) & set(before)


def test_fingerprints_of_an_earlier_report(tmp_path: Path) -> None:
    report = render(broken(write_script(tmp_path)), root=str(tmp_path))
    assert fingerprints(report) == {finding["fingerprint"] for finding in json.loads(report)["findings"]}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "backproof/diagnosis/2"}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"schema|Expecting"):
        fingerprints(text)
