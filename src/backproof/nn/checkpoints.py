"""Trainings half-way, as files: with what is in one, a training goes on to the bit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backproof.errors import UsageError
from backproof.nn.history import History
from backproof.nn.saving import BrokenFile, document_of, generator_of, network_of, tensors_of
from backproof.nn.saving import read as read_file
from backproof.nn.saving import write as write_file
from backproof.nn.second_order import Marquardt

if TYPE_CHECKING:
    from backproof.nn.prepared import Data
    from backproof.nn.training import Training

Array = NDArray[Any]


def write(training: Training, path: Path) -> None:
    """Write the network and the state of its training to `path`, all at once."""
    document = document_of(training.network)
    document["training"] = {
        "settings": training.settings.fingerprint(),
        "data": [_digest(data) for data in (training.data, training.held)],
        "history": training.history.to_dict(),
        "best_loss": float(training.best_loss),
        "starts": training.starts,
        "marquardt": _marquardt(training.marquardt),
    }
    tensors = tensors_of(training.network)
    tensors |= {f"slots/{name}": value for name, value in training.slots.items()}
    tensors["best/theta"] = training.best_theta
    for k, state in enumerate(training.best_state):
        tensors |= {f"best/state/{k}/{name}": value for name, value in state.items()}
    write_file(path, document, tensors)


def _marquardt(method: Marquardt | None) -> dict[str, Any] | None:
    if method is None:
        return None
    names = ("damping", "growth", "recent", "loss", "stuck")
    return {name: getattr(method, name) for name in names}


def _digest(data: Data | None) -> str | None:
    """What tells other data."""
    if data is None:
        return None
    found = hashlib.sha256()
    for array in (data.x, data.y, data.weights):
        found.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def read(training: Training, path: Path) -> None:
    """Put the training in the state of the file at `path`.

    Raises:
        UsageError: The file is of another network, other data or other settings.
        BrokenFile: It holds no whole training.
    """
    document, tensors = read_file(path)
    saved = document.get("training")
    if not isinstance(saved, dict):
        raise BrokenFile(f"{path} holds a network, but no training to go on with: load it with backproof.nn.load")
    _check_same(training, document, saved, path)
    try:
        _restore(training, document, tensors, saved, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenFile(f"{path} holds no whole training: {type(error).__name__}: {error}") from None


def _check_same(training: Training, document: Mapping[str, Any], saved: Mapping[str, Any], path: Path) -> None:
    import json

    own = json.loads(json.dumps(document_of(training.network)))
    other = [name for name in own if name not in ("generator",) and own[name] != document.get(name)]
    settings = json.loads(json.dumps(training.settings.fingerprint()))
    given = saved.get("settings")
    changed = [name for name in settings if not isinstance(given, dict) or settings[name] != given.get(name)]
    if saved.get("data") != [_digest(data) for data in (training.data, training.held)]:
        changed.append("data")
    if other or changed:
        raise UsageError(
            f"{path} is the checkpoint of another training (different: {', '.join([*other, *changed])}): give another "
            "file, or delete this one to start anew"
        )


def _restore(
    training: Training, document: Mapping[str, Any], tensors: Mapping[str, Array], saved: Mapping[str, Any], path: Path
) -> None:
    network = training.network
    other = network_of(document, tensors, path)
    slots = {name: _like(tensors[f"slots/{name}"], training.slots[name]) for name in training.slots}
    best = _like(tensors["best/theta"], network.theta)
    states = [
        {name: _like(tensors[f"best/state/{k}/{name}"], value) for name, value in state.items()}
        for k, state in enumerate(training.best_state)
    ]
    history, best_loss, starts = History.from_dict(saved["history"]), float(saved["best_loss"]), _count(saved["starts"])
    if {*history.gradient_rms, *history.update_rms} - set(network.parameters):
        raise ValueError("the history is of other parameters")
    marquardt = _checked(saved["marquardt"])
    network.theta[...] = other.theta
    for (_, mine), (_, theirs) in zip(network.walk(), other.walk(), strict=True):
        mine.state = theirs.state
    network.generator = generator_of(document["generator"])
    training.slots, training.best_theta, training.best_state = slots, best, states
    training.history, training.best_loss, training.starts = history, best_loss, starts
    training.clock -= history.seconds[-1] if history.seconds else 0.0
    if marquardt is not None:
        method: Any = training.method
        training.marquardt = Marquardt(
            network, training.data.x, training.data.y, training.data.weights, method, training.decays
        )
        for name, value in marquardt.items():
            setattr(training.marquardt, name, value)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _checked(saved: Any) -> dict[str, Any] | None:
    """The state of Levenberg-Marquardt, of the right kinds."""
    if saved is None:
        return None
    found = {name: float(saved[name]) for name in ("damping", "growth", "loss")}
    if not found["damping"] > 0 or not found["growth"] > 1:
        raise ValueError("damping and growth are out of their range")
    return {**found, "recent": [float(value) for value in saved["recent"]], "stuck": saved["stuck"] is True}


def _like(value: Array, example: Array) -> Array:
    if value.shape != example.shape or value.dtype != example.dtype:
        raise ValueError(f"an array is {value.dtype} {value.shape}, not {example.dtype} {example.shape}")
    return np.array(value)
