"""PyTorch's own modules and functions are right, at kinks and scales of every kind; what is planted in them is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional


def normal(*shape: int, seed: int = 0, scale: float = 1.0, dtype: Any = None) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(*shape, generator=generator) * scale).to(dtype or torch.float32)


ROWS, IMAGE, SEQUENCE = normal(5, 6), normal(2, 3, 7, 7), normal(4, 2, 6)
MODULES: dict[str, tuple[Callable[[], Any], tuple[Any, ...]]] = {
    "linear": (lambda: nn.Linear(6, 4), (ROWS,)),
    "linear without bias": (lambda: nn.Linear(6, 4, bias=False), (ROWS,)),
    "bilinear": (lambda: nn.Bilinear(6, 6, 3), (ROWS, normal(5, 6, seed=1))),
    "perceptron": (lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), (ROWS,)),
    "deep tanh": (lambda: nn.Sequential(*(m for _ in range(5) for m in (nn.Linear(6, 6), nn.Tanh()))), (ROWS,)),
    "conv1d": (lambda: nn.Conv1d(3, 4, 3), (normal(2, 3, 8),)),
    "conv2d": (lambda: nn.Conv2d(3, 4, 3, padding=1, stride=2), (IMAGE,)),
    "conv3d": (lambda: nn.Conv3d(1, 2, 2), (normal(1, 1, 3, 3, 3),)),
    "grouped conv": (lambda: nn.Conv2d(4, 4, 3, groups=2), (normal(1, 4, 5, 5),)),
    "transposed conv": (lambda: nn.ConvTranspose2d(3, 2, 3), (normal(1, 3, 4, 4),)),
    "max pool": (lambda: nn.MaxPool2d(2), (IMAGE,)),
    "average pool": (lambda: nn.AvgPool2d(2), (IMAGE,)),
    "adaptive pool": (lambda: nn.AdaptiveAvgPool2d(2), (IMAGE,)),
    "adaptive max pool": (lambda: nn.AdaptiveMaxPool1d(2), (normal(2, 3, 8),)),
    "lp pool": (lambda: nn.LPPool1d(2, 2), (normal(2, 3, 8),)),
    "batch norm, training": (lambda: nn.BatchNorm1d(6), (ROWS,)),
    "batch norm, evaluating": (lambda: nn.BatchNorm1d(6).eval(), (ROWS,)),
    "batch norm 2d": (lambda: nn.BatchNorm2d(3), (IMAGE,)),
    "layer norm": (lambda: nn.LayerNorm(6), (ROWS,)),
    "group norm": (lambda: nn.GroupNorm(3, 6), (ROWS,)),
    "instance norm": (lambda: nn.InstanceNorm2d(3, affine=True), (IMAGE,)),
    "rms norm": (lambda: nn.RMSNorm(6), (ROWS,)),
    "local response": (lambda: nn.LocalResponseNorm(2), (IMAGE,)),
    "rnn": (lambda: nn.RNN(6, 5), (SEQUENCE,)),
    "rnn of rectifiers": (lambda: nn.RNN(6, 5, nonlinearity="relu"), (SEQUENCE,)),
    "lstm": (lambda: nn.LSTM(6, 5, num_layers=2), (SEQUENCE,)),
    "gru": (lambda: nn.GRU(6, 5, bidirectional=True), (SEQUENCE,)),
    "lstm cell": (lambda: nn.LSTMCell(6, 5), (ROWS,)),
    "embedding": (lambda: nn.Embedding(7, 4), (torch.tensor([1, 3, 3, 0]),)),
    "embedding with padding": (lambda: nn.Embedding(7, 4, padding_idx=0), (torch.tensor([1, 3, 3]),)),
    "embedding bag": (lambda: nn.EmbeddingBag(7, 4, mode="mean"), (torch.tensor([[1, 3], [3, 0]]),)),
    "attention": (lambda: nn.MultiheadAttention(6, 2), (SEQUENCE, SEQUENCE + 1, SEQUENCE - 1)),
    "transformer": (lambda: nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0), (SEQUENCE,)),
    "transformer decoder": (lambda: nn.TransformerDecoderLayer(6, 2, 8, dropout=0.0), (SEQUENCE, SEQUENCE + 1)),
    "prelu": (lambda: nn.PReLU(6), (ROWS,)),
    "dropout, evaluating": (lambda: nn.Sequential(nn.Linear(6, 3), nn.Dropout()).eval(), (ROWS,)),
    "frozen layer": (lambda: nn.Sequential(nn.Linear(6, 3).requires_grad_(False), nn.Linear(3, 2)), (ROWS,)),
    "weight norm": (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)), (ROWS,)),
    "upsample": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), (IMAGE,)),
    "pixel shuffle": (lambda: nn.PixelShuffle(2), (normal(1, 4, 3, 3),)),
    "cosine similarity": (lambda: nn.CosineSimilarity(), (ROWS, normal(5, 6, seed=1))),
    "pairwise distance": (lambda: nn.PairwiseDistance(), (ROWS, normal(5, 6, seed=1))),
    "glu": (lambda: nn.GLU(), (ROWS,)),
    "unflatten": (lambda: nn.Sequential(nn.Unflatten(1, (2, 3)), nn.Flatten(), nn.Linear(6, 1)), (ROWS,)),
}
ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign", "tanh"),
    *("sigmoid", "logsigmoid", "hardtanh", "hardsigmoid", "hardswish", "tanhshrink", "softshrink", "hardshrink"),
)
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    **{name: (getattr(F, name), (ROWS,)) for name in ACTIVATIONS},
    "softmax": (lambda x: F.softmax(x, 1), (ROWS,)),
    "log softmax": (lambda x: F.log_softmax(x, 1), (ROWS,)),
    "cross entropy": (lambda x: F.cross_entropy(x, torch.tensor([0, 1, 5, 2, 2])), (ROWS,)),
    "bce on logits": (lambda x: F.binary_cross_entropy_with_logits(x, (ROWS > 0).to(x.dtype)), (ROWS,)),
    "mse": (lambda x: F.mse_loss(x, torch.ones_like(x)), (ROWS,)),
    "l1": (lambda x: F.l1_loss(x, torch.zeros_like(x)), (ROWS,)),
    "smooth l1": (lambda x: F.smooth_l1_loss(x, torch.zeros_like(x)), (ROWS,)),
    "huber": (lambda x: F.huber_loss(x, torch.zeros_like(x)), (ROWS,)),
    "kl": (lambda x: F.kl_div(F.log_softmax(x, 1), F.softmax(2 * ROWS.to(x.dtype), 1), reduction="sum"), (ROWS,)),
    "hinge": (lambda x: F.multi_margin_loss(x, torch.tensor([0, 1, 5, 2, 2])), (ROWS,)),
    "triplet": (F.triplet_margin_loss, (ROWS, normal(5, 6, seed=1), normal(5, 6, seed=2))),
    "norm": (lambda x: x.norm(dim=1), (ROWS,)),
    "max": (lambda x: x.max(dim=1).values, (ROWS,)),
    "sort": (lambda x: x.sort(dim=1).values * torch.arange(6.0), (ROWS,)),
    "logsumexp": (lambda x: x.logsumexp(1), (ROWS,)),
    "cumprod": (lambda x: x.cumprod(1), (ROWS,)),
    "inverse": (lambda x: torch.linalg.inv(x @ x.T + torch.eye(5, dtype=x.dtype)), (ROWS,)),
    "determinant": (lambda x: torch.linalg.det(x @ x.T + torch.eye(5, dtype=x.dtype)), (ROWS,)),
    "einsum": (lambda x: torch.einsum("ij,kj->ik", x, x.tanh()), (ROWS,)),
    "where": (lambda x: torch.where(x > 0, x.exp(), x), (ROWS,)),
    "clamp": (lambda x: x.clamp(-1, 1), (ROWS,)),
    "gather": (lambda x: x.gather(1, torch.tensor([[0, 0, 5]] * 5)), (ROWS,)),
}
HEALTHY = {**MODULES, **{name: (lambda f=f: f, inputs) for name, (f, inputs) in FUNCTIONS.items()}}
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def converted(inputs: tuple[Any, ...], dtype: Any) -> tuple[Any, ...]:
    return tuple(each.to(dtype) if each.is_floating_point() else each for each in inputs)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_is_called_right(name: str, dtype: str) -> None:
    make, inputs = HEALTHY[name]
    target = make().to(DTYPES[dtype]) if name in MODULES else make()
    check = check_gradient(target, *converted(inputs, DTYPES[dtype]))
    assert check.verdict == "right", check


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize("name", [*ACTIVATIONS, "perceptron", "softmax", "cross entropy", "layer norm", "lstm", "norm"])
def test_tiny_and_huge_inputs_are_never_called_wrong(name: str, scale: float) -> None:
    make, inputs = HEALTHY[name]
    check = check_gradient(make(), *(each * scale if each.is_floating_point() else each for each in inputs))
    assert check.verdict != "wrong", check


@pytest.mark.parametrize(
    "function",
    [F.relu, F.leaky_relu, F.elu, F.hardtanh, F.relu6, F.softshrink, F.hardswish, torch.abs, torch.sign, torch.floor],
)
@pytest.mark.parametrize("point", [0.0, 1e-12, -1e-9, 1e-6, 0.5, 1.0, 3.0, 6.0])
def test_kinks_are_never_called_wrong(function: Any, point: float) -> None:
    x = torch.full((4,), point, dtype=torch.float64)
    assert check_gradient(function, x).verdict != "wrong"


def test_ties_and_kinks_that_cancel_are_never_called_wrong() -> None:
    x = torch.tensor([2.0, 2.0, 1.0, 2.0], dtype=torch.float64)
    for function in (torch.amax, torch.max, lambda x: F.relu(x - 2) - F.relu(2 - x), lambda x: (x - 2).norm()):
        check = check_gradient(function, x)
        assert check.verdict != "wrong", check


def test_linear_layers_are_checked_through_their_units_unless_samples_mix() -> None:
    plain = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    assert "pre-activation" in check_gradient(plain, ROWS).method
    mixing = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    check = check_gradient(mixing, ROWS)
    assert (check.verdict, "pre-activation" in check.method) == ("right", False)


def test_a_wrong_element_is_found_when_time_is_up() -> None:
    class Off(OneElement):
        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return _with_last(grad, 1.01)

    check = check_gradient(Off, normal(60, 50, dtype=torch.float64), time_limit=1e-6)
    assert (check.verdict, check.parameters[0].worst) == ("wrong", (59, 49)), str(check)
    assert check.parameters[0].checked < 100


def test_a_random_loss_is_undecided_and_says_so() -> None:
    check = check_gradient(nn.Sequential(nn.Linear(6, 3), nn.Dropout()), ROWS)
    assert (check.verdict, "random" in str(check.because)) == ("undecided", True)


def test_the_module_and_the_generator_are_left_as_they_were() -> None:
    module = nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    check_gradient(module, ROWS)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(each.grad is None and each.dtype == torch.float32 for each in module.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


# -- what is wrong


class Wrong(torch.autograd.Function):
    """A sigmoid whose derivative is taken of the pre-activation in the formula for the activation."""

    @staticmethod
    def forward(ctx: Any, z: Any) -> Any:
        ctx.save_for_backward(z)
        return torch.sigmoid(z)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (z,) = ctx.saved_tensors
        return grad * z * (1 - z)


class Scaled(torch.autograd.Function):
    """The identity, whose gradient is multiplied by what the class says."""

    factor = 1.0

    @classmethod
    def by(cls, factor: float) -> Any:
        return type("Scaled", (cls,), {"factor": factor, "backward": staticmethod(lambda ctx, grad: grad * factor)})

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad


class OneElement(Scaled):
    """The gradient of a single element is off by a millionth."""

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        changed = grad.clone()
        changed.view(-1)[-1] *= 1 + 4e-6
        return changed


def test_a_wrong_derivative_is_found_in_a_function_and_in_a_module_around_it() -> None:
    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(6, 3)

        def forward(self, x: Any) -> Any:
            return Wrong.apply(self.linear(x))

    for target in (Wrong, Layer(), lambda x: Wrong.apply(x) ** 2):
        check = check_gradient(target, ROWS.double())
        assert (check.verdict, check.mistakes) == ("wrong", ("unexplained-wrong-gradient",)), check


@pytest.mark.parametrize(("factor", "rule"), [(2.0, "constant-factor-only"), (-1.0, "wrong-sign-update")])
def test_a_factor_and_a_sign_are_named(factor: float, rule: str) -> None:
    check = check_gradient(Scaled.by(factor), ROWS)
    assert (check.verdict, check.mistakes) == ("wrong", (rule,)), check
    assert check.parameters[0].ratio == pytest.approx(factor, rel=1e-5)


def test_one_element_that_is_off_by_a_millionth_is_found_with_its_index() -> None:
    check = check_gradient(OneElement, normal(7, 5, dtype=torch.float64))
    assert (check.verdict, check.parameters[0].worst) == ("wrong", (6, 4))


def test_a_detached_part_is_wrong() -> None:
    check = check_gradient(lambda x: (x.detach() * x).sum(), ROWS)
    assert check.verdict == "wrong"
    assert "1/2" in str(check)


def test_a_large_module_is_checked_along_directions_and_its_wrong_element_is_found() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(normal(400, 300, dtype=torch.float64) / 20)

        def forward(self, x: Any) -> Any:
            return torch.tanh(x @ OneElement.apply(self.w)).sum(dim=1)

    right = nn.Sequential(nn.Conv2d(1, 20, 5), nn.Flatten(), nn.Linear(20 * 64, 40)).double()
    check = check_gradient(right, normal(2, 1, 12, 12, dtype=torch.float64), time_limit=30.0)
    assert check.verdict == "right", check
    assert check.missed < 1e-9
    OneElement.backward = staticmethod(lambda ctx, grad: _with_last(grad, 1.01))  # type: ignore[method-assign]
    wrong = check_gradient(Last(), normal(3, 400, dtype=torch.float64), time_limit=30.0, inputs=False)
    assert (wrong.verdict, wrong.parameters[0].worst) == ("wrong", (399, 299)), wrong


def _with_last(grad: Any, factor: float) -> Any:
    changed = grad.clone()
    changed.view(-1)[-1] *= factor
    return changed


def test_bad_input_is_answered_clearly() -> None:
    cases = {
        "nothing can be differentiated": (lambda x: x.float(), torch.tensor([1, 2])),
        "fails with these inputs: RuntimeError": (nn.Linear(3, 2), ROWS),
        "the loss is nan": (torch.log, -torch.ones(2)),
        "do not depend on anything": (lambda x: x.detach() * 2, ROWS),
        "no tensor of floating-point numbers comes out": (lambda x: None, ROWS),
    }
    for words, (target, value) in cases.items():
        with pytest.raises(UsageError, match=words):
            check_gradient(target, value)
    with pytest.raises(UsageError, match="no option 'epsilon'"):
        check_gradient(F.relu, ROWS, epsilon=1e-6)
    with pytest.raises(UsageError, match="rtol must be at least 0"):
        check_gradient(F.relu, ROWS, rtol=-1)


def test_the_verdict_is_plain_data() -> None:
    row = check_gradient(F.relu, ROWS).to_dict()["parameters"][0]
    assert (row["name"], row["shape"], row["verdict"]) == ("input", (5, 6), "right")
    assert np.isfinite(row["relative_error"])


def test_a_loss_that_loses_its_digits_at_short_steps_is_never_called_wrong() -> None:
    x = torch.tensor([[-7.0]])
    check = check_gradient(lambda x: 1e6 * F.gelu(x) / (1 + x**2), x)
    assert check.verdict != "wrong", str(check)
