"""The time to check all parameters of networks of three sizes, beside torch's gradcheck."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from backproof import check_gradient

# layer sizes, rows, ReLU and cross-entropy instead of sigmoid and squared error
CASES = {
    "711 parameters": ((3, *(10,) * 7, 1), 32, False),
    "101,770 parameters": ((784, 128, 10), 16, True),
    "669,706 parameters": ((784, 512, 512, 10), 16, True),
}
SOME = 200  # elements of the slow check that are timed where all would take minutes
REPEATS = 3


def rows() -> list[str]:
    """A sentence for each size; none without torch."""
    try:
        import torch
    except ImportError:
        return []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [_row(torch, name) for name in CASES]
    finally:
        torch.set_num_threads(threads)


def _row(torch: Any, name: str) -> str:
    module, x, loss = _problem(torch, *CASES[name])
    tensors = {key: value.detach().clone().requires_grad_() for key, value in module.named_parameters()}

    def whole(*values: Any) -> Any:
        return loss(torch.func.functional_call(module, dict(zip(tensors, values, strict=True)), (x,)))

    check = torch.autograd.gradcheck
    size = sum(value.numel() for value in tensors.values())
    ours = _least(lambda: check_gradient(module, x, loss=loss, inputs=False, time_limit=600))
    quick = _least(lambda: check_gradient(module, x, loss=loss, inputs=False, fast=True))
    fast = _least(lambda: check(whole, tuple(tensors.values()), fast_mode=True))
    if size < 10_000:
        slow = _least(lambda: check(whole, tuple(tensors.values())))
    else:  # a slice of the first weight, and as long for every other element
        first = next(iter(tensors))
        part = tensors[first].detach().reshape(-1)[:SOME].clone().requires_grad_()

        def some(values: Any) -> Any:
            rest = tensors[first].detach().reshape(-1)[SOME:]
            changed = torch.cat([values, rest]).reshape(tensors[first].shape)
            return whole(changed, *list(tensors.values())[1:])

        slow = _least(lambda: check(some, (part,))) * size / SOME
    about = "" if size < 10_000 else f" (from {SOME} of them)"
    return (
        f"{name}: every element {ours:.2g} s, torch gradcheck {slow:.2g} s{about}, {slow / ours:.3g} times as long; "
        f"along two directions {quick:.2g} s, torch's fast mode {fast:.2g} s"
    )


def _least(work: Callable[[], Any]) -> float:
    """The least of a few: other work of the machine only adds."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _problem(torch: Any, sizes: tuple[int, ...], count: int, rectified: bool) -> tuple[Any, Any, Callable[[Any], Any]]:
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    layers: list[Any] = []
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        layers.append(torch.nn.Linear(inputs, outputs).double())
        if number < len(sizes) - 2:
            layers.append(torch.nn.ReLU() if rectified else torch.nn.Sigmoid())
    x = torch.tensor(generator.normal(0, 1, (count, sizes[0])))
    y = torch.tensor(generator.normal(0, 1, (count, sizes[-1])))
    if rectified:
        return torch.nn.Sequential(*layers), x, lambda out: torch.nn.functional.cross_entropy(out, y.argmax(dim=1))
    return torch.nn.Sequential(*layers), x, lambda out: ((out - y) ** 2).sum(dim=1).mean()
