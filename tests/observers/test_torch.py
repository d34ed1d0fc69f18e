"""PyTorch: a corpus of programs, watched and plain; that nothing is changed, and nothing left behind."""

from __future__ import annotations

import hashlib
import inspect
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backproof.rules import RULES
from tests.side_by_side import assert_no_harm, plain, plain_of_fork, told, watched, watched_of_fork

torch = pytest.importorskip("torch")

CORPUS = Path(__file__).with_name("torch_corpus")
PROGRAMS = sorted(path.stem for path in CORPUS.glob("*.py"))
KNOWN = {*RULES, "parameter-never-updated"}


def complaints(report: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What the report gets wrong: `rules` names what comes first, `also` what may be told beside it."""
    found = told(report)
    first = next(iter(found), None)
    wrong = [f"first: {first}"] if (first not in expected["rules"] if expected["rules"] else first is not None) else []
    wrong += [f"false: {name}" for name in found if name not in expected["rules"] + expected["also"]]
    return wrong + [note for note in report["notes"] if "fault" in note]


def test_each_program_says_what_is_expected_of_it() -> None:
    expected = [tomllib.loads((CORPUS / f"{program}.toml").read_text()) for program in PROGRAMS]
    assert {path.stem for path in CORPUS.glob("*.toml")} == set(PROGRAMS)
    assert sum(bool(each["rules"]) for each in expected) >= 25
    assert sum(not each["rules"] for each in expected) >= 30
    assert all(set(each["rules"] + each["also"]) <= KNOWN for each in expected)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs_unharmed_and_is_told_the_truth(program: str, tmp_path: Path) -> None:
    script = CORPUS / f"{program}.py"
    got = watched_of_fork(script, tmp_path)
    assert_no_harm(plain_of_fork(script, tmp_path), got)
    assert complaints(got.report, tomllib.loads(script.with_suffix(".toml").read_text())) == []


def test_a_process_of_its_own(tmp_path: Path) -> None:
    """Torch is imported by the script here, and watched from then on."""
    script = CORPUS / "b_double_softmax_module.py"
    got = watched(script, tmp_path)
    assert_no_harm(plain(script, tmp_path), got)
    assert got.report["program"]["frameworks"] == ["torch"]
    assert (got.report["program"]["updates_seen"], got.report["coverage"]["parameters"]) == (150, 4)
    assert told(got.report) == {"double-softmax": [7]}


# -- in this process


@pytest.fixture
def watch() -> Iterator[Any]:
    """A watch that is attached, and taken off again."""
    from backproof.observers import torch as leaf

    made = leaf.watch()
    leaf.attach(made)
    yield made
    made.detach()


def patched() -> dict[str, Any]:
    """All that is replaced while a training is watched."""
    from torch.optim import optimizer

    functional = torch.nn.functional
    hooks = (optimizer._global_optimizer_pre_hooks, optimizer._global_optimizer_post_hooks)
    return {
        "backward": torch.autograd.backward, "grad": torch.autograd.grad, "module": torch.nn.Module.__init__,
        "optimizer": torch.optim.Optimizer.__init__, "dropout": functional.dropout, "norm": functional.batch_norm,
        "saved": torch.autograd.graph.saved_tensors_hooks.__enter__, "compile": torch.compile,
        "hooks": [len(each) for each in hooks],
    }  # fmt: skip


def test_nothing_is_left_behind() -> None:
    from backproof.observers import torch as leaf

    before = patched()
    made = leaf.watch()
    leaf.attach(made)
    assert all(patched()[name] is not value for name, value in before.items() if name != "hooks")
    train(sgd_with_dropout)
    made.detach()
    assert patched() == before
    assert made.updates == 30


def sgd_with_dropout(model: Any, x: Any, y: Any) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for rows in torch.randperm(300).split(10):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
        optimizer.step()


def compiled(model: Any, x: Any, y: Any) -> None:
    fast = torch.compile(model, backend="aot_eager")
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(8):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(fast(x), y).backward()
        optimizer.step()


def clipped_accumulation(model: Any, x: Any, y: Any) -> None:
    optimizer = torch.optim.AdamW(model.parameters())
    for number, rows in enumerate(torch.randperm(300).split(10)):
        (torch.nn.functional.l1_loss(model(x[rows]), y[rows]) / 3).backward()
        if number % 3 == 2:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
            optimizer.zero_grad()


def recomputed(model: Any, x: Any, y: Any) -> None:
    optimizer = torch.optim.Adam(model.parameters())
    for reentrant in (True, False) * 6:
        optimizer.zero_grad()
        x.requires_grad_()
        out = torch.utils.checkpoint.checkpoint(model, x, use_reentrant=reentrant)
        torch.nn.functional.mse_loss(out, y).backward()
        optimizer.step()


def by_functions(model: Any, x: Any, y: Any) -> None:
    model.eval()
    parameters = {name: value.detach().clone() for name, value in model.named_parameters()}
    buffers = dict(model.named_buffers())

    def loss(values: Any) -> Any:
        out = torch.func.functional_call(model, (values, buffers), (x,))
        return torch.nn.functional.mse_loss(out, y)

    for _ in range(10):
        gradients = torch.func.grad(loss)(parameters)
        parameters = {name: value - 0.05 * gradients[name] for name, value in parameters.items()}
    model.load_state_dict({**parameters, **buffers})


def train(loop: Callable[[Any, Any, Any], None]) -> str:
    """What a training leaves behind: parameters, buffers and the state of the generator, hashed."""
    torch.manual_seed(3)
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
    )
    x = torch.randn(300, 4)
    loop(model, x, x.sum(1, keepdim=True).sin())
    digest = hashlib.sha256()
    for value in (*model.state_dict().values(), torch.get_rng_state()):
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


LOOPS = (sgd_with_dropout, compiled, clipped_accumulation, recomputed, by_functions)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_no_bit_changes(loop: Any) -> None:
    from backproof.observers import torch as leaf

    expected = train(loop)
    made = leaf.watch()
    leaf.attach(made)
    try:
        assert train(loop) == expected
    finally:
        made.detach()
    assert made.faults == []


CALLBACKS = ("before_backward", "after_backward", "_after_step", "optimizer_made", "module_made", "in_training_mode")


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_fault_of_ours_changes_nothing(name: str, watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts that a callback is made of all fail, from the first call on."""
    expected = train(sgd_with_dropout)

    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("planted")

    parts = {
        "before_backward": (watch.reader, "read"), "after_backward": (watch.reader, "gradients"),
        "_after_step": (watch, "_step"), "optimizer_made": (watch, "optimizers"), "module_made": (watch, "modules"),
        "in_training_mode": (watch, "modes"),
    }  # fmt: skip
    owner, part = parts[name]
    monkeypatch.setattr(owner, part, fail)
    assert inspect.ismethod(getattr(watch, name))
    assert train(sgd_with_dropout) == expected
    assert watch.faults


def test_torch_is_not_imported_by_us() -> None:
    import subprocess

    program = "import backproof.observers.programs, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# -- backproof.watch


def test_a_loop_is_watched_from_inside() -> None:
    import backproof

    def loop(model: Any, x: Any, y: Any) -> None:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        with backproof.watch(model, optimizer) as seen:
            for _ in range(40):
                torch.nn.functional.mse_loss(model(x), y).backward()
                optimizer.step()
        assert seen.updates == 40
        diagnosis = seen.diagnosis()
        assert [finding.rule for finding in diagnosis.findings][:1] == ["gradients-not-reset"]
        assert diagnosis.coverage.parameters >= 7  # the gradient of a bias before batch normalisation is 0

    before = patched()
    train(loop)
    assert patched() == before


def test_only_models_can_be_watched() -> None:
    import backproof
    from backproof.errors import UsageError

    with pytest.raises(UsageError, match="a dict cannot be watched"):
        backproof.watch({})


def convolution(rate: float, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Images of one bright quarter, a network that is no chain, and its optimizer."""
    torch.manual_seed(seed)
    labels = torch.randint(0, 4, (128,))
    images = 0.3 * torch.randn(128, 1, 8, 8)
    for image, label in zip(images, labels.tolist(), strict=True):
        row, column = divmod(label, 2)
        image[0, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 1
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(256, 4),
    )  # fmt: skip
    return model, torch.optim.Adam(model.parameters(), lr=rate), images, labels


def diagnosed(rate: float, *, experiments: bool) -> tuple[Any, Any, Callable[[], bytes]]:
    """The diagnosis of a training from inside, its watch, and what tells the model's and the generator's state."""
    import backproof

    model, optimizer, images, labels = convolution(rate)
    with backproof.watch(model, optimizer, experiments=experiments) as seen:
        for rows in [rows for _ in range(8) for rows in torch.randperm(128).split(32)]:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[rows]), labels[rows]).backward()
            optimizer.step()

    def state() -> bytes:
        values = (*model.state_dict().values(), torch.get_rng_state())
        return b"".join(value.numpy().tobytes() for value in values)

    return seen.diagnosis(), seen, state


def test_experiments_leave_the_model_alone() -> None:
    from backproof.observers.torch.experiments import trials

    _, seen, state = diagnosed(3.0, experiments=True)
    session, before = seen._observer.sessions[0], state()
    made = trials(session.batches, session.optimizers[0], session.training.done)
    assert [each.quantity.name for each in made] == ["TRIAL_AS_IS", "TRIAL_TENTH_RATE"]
    assert state() == before


def test_without_experiments_none_is_made() -> None:
    diagnosis, _, _ = diagnosed(3.0, experiments=False)
    quantities = {seen.quantity for finding in diagnosis.findings for seen in finding.evidence}
    assert not any("trial" in quantity for quantity in quantities)


def test_a_rate_that_suits_is_not_told() -> None:
    diagnosis, _, _ = diagnosed(0.01, experiments=True)
    assert diagnosis.worst() is None or diagnosis.worst().value == "note"


@pytest.mark.parametrize(
    ("source", "pure"),
    [
        ("return self.layer(x).relu()", True),
        ("h = self.layer(x)\n        return h if self.training else h * 2", True),
        ("print(x.shape)\n        return self.layer(x)", False),
        ("self.calls = 1\n        return self.layer(x)", False),
        ("self.seen.append(x)\n        return self.layer(x)", False),
        ("return self.layer(x) + np.random.rand()", False),
    ],
)
def test_only_a_forward_pass_that_just_computes_is_called_again(source: str, pure: bool, tmp_path: Path) -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    from backproof.observers.torch.replay import is_pure

    file = tmp_path / "user.py"
    file.write_text(
        "import numpy as np\nimport torch\n\n\nclass Net(torch.nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.layer = torch.nn.Linear(2, 1)\n\n"
        f"    def forward(self, x):\n        {source}\n"
    )
    spec = spec_from_file_location("user", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert is_pure(module.Net()) is pure
