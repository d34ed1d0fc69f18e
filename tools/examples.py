"""Runs backproof on every example and writes what it says into the table of README.md.

`python tools/examples.py` rewrites the table; with `--check` it fails if the table differs from what is in README.md.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- EXAMPLES -->", "<!-- END OF EXAMPLES -->"
ABOUT = {  # range; width; initialiser; output activation
    "sine/asked.py": "x in [0, 15); 1-10-1; uniform(-1, 1), no biases; linear",
    "sine/answered.py": "x in [-7.5, 7.5); 1-10-1; uniform(-1, 1), biases spread; linear",
    "sine/repaired.py": "x in [-7.5, 7.5); 1-10-1; weights ±2, biases spread evenly; linear",
    "deep_sigmoid/asked.py": "x, y, z in [-0.05, 0.056); 7 x 10 sigmoid; normal, variance 1/inputs; sigmoid",
    "deep_sigmoid/three_layers_linear_output.py": "[-1, 1); 3 x 10 sigmoid; normal, variance 4/inputs; linear",
    "deep_sigmoid/seven_layers_relu.py": "[-1, 1); 7 x 16 ReLU; He; linear",
    "deep_sigmoid/seven_layers_elu.py": "[-1, 1); 7 x 10 ELU; LeCun; linear",
    "deep_sigmoid/seven_layers_selu.py": "[-1, 1); 7 x 10 SELU; LeCun; linear",
    "deep_sigmoid/seven_layers_skip.py": "[-1, 1); 7 x 10 sigmoid with fixed skips; normal, variance 1/inputs; linear",
    "table/six_rows_sigmoid.py": "0 and 1; 3-4-1; uniform(-1, 1), no biases; sigmoid",
    "table/six_rows_relu.py": "0 and 1; 3-6-1; uniform(-1, 1), no biases; ReLU",
    "table/last_row_error.py": "0 and 1; 3-4-1; uniform(-1, 1), no biases; ReLU",
    "table/repaired.py": "0 and 1; 3-4-1; uniform(-1, 1), biases 0; sigmoid",
    "table/gates/and.py": "0 and 1; 2-3-1; uniform(-1, 1), no biases; sigmoid",
    "table/gates/or.py": "0 and 1; 2-3-1; uniform(-1, 1), no biases; sigmoid",
    "table/gates/xor.py": "0 and 1; 2-2-1; uniform(-1, 1), no biases; sigmoid",
    "table/gates/and_relu.py": "0 and 1; 2-3-1; uniform(-1, 1), no biases; ReLU",
    "table/gates/or_relu.py": "0 and 1; 2-4-1; uniform(-1, 1), no biases; ReLU",
    "table/gates/xor_relu.py": "0 and 1; 2-2-1; uniform(-1, 1), no biases; ReLU",
    "table/gates/xor_repaired.py": "0 and 1; 2-4-1; uniform(-1, 1), biases 0; sigmoid",
    "tanh_neuron/asked.py": "0.025 to 0.5; one tanh; weight and bias 0.5; tanh",
    "tanh_neuron/overflow.py": "100 to 2,000; one tanh by hand; weight and bias 0.5; tanh",
    "tanh_neuron/healthy.py": "-0.95 to 0.95; one tanh; weight and bias 0.5; tanh",
    "chain/z50_one_sigmoid.py": "input 62.5; one sigmoid; weight 0.8; sigmoid",
    "chain/z50_chain.py": "input 1; 1-1-1; weights 0.8 and 72.4665; sigmoid",
    "chain/healthy.py": "-1 to 1; 1-1-1; weights 0.5, biases 0; sigmoid",
}


def told(program: str) -> str:
    """What the report says, in one cell."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "backproof", "run", "--format", "json", "--output", str(report)]
        command.append(f"examples/{program}")
        subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        diagnosis = json.loads(report.read_text(encoding="utf-8"))
    verdicts = {row["verdict"] for row in diagnosis["gradients"]}
    verdict = "wrong" if "wrong" in verdicts else "right" if "right" in verdicts else "undecided"
    found = [_finding(finding) for finding in diagnosis["findings"]]
    return f"gradient {verdict}; " + ("; ".join(found) if found else "no error, no warning")


def _finding(finding: dict[str, object]) -> str:
    places = finding["where"]
    lines = dict.fromkeys(str(p["line"]) for p in places if p["line"] is not None)  # type: ignore[index, union-attr]
    at = f" (line {', '.join(list(lines)[:2])})" if lines else ""
    return f"{finding['severity']} `{finding['rule']}`{at}"


def table() -> str:
    """The whole table."""
    rows = [f"| [{name}](examples/{name}) | {about} | {told(name)} |" for name, about in ABOUT.items()]
    head = ["| program | range; width; initialiser; output activation | the report says |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows])


def main() -> int:
    """Rewrite or check the table."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    made = f"{text[:start]}\n\n{table()}\n\n{text[end:]}"
    if "--check" in sys.argv:
        return int(made != text)
    readme.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
