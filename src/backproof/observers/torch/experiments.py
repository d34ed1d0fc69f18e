"""Would it learn with one thing changed? A copy of the model is trained again on the batches that were kept.

For networks that are no plain chain of dense layers; those are trained by NumPy (`scripts.experiments`). The user's
model, optimizer, data and random numbers are left alone.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from backproof.observations import Observation, Quantity
from backproof.observers import measure
from backproof.observers.torch.replay import Replay

Q = Quantity
WHERE = "trial"
FEWEST, MOST_BATCHES = 1, 60
MOST_STEPS, LEAST_STEPS = 300, 30  # of a training; fewer say nothing
SECONDS = 3.0  # of processor time, for all of them
UNSCALED = 20.0  # largest input over which scaling is worth a trial (the limit of the rule)


def trials(batches: list[Replay], optimizer: Any, steps: int) -> list[Observation]:
    """The unexplained share after a short training as it is, and after the same with one change each.

    Args:
        batches: In the order of the run; the first is that before the first step.
        optimizer: The user's, for its kind and settings.
        steps: That the run made.
    """
    usable = batches[:MOST_BATCHES]
    if len(usable) < FEWEST or not usable[0].small or type(optimizer).__module__.split(".")[0] != "torch":
        return []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small networks are trained faster so, and alike on every machine
    try:
        return _made(usable, optimizer, min(steps, MOST_STEPS))
    finally:
        torch.set_num_threads(threads)


def _made(usable: list[Replay], optimizer: Any, wanted: int) -> list[Observation]:
    changes = [Q.TRIAL_AS_IS, Q.TRIAL_TENTH_RATE, *([Q.TRIAL_STANDARDISED] if _is_unscaled(usable) else [])]
    found: list[Observation] = []
    with torch.enable_grad(), torch.random.fork_rng(devices=[]):
        for number, change in enumerate(changes):
            until = time.thread_time() + SECONDS / len(changes)
            share, made = _trained(usable, optimizer, change, wanted, until)
            if number == 0:
                if made < min(LEAST_STEPS, wanted):
                    return []
                wanted = made  # the others get as many steps
            elif made < wanted:
                continue
            found.append(Observation(0, change, WHERE, share))
    return found if len(found) > 1 else []


def _is_unscaled(batches: list[Replay]) -> bool:
    x = batches[0].args[0] if len(batches[0].args) == 1 else None
    return isinstance(x, torch.Tensor) and x.is_floating_point() and float(x.detach().abs().max()) >= UNSCALED


def _trained(batches: list[Replay], optimizer: Any, change: Quantity, steps: int, until: float) -> tuple[float, int]:
    """The share at the end, infinite where it is no number, and how many steps there was time for."""
    torch.default_generator.manual_seed(0)
    model = copy.deepcopy(batches[0].module)
    model.load_state_dict(batches[0].start)
    model.train()
    settings = {name: value for name, value in optimizer.defaults.items() if name not in ("differentiable", "fused")}
    if change is Q.TRIAL_TENTH_RATE:
        settings["lr"] = float(settings["lr"]) / 10
    maker: Callable[..., Any] = type(optimizer)
    stepping = maker([p for p in model.parameters() if p.requires_grad], **settings)
    scaled = _scaling(batches) if change is Q.TRIAL_STANDARDISED else None
    order, made = np.random.default_rng(0), 0
    while made < steps and time.thread_time() < until:
        for k in order.permutation(len(batches))[: steps - made]:
            stepping.zero_grad()
            loss = batches[k].loss(_output(model, batches[k], scaled))
            loss.backward()
            stepping.step()
            made += 1
    return _share(model, batches, scaled), made


def _scaling(batches: list[Replay]) -> tuple[Any, Any]:
    """Mean and deviation of each feature; of images of each channel."""
    x = torch.cat([batch.args[0].detach() for batch in batches])
    axes = [axis for axis in range(x.ndim) if axis != 1]
    deviation = x.std(axes, keepdim=True)
    return x.mean(axes, keepdim=True), torch.where(deviation > 0, deviation, torch.ones_like(deviation))


def _output(model: Any, batch: Replay, scaled: tuple[Any, Any] | None) -> Any:
    if scaled is None:
        return model(*batch.args, **batch.kwargs)
    return model((batch.args[0] - scaled[0]) / scaled[1], **batch.kwargs)


def _share(model: Any, batches: list[Replay], scaled: tuple[Any, Any] | None) -> float:
    """Without dropout, but normalised as in training: few steps make no good averages."""
    for module in model.modules():
        if "Dropout" in type(module).__name__:
            module.eval()
    with torch.no_grad():
        pairs = list(_answers(model, batches, scaled))
    p, t = np.concatenate([p for p, _ in pairs]), np.concatenate([t for _, t in pairs])
    share = measure.unexplained(p, t, np)
    return float(share) if share is not None and np.isfinite(share) else float("inf")


def _answers(model: Any, batches: list[Replay], scaled: tuple[Any, Any] | None) -> Iterator[tuple[Any, Any]]:
    for batch in batches:
        pair = batch.answers(_output(model, batch, scaled))
        if pair is not None:
            yield pair
