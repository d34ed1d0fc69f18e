import math
import numpy as np
from dataclasses import dataclass, field

sigmoid = np.vectorize(lambda z: 1.0 / (1.0 + math.exp(-z)))
softplus = np.vectorize(lambda z: math.log1p(math.exp(z)))
dsoftplus = np.vectorize(lambda z: math.exp(-z) / (1.0 + math.exp(-z)))

@dataclass
class Layer:
    n_in: int
    n_out: int
    W: np.ndarray = field(default=None)
    b: np.ndarray = field(default=None)

    def __post_init__(self):
        r = np.random.RandomState(self.n_in)
        self.W = r.randn(self.n_out, self.n_in) * 0.7
        self.b = np.zeros((self.n_out, 1))

l1, l2 = Layer(2, 5), Layer(5, 1)
X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=float)
T = np.array([[0, 1, 1, 0]], dtype=float)
for it in range(400):
    z1 = l1.W @ X + l1.b
    a1 = softplus(z1)
    z2 = l2.W @ a1 + l2.b
    p = sigmoid(z2)
    d2 = (p - T) / 4
    d1 = (l2.W.T @ d2) * dsoftplus(z1)
    l2.W = l2.W - 0.5 * d2 @ a1.T
    l2.b = l2.b - 0.5 * d2.sum(1, keepdims=True)
    l1.W = l1.W - 0.5 * d1 @ X.T
    l1.b = l1.b - 0.5 * d1.sum(1, keepdims=True)
    if it % 100 == 0:
        print(it, float(-(T * np.log(p) + (1 - T) * np.log(1 - p)).mean()))
