"""Other gradient checkers on the same losses and gradients: each says whether it would reject the gradient."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Loss = Callable[[Any], float]
Gradient = Callable[[Any], Any]
ABSOLUTE = 1e-5  # what is made of SciPy's and statsmodels' differences: they return numbers, no verdict


class Peer(NamedTuple):
    """A checker: `rejects(loss, gradient, theta)`, theta a vector of float64."""

    name: str
    rejects: Callable[[Loss, Gradient, Any], bool]


def _ours(loss: Loss, gradient: Gradient, theta: Any) -> bool:
    from backproof import check_gradient

    return bool(check_gradient(loss, theta, gradient).verdict == "wrong")


def _torch(fast: bool) -> Callable[[Loss, Gradient, Any], bool]:
    def rejects(loss: Loss, gradient: Gradient, theta: Any) -> bool:
        import torch

        class Given(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return torch.tensor(loss(x.detach().numpy()), dtype=torch.float64)

            @staticmethod
            def backward(ctx: Any, grad: Any) -> Any:
                return grad * torch.as_tensor(gradient(ctx.saved_tensors[0].detach().numpy()))

        x = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
        return not torch.autograd.gradcheck(Given.apply, (x,), fast_mode=fast, raise_exception=False)

    return rejects


def _jax(loss: Loss, gradient: Gradient, theta: Any) -> bool:
    import jax
    from jax.test_util import check_grads

    with jax.enable_x64(True):
        number = jax.ShapeDtypeStruct((), np.float64)

        @jax.custom_vjp
        def f(x: Any) -> Any:
            return jax.pure_callback(lambda v: np.float64(loss(np.asarray(v))), number, x)

        def back(x: Any, g: Any) -> Any:
            shape = jax.ShapeDtypeStruct(theta.shape, np.float64)
            return (g * jax.pure_callback(lambda v: np.asarray(gradient(np.asarray(v)), dtype=np.float64), shape, x),)

        f.defvjp(lambda x: (f(x), x), back)
        try:
            check_grads(f, (jax.numpy.asarray(theta),), order=1, modes=["rev"])
        except AssertionError:
            return True
    return False


def _scipy(loss: Loss, gradient: Gradient, theta: Any) -> bool:
    from scipy.optimize import check_grad

    return bool(not check_grad(loss, gradient, theta) <= ABSOLUTE)


def _statsmodels(loss: Loss, gradient: Gradient, theta: Any) -> bool:
    from statsmodels.tools.numdiff import approx_fprime

    return bool(not np.abs(approx_fprime(theta, loss, centered=True) - gradient(theta)).max() <= ABSOLUTE)


def _autograd(loss: Loss, gradient: Gradient, theta: Any) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda x: np.float64(loss(x)))
    defvjp(f, lambda ans, x: lambda g: g * np.asarray(gradient(x)))
    try:
        check_grads(f, modes=["rev"], order=1)(theta)
    except AssertionError:
        return True
    return False


PEERS = (
    Peer("backproof", _ours),
    Peer("torch gradcheck", _torch(False)),
    Peer("torch gradcheck, fast", _torch(True)),
    Peer("JAX check_grads", _jax),
    Peer("autograd check_grads", _autograd),
    Peer("SciPy check_grad", _scipy),
    Peer("statsmodels approx_fprime", _statsmodels),
)


def installed(peer: Peer) -> bool:
    """Whether it can be asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            peer.rejects(lambda x: float((x**2).sum()), lambda x: 2 * x, np.array([1.0, 2.0]))
        except ImportError:
            return False
    return True
