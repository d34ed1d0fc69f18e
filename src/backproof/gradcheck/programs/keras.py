"""Keras: layers and models, where it runs on JAX or PyTorch.

A layer is made a function of its variables and inputs by Keras' own stateless call, and that function is checked as one
of the backend's: with JAX's derivatives, or with PyTorch's autograd.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.programs._calls import name_of
from backproof.gradcheck.programs._program import Program

OPTIONS = ("loss", "inputs", "training")
Surroundings = Callable[[], AbstractContextManager[Any]]
SAME, SAME_AS_HALF = 1e-3, 3e-2  # relative: how well a copy in float64 must reproduce the outputs of the layer


def takes(target: Any, inputs: tuple[Any, ...]) -> bool:
    """Layers; models are layers, too."""
    return isinstance(target, keras.layers.Layer)


def program(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """The outputs of the layer, summed with fixed weights, and the gradient that the backend gives for that sum.

    Args:
        target: A layer or a model. It is never changed: what is checked is a copy in float64, or the layer itself by
            stateless calls. Random layers draw the same numbers in each call.
        inputs: What it is called with: arrays of any kind, nested or not.
        options: `loss`: a function of the outputs whose value is checked instead of the weighted sum; `inputs`: False
            leaves the gradient of the inputs out; `training`: handed to the call if given.
        seed: Of the weights.

    Raises:
        UsageError: The layer fails with these inputs, or nothing in it can be differentiated.
    """
    if unknown := set(options) - set(OPTIONS):
        raise UsageError(f"there is no option {sorted(unknown)[0]!r} for Keras; there are: {', '.join(OPTIONS)}")
    backend = f"backproof.gradcheck.programs.{keras.backend.backend()}"
    if find_spec(backend) is None:
        raise UsageError(f"Keras on {keras.backend.backend()} cannot be checked yet: set KERAS_BACKEND to jax or torch")
    leaf = import_module(backend)
    failed: Exception | None = None
    for make in (_in_double, _as_it_is):
        try:
            with undiminished():
                with leaf.doubles():
                    function, tensors = make(target, inputs, options)
                made: Program = leaf.program(function, tuple(tensors), _passed_on(options), seed)
        except Exception as error:  # whatever somebody's layer raises; one that cannot be copied is taken as it is
            failed = error
            continue
        made.notes.extend(["run in float64 (a copy; the original is as it was)"] if make is _in_double else [])
        made.surroundings = partial(_both, made.surroundings, undiminished)
        return made
    if isinstance(failed, UsageError):
        raise failed
    raise UsageError(f"the layer fails with these inputs: {type(failed).__name__}: {failed}") from failed


@contextmanager
def undiminished() -> Iterator[None]:
    """Keras makes float32 of what float64 gives, on JAX and PyTorch: not while this lasts."""
    try:
        table = import_module("keras.src.backend.common.dtypes").BIT64_TO_BIT32_DTYPE
    except (ImportError, AttributeError):  # another release: then it is checked as precisely as it computes
        table = {"float64": "float64"}
    before = table["float64"]
    table["float64"] = "float64"
    try:
        yield
    finally:
        table["float64"] = before


@contextmanager
def _both(one: Surroundings, other: Surroundings) -> Iterator[None]:
    with one(), other():
        yield


def _passed_on(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"loss": options["loss"]} if "loss" in options else {}


Function = tuple[Callable[..., Any], list[Any]]


def _as_it_is(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any]) -> Function:
    return _function(_built(target, inputs), inputs, options, target.compute_dtype)


def _in_double(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any]) -> Function:
    """With a copy whose variables and arithmetic are float64, if one can be made that does the same.

    Raises:
        ValueError: It does not.
    """
    built = _built(target, inputs)
    described = _with_doubles(keras.saving.serialize_keras_object(built))
    with _own_classes(built):
        doubled = keras.saving.deserialize_keras_object(described, safe_mode=False)
    if not doubled.built:
        doubled(*_tensors(inputs, "float64"))
    doubled.set_weights(built.get_weights())
    function, tensors = _function(doubled, inputs, options, "float64")
    original, first = _function(built, inputs, options, target.compute_dtype)
    found, wanted = _numbers(function(*tensors)), _numbers(original(*first))
    same = SAME if target.compute_dtype in ("float32", "float64") else SAME_AS_HALF
    if not np.allclose(found, wanted, rtol=same, atol=same * float(np.abs(wanted).max(initial=0.0))):
        raise ValueError("the copy in float64 computes something else")
    return function, tensors


def _built(target: Any, inputs: tuple[Any, ...]) -> Any:
    """The layer if it has its variables, else a copy that gets them."""
    if target.built:
        return target
    with _own_classes(target):
        built = copy.deepcopy(target)
    built(*_tensors(inputs, target.compute_dtype))
    return built


def _own_classes(layer: Any) -> AbstractContextManager[Any]:
    """In which Keras knows the classes of the layer and of those inside of it, registered or not."""
    known = {type(each).__name__: type(each) for each in layer._flatten_layers()}
    return keras.saving.custom_object_scope(known)  # type: ignore[no-any-return]


def _function(layer: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], dtype: str) -> Function:
    """The layer as a function of its trainable variables and of all inputs of floating-point numbers."""
    flat = keras.tree.flatten(_tensors(inputs, dtype))
    chosen = [k for k, each in enumerate(flat) if _is_floating(each) and options.get("inputs", True)]
    variables = list(layer.trainable_variables)
    others = [each.value for each in layer.non_trainable_variables]
    settings = {"training": options["training"]} if "training" in options else {}

    def function(*tensors: Any) -> Any:
        if dtype != "float64" and any("float64" in str(each.dtype) for each in tensors):
            raise TypeError(f"the layer computes in {dtype}")
        given = list(flat)
        for k, each in zip(chosen, tensors[len(variables) :], strict=True):
            given[k] = each
        arguments = keras.tree.pack_sequence_as(inputs, given)
        return layer.stateless_call(list(tensors[: len(variables)]), others, *arguments, **settings)[0]

    alone = len(flat) == 1
    names = [each.path for each in variables] + ["input" if alone else f"input[{k}]" for k in chosen]
    function.argument_names = names  # type: ignore[attr-defined]
    function.__name__ = name_of(layer)
    return function, [keras.ops.stop_gradient(each.value) for each in variables] + [flat[k] for k in chosen]


def _tensors(inputs: Any, dtype: str) -> Any:
    """The inputs as the backend's tensors; those of floating-point numbers in `dtype`."""

    def converted(each: Any) -> Any:
        tensor = keras.ops.convert_to_tensor(each)
        return keras.ops.cast(tensor, dtype) if _is_floating(tensor) else tensor

    return keras.tree.map_structure(converted, inputs)


def _is_floating(tensor: Any) -> bool:
    return "float" in keras.backend.standardize_dtype(tensor.dtype)


def _numbers(outputs: Any) -> Any:
    flat = [keras.ops.convert_to_numpy(each) for each in keras.tree.flatten(outputs)]
    return np.concatenate([each.ravel().astype(np.float64) for each in flat if each.dtype.kind == "f"])


def _with_doubles(described: Any) -> Any:
    """A description of layers in which float64 stands for every other precision."""
    if isinstance(described, list | tuple):
        return type(described)(map(_with_doubles, described))
    if not isinstance(described, dict):
        return described
    if described.get("class_name") == "DTypePolicy":
        return "float64"
    changed = {key: _with_doubles(each) for key, each in described.items()}
    single = str(changed.get("dtype", "")) in ("float32", "float16", "bfloat16")
    return {**changed, "dtype": "float64"} if single else changed
