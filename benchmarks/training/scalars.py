"""Plain Python, no NumPy: 2-4-1 with sigmoids on XOR, one number at a time."""

import math
import random

random.seed(1)
data = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]
w1 = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
w2 = [random.uniform(-1, 1) for _ in range(5)]
rate = 0.5


def sigmoid(z):
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-z))


for _ in range(120_000):
    total = 0.0
    for inputs, target in data:
        hidden = []
        for unit in w1:
            z = unit[2]
            for k in range(2):
                z += unit[k] * inputs[k]
            hidden.append(sigmoid(z))
        z = w2[4]
        for j in range(4):
            z += w2[j] * hidden[j]
        output = sigmoid(z)
        error = output - target
        total += 0.5 * error * error
        delta = error * output * (1.0 - output)
        for j in range(4):
            back = delta * w2[j] * hidden[j] * (1.0 - hidden[j])
            w2[j] -= rate * delta * hidden[j]
            for k in range(2):
                w1[j][k] -= rate * back * inputs[k]
            w1[j][2] -= rate * back
        w2[4] -= rate * delta
print(total)
