"""The changes tried on a network: what the new biases, weights and inputs are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backproof.scripts.described import DescribedLayer
from backproof.scripts.variants import redrawn, standardisation, with_biases

Array = NDArray[np.float64]


def test_new_biases_stand_in_the_midst_of_the_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(100, 200, (50, 1))
    bare = tuple(DescribedLayer(rng.normal(0, 1, shape), None, "tanh") for shape in ((1, 20), (20, 1)))
    first, last = with_biases(bare, x, rng)
    assert first.bias is not None
    assert np.all((-first.bias / first.weight[0] >= 100) & (-first.bias / first.weight[0] <= 200))
    assert last.bias is not None
    assert not last.bias.any()


@pytest.mark.parametrize("weight", [np.zeros((30, 20)), np.full((30, 20), 0.5), np.ones((1, 1))])
def test_a_start_without_spread_is_redrawn_with_some(weight: Array) -> None:
    (layer,) = redrawn((DescribedLayer(weight, None, "linear"),), np.random.default_rng(0))
    assert np.all(layer.weight != weight)
    assert layer.bias is None
    assert np.abs(layer.weight).max() < 5


def test_a_new_start_has_mean_and_spread_of_the_old_one() -> None:
    rng = np.random.default_rng(0)
    old = rng.uniform(0, 1, (40, 30))
    (layer,) = redrawn((DescribedLayer(old, None, "linear"),), rng)
    assert (layer.weight.mean(), layer.weight.std()) == pytest.approx((old.mean(), old.std()), abs=0.03)


def test_a_constant_column_stays_a_bias_by_hand() -> None:
    x = np.column_stack([np.ones(20), np.full(20, 1000.0), np.zeros(20), np.arange(20.0)])
    shift, scale = standardisation(x)
    scaled = (x - shift) * scale
    assert scaled[:, :3].tolist() == [[1, 1, 0]] * 20
    assert (scaled[:, 3].mean(), scaled[:, 3].std()) == pytest.approx((0, 1))
