"""Where PyTorch is watched: `backward`, the optimizers, the making of modules, dropout and batch normalisation.

Nothing is put into a graph or a compiled step, no module gets a hook, and each replacement hands the user's call on.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import torch

from backproof.observers.torch.watching import TorchWatch


def attach(watch: TorchWatch) -> None:
    """Put all hooks in place."""
    _backward(watch)
    _optimizers(watch)
    _modules(watch)
    _predicting(watch)
    hooks: Any = torch.autograd.graph.saved_tensors_hooks
    enter = hooks.__enter__

    @functools.wraps(enter)
    def entered(self: Any) -> Any:
        watch.readable = False  # reading what was saved would run a recomputation
        return enter(self)

    watch.patch(hooks, "__enter__", entered)
    watch.attached = True


def _backward(watch: TorchWatch) -> None:
    for name in ("backward", "grad"):
        original = getattr(torch.autograd, name)
        watch.patch(torch.autograd, name, _watched_backward(watch, original, by_grad=name == "grad"))


def _watched_backward(watch: TorchWatch, original: Any, *, by_grad: bool) -> Any:
    @functools.wraps(original)
    def backward(*args: Any, **kwargs: Any) -> Any:
        root = args[0] if args else kwargs.get("outputs" if by_grad else "tensors")
        mine = not (torch.compiler.is_compiling() or _is_within(root))
        if mine:
            watch.before_backward(root, by_grad, sys._getframe(1))
        result = original(*args, **kwargs)
        if mine:
            watch.after_backward(result)
        return result

    return backward


def _is_within(root: Any) -> bool:
    """Whether it is called by a recomputation within another backward pass, or by a transform of torch.func."""
    first = root[0] if isinstance(root, list | tuple) and root else root
    transformed = isinstance(first, torch.Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(first)
    return torch._C._current_graph_task_id() != -1 or bool(transformed)


def _optimizers(watch: TorchWatch) -> None:
    from torch.optim import optimizer as optimizers

    watch.undo(optimizers.register_optimizer_step_post_hook(watch.after_step).remove)
    original = optimizers.Optimizer.__init__

    @functools.wraps(original)
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        watch.optimizer_made(self)

    watch.patch(optimizers.Optimizer, "__init__", made)


def _modules(watch: TorchWatch) -> None:
    original = torch.nn.Module.__init__

    @functools.wraps(original)
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if not torch.compiler.is_compiling():
            watch.module_made(self)

    watch.patch(torch.nn.Module, "__init__", made)


def _predicting(watch: TorchWatch) -> None:
    """Dropout and batch normalisation in training mode are noted; a compiled step must not meet us there."""
    owner = torch.nn.functional
    originals = {name: getattr(owner, name) for name in (*DROPOUTS, "batch_norm")}

    def noted(name: str, original: Any) -> Any:
        default, position = (True, 2) if name in DROPOUTS else (False, 5)

        @functools.wraps(original)
        def called(*args: Any, **kwargs: Any) -> Any:
            if not torch.compiler.is_compiling():
                training = args[position] if len(args) > position else kwargs.get("training", default)
                if training and watch.updates and not watch.busy:
                    watch.in_training_mode(name, args, kwargs, sys._getframe(1))
            return original(*args, **kwargs)

        return called

    for name, original in originals.items():
        watch.patch(owner, name, noted(name, original))
    compile_ = torch.compile

    @functools.wraps(compile_)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        for name, original in originals.items():
            setattr(owner, name, original)
        watch.compiles()
        return compile_(*args, **kwargs)

    watch.patch(torch, "compile", compiled)


DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
