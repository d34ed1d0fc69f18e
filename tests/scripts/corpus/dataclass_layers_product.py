from dataclasses import dataclass, field

import numpy as np

RNG = np.random.default_rng(3)

@dataclass
class Layer:
    inputs: int
    outputs: int
    linear: bool = False
    weight: np.ndarray = field(init=False)
    bias: np.ndarray = field(init=False)

    def __post_init__(self):
        self.weight = RNG.normal(0, 1 / np.sqrt(self.inputs), (self.inputs, self.outputs))
        self.bias = np.zeros(self.outputs)

    def __call__(self, x):
        self.x = x
        z = x @ self.weight + self.bias
        self.out = z if self.linear else np.tanh(z)
        return self.out

    def pull(self, grad):
        grad = grad if self.linear else grad * (1 - self.out ** 2)
        self.grad_weight = self.x.T @ grad
        self.grad_bias = grad.sum(axis=0)
        return grad @ self.weight.T

@dataclass
class Config:
    rate: float = 0.2
    steps: int = 4000

config = Config()
layers = [Layer(2, 10), Layer(10, 1, linear=True)]
x = RNG.uniform(-1, 1, (120, 2))
y = x[:, :1] * x[:, 1:]
for step in range(config.steps):
    out = x
    for layer in layers:
        out = layer(out)
    loss = np.mean((out - y) ** 2)
    grad = 2 * (out - y) / len(x)
    for layer in layers[::-1]:
        grad = layer.pull(grad)
    for layer in layers:
        layer.weight -= config.rate * layer.grad_weight
        layer.bias -= config.rate * layer.grad_bias
    if step % 800 == 0:
        print("step", step, "loss", loss)
print("loss", loss, "variance of the targets", y.var())
