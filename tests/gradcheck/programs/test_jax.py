"""JAX's own functions are right, at kinks and scales of every kind; what is planted in custom derivatives is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient

jax = pytest.importorskip("jax")
jnp, lax, nn = jax.numpy, jax.lax, jax.nn


def normal(*shape: int, seed: int = 0, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(dtype)


class Layer(NamedTuple):
    weight: Any
    bias: Any


ROWS, LABELS = normal(5, 6), np.array([0, 1, 5, 2, 2])
NETWORK = {"layers": [Layer(normal(6, 8, seed=1), np.zeros(8, np.float32)), Layer(normal(8, 3, seed=2), normal(3))]}
SYMMETRIC = (ROWS @ ROWS.T + np.eye(5)).astype(np.float32)


def perceptron(params: Any, x: Any) -> Any:
    for layer in params["layers"][:-1]:
        x = nn.relu(x @ layer.weight + layer.bias)
    return x @ params["layers"][-1].weight + params["layers"][-1].bias


def recurrent(weight: Any, x: Any) -> Any:
    return lax.scan(lambda state, row: (jnp.tanh(state @ weight + row), None), jnp.zeros_like(x[0]), x)[0]


def convolution(x: Any, kernel: Any) -> Any:
    return lax.conv(x, kernel, (1, 1), "SAME")


def layer_norm(x: Any) -> Any:
    return (x - x.mean(axis=1, keepdims=True)) / jnp.sqrt(x.var(axis=1, keepdims=True) + 1e-5)


def attention(q: Any, k: Any, v: Any) -> Any:
    return nn.softmax(q @ k.T / np.sqrt(6.0), axis=1) @ v


ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "soft_sign", "tanh"),
    *("sigmoid", "log_sigmoid", "hard_tanh", "hard_sigmoid", "hard_swish", "squareplus", "glu", "standardize"),
)
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    **{name: (getattr(nn, name), (ROWS,)) for name in ACTIVATIONS},
    "perceptron": (perceptron, (NETWORK, ROWS)),
    "recurrent": (recurrent, (normal(6, 6, seed=1), ROWS)),
    "convolution": (convolution, (normal(1, 2, 5, 5), normal(3, 2, 3, 3, seed=1))),
    "max pool": (lambda x: lax.reduce_window(x, -np.inf, lax.max, (2, 2), (2, 2), "VALID"), (ROWS,)),
    "layer norm": (layer_norm, (ROWS,)),
    "attention": (attention, (ROWS, normal(4, 6, seed=1), normal(4, 2, seed=2))),
    "softmax": (lambda x: nn.softmax(x, axis=1), (ROWS,)),
    "log softmax": (lambda x: nn.log_softmax(x, axis=1), (ROWS,)),
    "cross entropy": (lambda x: -nn.log_softmax(x)[jnp.arange(5), LABELS].mean(), (ROWS,)),
    "logsumexp": (lambda x: nn.logsumexp(x, axis=1), (ROWS,)),
    "norm": (lambda x: jnp.linalg.norm(x, axis=1), (ROWS,)),
    "max": (lambda x: x.max(axis=1), (ROWS,)),
    "sort": (lambda x: jnp.sort(x, axis=1) * jnp.arange(6.0), (ROWS,)),
    "cumprod": (lambda x: jnp.cumprod(x, axis=1), (ROWS,)),
    "inverse": (jnp.linalg.inv, (SYMMETRIC,)),
    "slogdet": (lambda x: jnp.linalg.slogdet(x)[1], (SYMMETRIC,)),
    "cholesky": (lambda x: jnp.linalg.cholesky(x @ x.T + 5 * jnp.eye(5)), (SYMMETRIC,)),
    "solve": (jnp.linalg.solve, (SYMMETRIC, normal(5, 2, seed=3))),
    "einsum": (lambda x: jnp.einsum("ij,kj->ik", x, jnp.sin(x)), (ROWS,)),
    "where": (lambda x: jnp.where(x > 0, jnp.exp(x), x), (ROWS,)),
    "clip": (lambda x: jnp.clip(x, -1, 1), (ROWS,)),
    "embedding": (lambda table: table[jnp.array([1, 3, 3])], (ROWS,)),
    "of numbers": (lambda x, scale: scale * x**2, (ROWS, 3.0)),
    "spectrum": (lambda x: jnp.fft.rfft(x, axis=1), (ROWS,)),
    "loop": (lambda x: lax.fori_loop(0, 3, lambda k, y: jnp.sin(y) + k, x), (ROWS,)),
    "while": (lambda x: lax.while_loop(lambda c: c[1] < 3, lambda c: (jnp.sin(c[0]), c[1] + 1), (x, 0))[0], (ROWS,)),
    "branch of Python": (lambda x: x**2 if x.sum() > 0 else x**3, (ROWS,)),
    "fixed mask": (lambda x: jnp.where(jax.random.bernoulli(jax.random.key(0), 0.5, x.shape), x, 0), (ROWS,)),
    "compiled": (jax.jit(lambda x, power: x**power, static_argnums=1), (ROWS, 3.0)),
    "remembered": (jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))), (ROWS,)),
}


def arrays(inputs: Any, scale: float = 1.0) -> Any:
    """As JAX's own, of another size."""
    return jax.tree_util.tree_map(lambda each: jnp.asarray(each * scale) if np.ndim(each) else each, inputs)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_right_is_called_right(name: str) -> None:
    function, inputs = FUNCTIONS[name]
    check = check_gradient(function, *arrays(inputs))
    assert check.verdict == "right", check
    assert any(note.startswith("run in float64") for note in check.notes)


@pytest.mark.parametrize("name", ["perceptron", "softmax", "norm", "of numbers"])
def test_so_it_is_in_double_precision(name: str) -> None:
    function, inputs = FUNCTIONS[name]
    with jax.enable_x64(True):
        doubles = jax.tree_util.tree_map(lambda each: jnp.asarray(each, float) if np.ndim(each) else each, inputs)
        assert check_gradient(function, *doubles).verdict == "right"


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize(
    "name", ["relu", "elu", "gelu", "softplus", "tanh", "sigmoid", "perceptron", "cross entropy", "layer norm", "norm"]
)
def test_tiny_and_huge_inputs_are_never_called_wrong(name: str, scale: float) -> None:
    function, inputs = FUNCTIONS[name]
    check = check_gradient(function, *arrays(inputs, scale))
    assert check.verdict != "wrong", check


KINKED = ("relu", "leaky_relu", "elu", "hard_tanh", "relu6", "hard_swish")


@pytest.mark.parametrize("name", [*KINKED, "abs", "sign", "floor"])
def test_kinks_are_never_called_wrong(name: str) -> None:
    function = getattr(nn if name in KINKED else jnp, name)
    for point in (0.0, -1e-9, 1.0, 6.0):
        check = check_gradient(function, jnp.full(4, point))
        assert check.verdict != "wrong", check


def test_ties_and_kinks_that_cancel_are_never_called_wrong() -> None:
    for function in (jnp.max, lambda x: nn.relu(x - 2) - nn.relu(2 - x), lambda x: jnp.maximum(x, 2.0), jnp.sort):
        check = check_gradient(function, jnp.array([2.0, 2.0, 1.0, 2.0]))
        assert check.verdict != "wrong", check


def test_what_runs_in_single_precision_only_is_never_called_wrong() -> None:
    def strict(x: Any) -> Any:
        assert x.dtype == jnp.float32
        return jnp.tanh(x @ x.T).sum(axis=1)

    check = check_gradient(strict, jnp.asarray(ROWS))
    assert check.verdict != "wrong", check
    assert check.notes == ()
    wrong = check_gradient(lambda x: twice(strict(x)), jnp.asarray(ROWS))
    assert (wrong.verdict, wrong.mistakes) == ("wrong", ("constant-factor-only",)), wrong


def test_randomness_that_is_not_jaxs_own_is_undecided() -> None:
    check = check_gradient(lambda x: x * np.random.default_rng().random(), jnp.asarray(ROWS))
    assert (check.verdict, "random" in str(check.because), len(check.parameters)) == ("undecided", True, 1), check


def test_the_users_precision_is_left_as_it_was() -> None:
    before = jax.config.jax_enable_x64
    check_gradient(jnp.sin, jnp.ones(3))
    assert jax.config.jax_enable_x64 == before
    assert (jnp.ones(2) * 1.0).dtype == (np.float64 if before else np.float32)


def test_parameters_are_named_by_their_path() -> None:
    names = [each.name for each in check_gradient(perceptron, arrays(NETWORK), jnp.asarray(ROWS)).parameters]
    assert names[:2] == ["params.layers[0].weight", "params.layers[0].bias"]
    assert names[-1] == "x"
    alone = check_gradient(lambda params: perceptron(params, ROWS), arrays(NETWORK))
    assert alone.parameters[0].name == "layers[0].weight"


def test_arguments_can_be_chosen() -> None:
    check = check_gradient(perceptron, arrays(NETWORK), jnp.asarray(ROWS), argnums=1)
    assert [each.name for each in check.parameters] == ["x"]


def test_a_pytree_that_can_be_called_has_parameters_of_its_own() -> None:
    @jax.tree_util.register_pytree_node_class
    class Module:
        def __init__(self, weight: Any) -> None:
            self.weight = weight

        def __call__(self, x: Any) -> Any:
            return jnp.tanh(x @ self.weight)

        def tree_flatten(self) -> Any:
            return (self.weight,), None

        @classmethod
        def tree_unflatten(cls, _: Any, leaves: Any) -> Any:
            return cls(*leaves)

    module = Module(jnp.asarray(normal(6, 2)))
    assert len(check_gradient(module, jnp.asarray(ROWS)).parameters) == 2
    check = check_gradient(module, jnp.asarray(ROWS), inputs=False)
    assert [each.shape for each in check.parameters] == [(6, 2)]


def test_a_gradient_beside_the_loss_is_judged() -> None:
    def loss(params: Any) -> Any:
        return (perceptron(params, ROWS) ** 2).sum() / 2

    params = arrays(NETWORK)
    gradient = jax.jit(jax.grad(loss))
    assert check_gradient(loss, params, gradient).verdict == "right"
    assert check_gradient(loss, params, gradient=gradient(params)).verdict == "right"
    doubled = check_gradient(loss, params, jax.jit(jax.grad(lambda p: 2 * loss(p))))
    assert doubled.mistakes == ("constant-factor-only",)


# -- what is wrong


@jax.custom_vjp
def wrong(z: Any) -> Any:
    """A sigmoid whose derivative is taken of the pre-activation in the formula for the activation."""
    return nn.sigmoid(z)


wrong.defvjp(lambda z: (nn.sigmoid(z), z), lambda z, grad: (grad * z * (1 - z),))


def changed(backward: Callable[[Any], Any]) -> Any:
    """The identity with another backward pass."""
    identity = jax.custom_vjp(lambda x: x)
    identity.defvjp(lambda x: (x, None), lambda _, grad: (backward(grad),))
    return identity


twice = changed(lambda grad: 2 * grad)
last_element = changed(lambda grad: grad.at[-1, -1].multiply(1 + 4e-6))


def test_a_wrong_derivative_is_found_in_a_function_and_in_one_around_it() -> None:
    for target in (wrong, lambda z: wrong(z @ normal(6, 2)) ** 2, jax.jit(wrong), jax.vmap(wrong)):
        check = check_gradient(target, jnp.asarray(ROWS))
        assert (check.verdict, check.mistakes) == ("wrong", ("unexplained-wrong-gradient",)), check


@pytest.mark.parametrize(
    ("backward", "rule"),
    [
        (lambda grad: 2 * grad, "constant-factor-only"),
        (lambda grad: grad / 5, "constant-factor-only"),
        (jnp.negative, "wrong-sign-update"),
        (lambda grad: None, "unexplained-wrong-gradient"),
        (lambda grad: grad * jnp.nan, "unexplained-wrong-gradient"),
        (lambda grad: grad[::-1], "unexplained-wrong-gradient"),
    ],
)
def test_what_is_planted_is_named(backward: Any, rule: str) -> None:
    check = check_gradient(changed(backward), jnp.asarray(ROWS))
    assert (check.verdict, check.mistakes) == ("wrong", (rule,)), check


def test_a_factor_is_told_by_the_number_of_samples() -> None:
    assert "1 / the number of samples" in str(check_gradient(changed(lambda grad: grad / 5), jnp.asarray(ROWS)))


def test_one_element_that_is_off_by_a_millionth_is_found_with_its_index() -> None:
    check = check_gradient(last_element, jnp.asarray(ROWS))
    assert (check.verdict, check.parameters[0].worst) == ("wrong", (4, 5)), check


def test_a_stopped_gradient_is_wrong() -> None:
    check = check_gradient(lambda x: (lax.stop_gradient(x) * x).sum(), jnp.asarray(ROWS))
    assert check.verdict == "wrong"
    assert "1/2" in str(check)


def test_both_modes_of_a_custom_jvp_are_judged() -> None:
    for factor, verdict in ((1, "right"), (2, "wrong")):
        function = jax.custom_jvp(jnp.sin)
        function.defjvp(lambda point, tangent, k=factor: (jnp.sin(point[0]), k * jnp.cos(point[0]) * tangent[0]))
        check = check_gradient(function, jnp.asarray(ROWS))
        assert (check.verdict, len(check.parameters)) == (verdict, 1), check


def test_a_wrong_transpose_is_told_as_modes_that_disagree() -> None:
    matrix = np.array([[3.0, 1.0], [2.0, 4.0]])

    def solve(_: Any, b: Any) -> Any:
        return jnp.linalg.solve(matrix, b)

    def solved(b: Any) -> Any:  # the matrix of the transposed system is not transposed
        return lax.custom_linear_solve(lambda v: matrix @ v, b, solve, transpose_solve=solve)

    check = check_gradient(solved, jnp.ones(2))
    verdicts = {each.name: each.verdict for each in check.parameters}
    assert (check.verdict, verdicts) == ("wrong", {"b (jax.vjp)": "wrong", "b (jax.jvp)": "right"})
    assert "jax.vjp and jax.jvp disagree: jax.vjp is wrong, jax.jvp is right" in check.notes


def test_a_wrong_forward_mode_is_found_where_reverse_mode_is_right() -> None:
    function = jax.custom_jvp(jnp.sin)
    linear = jax.custom_derivatives.linear_call
    function.defjvp(
        lambda point, tangent: (
            jnp.sin(point[0]),
            linear(lambda slope, t: 2 * slope * t, lambda slope, grad: slope * grad, jnp.cos(point[0]), tangent[0]),
        )
    )
    check = check_gradient(function, jnp.ones(()))
    assert [each.verdict for each in check.parameters] == ["right", "wrong"], check
    assert check.mistakes == ("constant-factor-only",)


def test_bad_input_is_answered_clearly() -> None:
    cases = {
        "nothing can be differentiated": (jnp.sin, jnp.arange(3)),
        "fails with these inputs: TypeError": (jnp.matmul, jnp.asarray(ROWS)),
        "the loss is nan": (jnp.log, -jnp.ones(2)),
        "no array of floating-point numbers comes out": (lambda x: None, jnp.asarray(ROWS)),
        "x holds complex numbers": (lambda x: x, jnp.ones(2) * 1j),
    }
    for words, (target, value) in cases.items():
        with pytest.raises(UsageError, match=words):
            check_gradient(target, value)
    with pytest.raises(UsageError, match="no option 'epsilon'"):
        check_gradient(jnp.sin, jnp.asarray(ROWS), epsilon=1e-6)
    with pytest.raises(UsageError, match="the gradient has 1 parts, but there are 2: a, b"):
        check_gradient(lambda p: p["a"] * p["b"], {"a": jnp.ones(2), "b": jnp.ones(2)}, gradient={"a": jnp.ones(2)})
    with pytest.raises(UsageError, match="argnums has 2, but there are 1 arguments"):
        check_gradient(jnp.sin, jnp.asarray(ROWS), argnums=2)
