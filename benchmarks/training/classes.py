"""A network of layer objects, each with its forward and backward method: 3-16-16-1 on 64 rows, all in each step."""

import numpy as np


class Layer:
    """A dense layer with tanh, or none."""

    def __init__(self, n_in, n_out, rng, last=False):
        self.weights = rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_out))
        self.bias = np.zeros((1, n_out))
        self.last = last

    def forward(self, inputs):
        """The layer's values."""
        self.inputs = inputs
        z = inputs @ self.weights + self.bias
        self.output = z if self.last else np.tanh(z)
        return self.output

    def backward(self, delta, rate):
        """Take a step, and pass the error on."""
        if not self.last:
            delta = delta * (1 - self.output**2)
        passed = delta @ self.weights.T
        self.weights -= rate * self.inputs.T @ delta
        self.bias -= rate * delta.sum(axis=0, keepdims=True)
        return passed


rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, (64, 3))
y = np.sin(x.sum(axis=1, keepdims=True))
layers = [Layer(3, 16, rng), Layer(16, 16, rng), Layer(16, 1, rng, last=True)]
for _ in range(90_000):
    output = x
    for layer in layers:
        output = layer.forward(output)
    delta = (output - y) / len(x)
    for layer in reversed(layers):
        delta = layer.backward(delta, 0.05)
print(float(np.mean((output - y) ** 2)))
