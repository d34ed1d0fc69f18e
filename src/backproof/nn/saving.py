"""Networks as files: a safetensors file whose metadata hold one JSON document. Nothing is ever unpickled or executed.

A file is written beside its place and moved there when it is whole, so that whatever is there can be read. When it is
read, everything in it is checked before anything of its size is made.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.errors import BackproofError, UsageError
from backproof.nn.layers import Dense, Dropout, Layer, Residual
from backproof.nn.network import Network
from backproof.nn.normalization import BatchNorm, LayerNorm
from backproof.nn.scaling import Scaling

Array = NDArray[Any]

FORMAT = "backproof/network/1"
LAYERS: dict[str, type[Layer]] = {each.kind: each for each in (Dense, Residual, Dropout, BatchNorm, LayerNorm)}
DEEPEST = 20  # blocks in blocks; a file with more is hostile or broken


class BrokenFile(BackproofError):
    """A file holds no network, or not a whole one; the message says what is wrong with it."""


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write the network to `path`, all at once.

    Raises:
        UsageError: It has no weights yet, or safetensors is not installed.
    """
    write(Path(path), document_of(network), tensors_of(network))


def load(path: str | os.PathLike[str]) -> Network:
    """The network that was saved at `path`.

    Raises:
        UsageError: There is no such file, or safetensors is not installed.
        BrokenFile: It holds no whole network; nothing in it was executed.
    """
    document, tensors = read(Path(path))
    return network_of(document, tensors, Path(path))


# -- files


def write(path: Path, document: Mapping[str, Any], tensors: Mapping[str, Array]) -> None:
    """Write beside `path`, flush to the disk, and move it there.

    Raises:
        UsageError: The folder is not there.
    """
    check_folder(path)
    encode = _safetensors().numpy.save
    metadata = {"backproof": json.dumps(document, allow_nan=True)}
    data = encode({name: np.ascontiguousarray(value) for name, value in tensors.items()}, metadata)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def check_folder(path: Path) -> None:
    """Whether there is a folder to write a file into.

    Raises:
        UsageError: There is none.
    """
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}: make it first")


def read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The JSON document and the arrays of a file.

    Raises:
        UsageError: There is no such file.
        BrokenFile: It is no file of ours.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file" if not path.exists() else f"{path} is no file")
    library = _safetensors()
    try:
        with library.safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("backproof")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except Exception as error:  # the library has several, and none of them is of use to the user
        raise BrokenFile(f"{path} is no whole safetensors file: {error}") from None
    if text is None:
        raise BrokenFile(f"{path} is a safetensors file, but holds no backproof network")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenFile(f"{path}: its description is broken: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BrokenFile(f"{path}: its format is {_short(document)}, not {FORMAT}: a newer backproof may have made it")
    return document, tensors


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise UsageError(
            'networks are kept in safetensors files: install it with pip install "backproof[train]"'
        ) from None
    return safetensors


def _short(value: Any) -> str:
    text = repr(value.get("format") if isinstance(value, dict) else value)
    return text if len(text) <= 60 else text[:57] + "..."


# -- networks


def document_of(network: Network) -> dict[str, Any]:
    """All of a network but its numbers.

    Raises:
        UsageError: It has no weights yet.
    """
    if network.inputs is None:
        raise UsageError("the network has no weights yet: train it first (fit), or build it (build)")
    return {
        "format": FORMAT,
        "layers": [_described(layer) for layer in network.layers],
        "loss": network.loss_name,
        "seed": network.seed,
        "dtype": network.dtype,
        "scale_inputs": network.scale_inputs,
        "scale_targets": network.scale_targets,
        "inputs": network.inputs,
        "flat_targets": network.flat_targets,
        "generator": network.generator.bit_generator.state,
    }


def _described(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Residual):
        return {"kind": layer.kind, "layers": [_described(each) for each in layer.layers]}
    if LAYERS.get(layer.kind) is not type(layer):
        raise UsageError(f"{type(layer).__name__} is a layer of your own: it cannot be saved")
    return {"kind": layer.kind, **layer.settings()}


def tensors_of(network: Network) -> dict[str, Array]:
    """All numbers of a network, by name."""
    found = {f"parameters/{name}": value for name, value in network.parameters.items()}
    found |= {f"state/{name}/{key}": value for name, layer in network.walk() for key, value in layer.state.items()}
    for side, scaling in (("inputs", network.input_scaling), ("targets", network.target_scaling)):
        found |= {f"scaling/{side}/shift": scaling.shift, f"scaling/{side}/scale": scaling.scale}
    return found


def network_of(document: Mapping[str, Any], tensors: Mapping[str, Array], path: Path) -> Network:
    """The network that a file describes.

    Raises:
        BrokenFile: Description and numbers do not fit together.
    """
    try:
        network = Network(
            [_layer(each, 0) for each in document["layers"]],
            document["loss"],
            seed=_whole(document["seed"]),
            dtype=document["dtype"],
            scale_inputs=document["scale_inputs"] is True,
            scale_targets=document["scale_targets"] is True,
        )
        _fill(network, _whole(document["inputs"]), tensors)
        network.flat_targets = document["flat_targets"] is True
        network.generator = generator_of(document["generator"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, UsageError) as error:
        raise BrokenFile(f"{path} holds no whole network: {type(error).__name__}: {error}") from None
    return network


def _layer(described: Any, depth: int) -> Layer:
    if not isinstance(described, dict) or depth > DEEPEST:
        raise ValueError("a layer is described by no object, or blocks are nested too deep")
    settings = dict(described)
    kind = LAYERS[settings.pop("kind")]
    if kind is Residual:
        return Residual([_layer(each, depth + 1) for each in settings["layers"]])
    return kind(**settings)


def _fill(network: Network, inputs: int, tensors: Mapping[str, Array]) -> None:
    """Check every array's shape against the description, then take them all."""
    units, shapes = inputs, []
    for name, layer in network.walk():
        expected = _shapes(layer, units)
        for key, shape in expected.items():
            _checked(tensors, f"parameters/{name}/{key}", shape)
        shapes.append(expected)
        units = layer.units_of(units)
    if network.units_of(inputs) != units:  # raises where a block does not fit
        raise ValueError("the layers do not fit together")
    network.inputs, network.outputs = inputs, units
    network.bind(shapes)
    for name, layer in network.walk():
        for key, parameter in layer.parameters.items():
            parameter[...] = tensors[f"parameters/{name}/{key}"]
        if isinstance(layer, BatchNorm):
            size = layer.parameters["gamma"].shape
            layer.state = {key: _checked(tensors, f"state/{name}/{key}", size) for key in ("mean", "variance")}
    network.input_scaling = _scaling(tensors, "inputs", inputs)
    network.target_scaling = _scaling(tensors, "targets", units)


def _shapes(layer: Layer, inputs: int) -> dict[str, tuple[int, ...]]:
    if isinstance(layer, Dense):
        weight: dict[str, tuple[int, ...]] = {"weight": (inputs, layer.units)}
        return {**weight, "bias": (layer.units,)} if layer.bias else weight
    return {"gamma": (inputs,), "beta": (inputs,)}


def _checked(tensors: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    value = tensors[name]
    if value.shape != shape or value.dtype.kind != "f":
        raise ValueError(f"{name} is {value.dtype} {value.shape}, not {shape} of floats")
    return value


def _scaling(tensors: Mapping[str, Array], side: str, features: int) -> Scaling:
    shift, scale = (_checked(tensors, f"scaling/{side}/{key}", (features,)) for key in ("shift", "scale"))
    return Scaling(shift, scale)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def generator_of(state: Any) -> np.random.Generator:
    """A random generator in a state that was written.

    Raises:
        TypeError, ValueError, KeyError: It is no such state.
    """
    numbers = {key: _whole(state["state"][key]) for key in ("state", "inc")}
    made = np.random.PCG64()
    rest = {key: _whole(state[key]) for key in ("has_uint32", "uinteger")}
    whole: Any = {"bit_generator": "PCG64", "state": numbers, **rest}
    made.state = whole
    return np.random.Generator(made)
