"""Networks as files: what is written is read to the bit; broken and hostile files give a clear error."""

from __future__ import annotations

import contextlib
import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backproof.errors import BackproofError, UsageError
from backproof.nn import (
    Adam,
    BatchNorm,
    BrokenFile,
    Dense,
    Dropout,
    EarlyStopping,
    LayerNorm,
    Network,
    Residual,
    load,
)

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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = tmp_path_factory.mktemp("saved") / "m"
    network().save(path)
    return path, path.read_bytes()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=5),
    st.floats(0, 1),
)
def test_any_damaged_bytes(whole: tuple[Path, bytes], changes: list[tuple[float, bytes]], kept: float) -> None:
    path, original = whole
    data = bytearray(original)
    for place, patch in changes:
        at = int(place * len(data))
        data[at : at + len(patch)] = patch
    path.write_bytes(data[: int(kept * len(data))] if kept < 0.5 else data)
    assert loaded_or_refused(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**12) | st.just(-1),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "units", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all values in a document, containers included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in [(*path, key), *leaves(each, (*path, key))]]


@settings(max_examples=60)
@given(st.data())
def test_any_hostile_description(whole: tuple[Path, bytes], data: st.DataObject) -> None:
    """Any value of the description replaced by any other; nothing of the size that it claims is ever made."""
    path, original = whole
    path.write_bytes(original)

    def change(document: Any) -> None:
        for _ in range(data.draw(st.integers(1, 2))):
            *way, last = data.draw(st.sampled_from(leaves(document)))
            inner = document
            for key in way:
                inner = inner[key]
            inner[last] = data.draw(JSON)

    rewritten(path, change)
    tracemalloc.start()
    try:
        with contextlib.suppress(BackproofError):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(original) + 2_000_000
    finally:
        tracemalloc.stop()


def test_a_header_that_claims_more_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "m"
    for size in (2**63 - 1, 2**40, 10**8, 0):
        path.write_bytes(
            struct.pack("<Q", size) + b'{"a":{"dtype":"F64","shape":[1000000000000],"data_offsets":[0,8]}}'
        )
        with pytest.raises(BrokenFile, match="no whole safetensors file"):
            load(path)


@pytest.mark.parametrize("content", [b"", b"x", b"cos\nsystem\n(S'touch hacked'\ntR.", b"\x80\x04\x95" + b"\0" * 40])
def test_a_pickle_is_no_model(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(BrokenFile):
        load(tmp_path / "m")
    assert [file.name for file in tmp_path.iterdir()] == ["m"]  # nothing was run


def taken_up(path: Path, epochs: int) -> Network:
    made = Network([Dense(3, "tanh"), BatchNorm(), Dense(1)], seed=1)
    made.fit(X, X.sum(axis=1), epochs=epochs, checkpoint=path, optimizer=Adam(0.01), early_stopping=EarlyStopping(90))
    return made


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, bytes]:
    path = tmp_path_factory.mktemp("taken") / "c"
    taken_up(path, 3)
    kept = path.read_bytes()
    return path, kept, taken_up(path, 5).theta.tobytes()


def test_a_checkpoint_that_is_whole_is_taken_up(checkpoint: tuple[Path, bytes, bytes]) -> None:
    path, kept, expected = checkpoint
    path.write_bytes(kept)
    assert taken_up(path, 5).theta.tobytes() == expected


@settings(max_examples=60)
@given(st.data())
def test_any_hostile_checkpoint(checkpoint: tuple[Path, bytes, bytes], data: st.DataObject) -> None:
    """Any value of what is said of the training replaced by any other: refused, or taken up and trained to its end."""
    path, kept, _ = checkpoint
    path.write_bytes(kept)

    def change(document: Any) -> None:
        inner = document["training"]
        *way, last = data.draw(st.sampled_from(leaves(inner)))
        for key in way:
            inner = inner[key]
        inner[last] = data.draw(JSON)

    rewritten(path, change)
    with contextlib.suppress(BackproofError):
        taken_up(path, 4)
