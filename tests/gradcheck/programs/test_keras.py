"""Keras' layers are right on each backend; a wrong custom gradient is found. Each backend has a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed")
LAYERS = Path(__file__).with_name("keras_layers.py")
NAMES = (
    *("dense", "sequential", "functional", "frozen", "convolution", "max pooling", "lstm", "batch normalisation"),
    *(
        "layer normalisation",
        "embedding",
        "attention",
        "parametric relu",
        "softmax",
        "double",
        "half",
        "custom",
        "tiny",
    ),
    *("in training", "with a loss"),
)


@cache
def found(backend: str) -> dict[str, Any]:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, LAYERS], env=environment, capture_output=True, text=True, timeout=280)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"failed": done.stderr}


BACKENDS = pytest.mark.parametrize(
    "backend", [pytest.param(b, marks=pytest.mark.xdist_group(b)) for b in ("jax", "torch")]
)


@BACKENDS
@pytest.mark.parametrize("name", NAMES)
def test_what_is_right_is_called_right(backend: str, name: str) -> None:
    result = found(backend)["results"][name]
    assert result["verdict"] == "right", result
    assert any(note.startswith("run in float64") for note in result["notes"])


@BACKENDS
@pytest.mark.parametrize("name", ["huge", "at a kink"])
def test_scales_and_kinks_are_never_called_wrong(backend: str, name: str) -> None:
    assert found(backend)["results"][name]["verdict"] != "wrong"


@BACKENDS
def test_a_wrong_custom_gradient_is_found(backend: str) -> None:
    for name in ("wrong", "wrong in a model"):
        assert found(backend)["results"][name]["verdict"] == "wrong"


@BACKENDS
def test_parameters_are_named_as_keras_does(backend: str) -> None:
    def names(name: str) -> list[str]:
        return [row["name"] for row in found(backend)["results"][name]["parameters"]]

    assert [each.partition("/")[2] or each for each in names("dense")] == ["kernel", "bias", "input"]
    assert [each.partition("/")[2] or each for each in names("with a loss")] == ["kernel", "bias"]
    assert names("attention")[-2:] == ["input[0]", "input[1]"]
    assert len(names("frozen")) == 3


@BACKENDS
def test_layers_and_keras_are_left_as_they_were(backend: str) -> None:
    assert found(backend)["kept"]


@BACKENDS
def test_bad_input_is_answered_clearly(backend: str) -> None:
    assert ["fails with these inputs" in said for said in found(backend)["errors"]][:1] == [True]
    assert "nothing can be differentiated" in found(backend)["errors"][1]
