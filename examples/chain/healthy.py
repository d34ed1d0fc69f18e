"""A 1-1-1 chain of sigmoids that learns: the healthy counterpart of the programs beside it.

One hidden and one output sigmoid with biases, plain Python floats: 21 inputs from -1 to 1, targets sigma(4 sigma(3 x)
- 2); weights begun at 0.5 and 0.5, biases at 0; cost (a - y)^2, one sample per step, rate 0.5, 500 passes.

Nothing is wrong here: the mean cost goes from 0.06 to almost 0.
"""
import math


def sigma(z):
    return 1.0 / (1.0 + math.exp(-z))


inputs = [k / 10 for k in range(-10, 11)]
data = [(x, sigma(4 * sigma(3 * x) - 2)) for x in inputs]

w2, b2 = 0.5, 0.0
w3, b3 = 0.5, 0.0
rate = 0.5

for epoch in range(501):
    total = 0.0
    for x, y in data:
        # forward
        z2 = w2 * x + b2
        a2 = sigma(z2)
        z3 = w3 * a2 + b3
        a3 = sigma(z3)
        total += (a3 - y) ** 2

        # backward
        delta3 = 2 * (a3 - y) * a3 * (1 - a3)
        delta2 = delta3 * w3 * a2 * (1 - a2)

        w3 = w3 - rate * delta3 * a2
        b3 = b3 - rate * delta3
        w2 = w2 - rate * delta2 * x
        b2 = b2 - rate * delta2
    if epoch % 50 == 0:
        print("epoch %d: mean cost %.6f" % (epoch, total / len(data)))

print("w2 %.3f, b2 %.3f, w3 %.3f, b3 %.3f" % (w2, b2, w3, b3))
