"""Networks as files: what is written is read to the bit; broken and hostile files give a clear error."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.errors import BackproofError, UsageError
from backproof.nn import BatchNorm, BrokenFile, Dense, Dropout, LayerNorm, Network, Residual, load

X = np.random.default_rng(0).normal(size=(20, 3))


def network(**settings: Any) -> Network:
    layers = [Dense(4, "relu"), BatchNorm(0.8), Residual([Dense(4, "tanh"), LayerNorm()]), Dropout(0.1), Dense(1)]
    made = Network(layers, seed=5, scale_inputs=True, scale_targets=True, **settings)
    made.fit(X, X.sum(axis=1), epochs=2)
    return made


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_saved_is_loaded_to_the_bit(dtype: str, tmp_path: Path) -> None:
    made = network(dtype=dtype)
    made.save(tmp_path / "model.safetensors")
    read = load(tmp_path / "model.safetensors")
    assert repr(read) == repr(made)
    assert read.predict(X).tobytes() == made.predict(X).tobytes()
    for each in (made, read):
        each.fit(X, X.sum(axis=1), epochs=2)
    assert read.theta.tobytes() == made.theta.tobytes()  # the order of the samples goes on, too


def test_a_file_is_replaced_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m"
    made = network()
    made.save(path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    made.theta += 1
    with pytest.raises(OSError, match="no space left"):
        made.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["m"]


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        load(tmp_path / "none")
    with pytest.raises(UsageError, match="no weights yet"):
        Network([Dense(1)]).save(tmp_path / "m")


def rewritten(path: Path, change: Any) -> None:
    """The file with another description."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    document = json.loads(header["__metadata__"]["backproof"])
    changed = change(document)
    header["__metadata__"]["backproof"] = json.dumps(document if changed is None else changed)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])


def huge(document: Any) -> None:
    document["layers"][0]["units"] = 10**12


def deep(document: Any) -> None:
    block: Any = {"kind": "dense", "units": 4}
    for _ in range(300):
        block = {"kind": "residual", "layers": [block]}
    document["layers"] = [block]


HOSTILE = {
    "huge layer": huge,
    "deep blocks": deep,
    "unknown kind": lambda d: d["layers"][0].update(kind="os.system"),
    "unknown argument": lambda d: d["layers"][0].update(command="ls"),
    "no layers": lambda d: d.update(layers=[]),
    "layers are no list": lambda d: d.update(layers=7),
    "other format": lambda d: d.update(format="backproof/network/9"),
    "inputs are text": lambda d: d.update(inputs="3"),
    "negative inputs": lambda d: d.update(inputs=-3),
    "no generator": lambda d: d.pop("generator"),
    "generator is no generator": lambda d: d.update(generator={"state": {"state": "x", "inc": 1}}),
    "a list": lambda d: [1, 2],
    "loss is no name": lambda d: d.update(loss=["half_squared_error"]),
    "dtype": lambda d: d.update(dtype="object"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_description_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "m"
    network().save(path)
    rewritten(path, HOSTILE[name])
    with pytest.raises(BrokenFile, match="m"):
        load(path)


def test_the_rewriting_alone_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m"
    network().save(path)
    rewritten(path, lambda d: None)
    load(path)


def loaded_or_refused(path: Path) -> bool:
    """Whether a file is read as a network, or refused with an error that names it."""
    try:
        return load(path).inputs == 3
    except BackproofError as error:
        return str(path) in str(error)


def test_fuzzed_files_give_a_clear_error_or_a_network(tmp_path: Path) -> None:
    path = tmp_path / "m"
    network().save(path)
    whole = path.read_bytes()
    generator = np.random.default_rng(1)
    for k in range(300):
        data = bytearray(whole)
        if k % 3 == 0:
            data = data[: generator.integers(0, len(data))]
        else:
            for place in generator.integers(0, len(data) if k % 3 == 1 else 900, size=4):
                data[place] = generator.integers(0, 256)
        path.write_bytes(data)
        assert loaded_or_refused(path)
