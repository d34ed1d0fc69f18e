"""Figures and the progress bar: they show what was trained, and are there only where they are wanted."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest

from backproof.nn import SGD, Dense, Network, plot_fit, plot_history
from backproof.nn.progress import bar

X = np.linspace(-3, 3, 30)
Y = np.sin(X)


def trained(**settings: Any) -> tuple[Network, Any, np.ndarray]:
    network = Network([Dense(4, "tanh"), Dense(1)])
    network.build(1)
    first = network.theta.copy()
    return network, network.fit(X, Y, optimizer=SGD(0.05), epochs=5, **settings), first


def test_the_curves_of_a_history() -> None:
    _, history, _ = trained(validation=0.2)
    (axes,) = history.plot().axes
    training, validation = axes.get_lines()
    assert list(training.get_ydata()) == [history.initial_loss, *history.loss]
    assert list(validation.get_xdata()) == [1, 2, 3, 4, 5]
    assert list(validation.get_ydata()) == history.validation_loss
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation"]
    _, history, _ = trained()
    assert plot_history(history).axes[0].get_legend() is None


def test_data_first_guess_and_fit() -> None:
    network, _, first = trained()
    (axes,) = plot_fit(network, X, Y, first).axes
    data, guess, fit = axes.get_lines()
    assert list(data.get_ydata()) == list(Y)
    np.testing.assert_allclose(fit.get_ydata(), network.predict(fit.get_xdata()))
    assert not np.allclose(guess.get_ydata(), fit.get_ydata())
    before = network.theta.copy()
    network.theta[...] = first
    np.testing.assert_allclose(guess.get_ydata(), network.predict(guess.get_xdata()))
    network.theta[...] = before
    assert len(plot_fit(network, X, Y).axes[0].get_lines()) == 2


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    trained()
    assert capsys.readouterr() == ("", "")


def test_a_bar_that_is_wanted_counts_the_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("FORCE_COLOR", "1")  # for rich, a terminal
    with bar(5, 2, wanted=True) as advance:
        advance(0.25)
    assert "3/5" in shown.getvalue()
    assert "loss 0.25" in shown.getvalue()
