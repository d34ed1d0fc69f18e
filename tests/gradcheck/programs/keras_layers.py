"""Checks layers of Keras on the backend of the environment, and prints the results as JSON: for test_keras.py."""

import json
from typing import Any

import keras
import numpy as np
from keras import layers

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient

GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.normal(0, 1, (4, 6)).astype(np.float32)
SEQUENCE = GENERATOR.normal(0, 1, (2, 3, 4)).astype(np.float32)
IMAGE = GENERATOR.normal(0, 1, (1, 4, 4, 2)).astype(np.float32)


class WrongSigmoid(layers.Layer):
    """A custom gradient whose derivative is taken of the pre-activation in the formula for the activation."""

    def call(self, inputs: Any) -> Any:
        @keras.ops.custom_gradient
        def sigmoid(z: Any) -> Any:
            def gradient(*arguments: Any, upstream: Any = None) -> Any:
                given = arguments[0] if upstream is None else upstream
                return given * z * (1 - z)

            return keras.ops.sigmoid(z), gradient

        return sigmoid(inputs)


class Custom(layers.Layer):
    """A layer of one's own, that is not registered and has no `get_config`."""

    def build(self, shape: Any) -> None:
        self.weight = self.add_weight(shape=(shape[-1], 2), initializer="glorot_uniform", name="weight")
        self.scale = self.add_weight(shape=(), initializer="ones", trainable=False, name="scale")

    def call(self, inputs: Any) -> Any:
        return keras.ops.tanh(inputs @ self.weight) * self.scale


def functional() -> Any:
    inputs = keras.Input((6,))
    hidden = layers.Dense(4, activation="tanh")(inputs)
    return keras.Model(inputs, layers.Add()([hidden, layers.Dense(4, use_bias=False)(inputs)]))


def frozen() -> Any:
    model = keras.Sequential([layers.Dense(3, trainable=False), layers.Dense(2)])
    model(ROWS)
    return model


RIGHT: dict[str, tuple[Any, ...]] = {
    "dense": (layers.Dense(3, activation="gelu"), ROWS),
    "sequential": (keras.Sequential([layers.Dense(5, activation="relu"), layers.Dropout(0.3), layers.Dense(2)]), ROWS),
    "functional": (functional(), ROWS),
    "frozen": (frozen(), ROWS),
    "convolution": (layers.Conv2D(2, 3), IMAGE),
    "max pooling": (layers.MaxPooling2D(2), IMAGE),
    "lstm": (layers.LSTM(2), SEQUENCE),
    "batch normalisation": (layers.BatchNormalization(), ROWS),
    "layer normalisation": (layers.LayerNormalization(), ROWS),
    "embedding": (layers.Embedding(7, 3), np.array([[1, 2], [3, 3]])),
    "attention": (layers.MultiHeadAttention(2, 3), SEQUENCE, SEQUENCE + 1),
    "parametric relu": (layers.PReLU(), ROWS),
    "at a kink": (layers.ReLU(), np.zeros((2, 3), np.float32)),
    "softmax": (layers.Softmax(), ROWS),
    "double": (layers.Dense(3, dtype="float64"), ROWS),
    "half": (layers.Dense(3, dtype="mixed_float16"), ROWS),
    "custom": (Custom(), ROWS),
    "tiny": (layers.Dense(3, activation="sigmoid"), 1e-8 * ROWS),
    "huge": (layers.Dense(3, activation="softplus"), 1e8 * ROWS),
}
WRONG: dict[str, tuple[Any, ...]] = {
    "wrong": (WrongSigmoid(), ROWS),
    "wrong in a model": (keras.Sequential([layers.Dense(3), WrongSigmoid()]), ROWS),
}


def said(*arguments: Any) -> str:
    try:
        return str(check_gradient(*arguments))
    except UsageError as error:
        return str(error)


def main() -> None:
    keras.utils.set_random_seed(0)
    results = {name: check_gradient(*arguments).to_dict() for name, arguments in (RIGHT | WRONG).items()}
    batch, dense = layers.BatchNormalization(), RIGHT["dense"][0]
    results["in training"] = check_gradient(batch, ROWS, training=True).to_dict()
    results["with a loss"] = check_gradient(dense, ROWS, loss=lambda y: (y**2).sum(), inputs=False).to_dict()
    dense.build((4, 6))
    before = [np.array(each) for each in dense.get_weights()]
    check_gradient(dense, ROWS)
    same = all(np.array_equal(a, b) for a, b in zip(before, dense.get_weights(), strict=True))
    kept = same and dense.compute_dtype == "float32" and keras.backend.result_type("float64", "float64") == "float32"
    errors = [said(layers.Dense(2), SEQUENCE[0, 0, 0]), said(layers.Flatten(), np.arange(3))]
    print(json.dumps({"results": results, "kept": bool(kept), "errors": errors}))


if __name__ == "__main__":
    main()
