"""The initialisers: variances as their papers have them, and what `spread` spreads."""

from __future__ import annotations

import numpy as np
import pytest

from backproof.nn import INITIALIZERS, SGD, Dense, Network
from backproof.nn.initializers import OVERLAP, STEEPNESS

VARIANCES = {"uniform": 1 / 3, "glorot": 2 / 500, "he": 2 / 300, "lecun": 1 / 300}


@pytest.mark.parametrize("name", VARIANCES)
def test_the_variance_is_that_of_the_paper(name: str) -> None:
    weight, bias = INITIALIZERS[name](np.random.default_rng(0), 300, 200, None, 1.0)
    assert weight.shape == (300, 200)
    assert weight.var() == pytest.approx(VARIANCES[name], rel=0.03)
    assert abs(weight.mean()) < 0.01
    assert not bias.any()


@pytest.mark.parametrize(("inputs", "units"), [(3, 8), (8, 3), (5, 5)])
def test_orthogonal_rows_or_columns(inputs: int, units: int) -> None:
    weight, _ = INITIALIZERS["orthogonal"](np.random.default_rng(0), inputs, units, None, 1.0)
    product = weight @ weight.T if inputs < units else weight.T @ weight
    np.testing.assert_allclose(product, np.eye(min(inputs, units)), atol=1e-12)


@pytest.mark.parametrize(("inputs", "units"), [(1, 10), (2, 4), (3, 7), (20, 6), (1, 1)])
def test_spread_places_the_bends_evenly_and_looks_to_both_sides(inputs: int, units: int) -> None:
    generator = np.random.default_rng(1)
    low, high = generator.uniform(-9, -2, inputs), generator.uniform(3, 40, inputs)
    weight, bias = INITIALIZERS["spread"](generator, inputs, units, (low, high), 2.0)
    scaled = weight * ((high - low) / 2)[:, None]  # as for data in [-1, 1]
    length = np.linalg.norm(scaled, axis=0)
    np.testing.assert_allclose(length, OVERLAP * 2.0 * units ** (1 / inputs), rtol=1e-12)
    places = -(bias + (low + high) / 2 @ weight) / length  # along each unit's own direction
    signs = np.resize(np.repeat([1, -1], min(inputs, (units + 1) // 2)), units)
    places = np.sort(places * signs)
    np.testing.assert_allclose(places, (2 * np.arange(units) + 1) / units - 1, atol=1e-12)
    half = min(inputs, (units + 1) // 2)
    mirrored = scaled[:, half : 2 * half]
    np.testing.assert_allclose(scaled[:, : mirrored.shape[1]], -mirrored, atol=1e-12)


def test_spread_takes_the_range_of_the_data_and_the_width_of_the_activation() -> None:
    x, sizes = np.linspace(100, 300, 50), {}
    for activation in ("sigmoid", "tanh"):
        network = Network([Dense(5, activation, initializer="spread"), Dense(1)])
        network.fit(x, np.zeros(50), epochs=1, optimizer=SGD(1e-12))
        weight, bias = (network.parameters[f"dense_1/{name}"].ravel() for name in ("weight", "bias"))
        np.testing.assert_allclose(np.sort(-bias / weight), [120, 160, 200, 240, 280], rtol=1e-6)
        sizes[activation] = np.abs(weight).mean()
    assert sizes["tanh"] == pytest.approx(STEEPNESS["tanh"] * sizes["sigmoid"], rel=1e-6)
