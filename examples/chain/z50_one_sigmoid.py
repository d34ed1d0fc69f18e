"""One sigmoid with z = 50, as somebody asked about it ("the gradient comes out to be zero", Stack Exchange).

One input, one sigmoid, no bias, plain Python floats: w = 0.8, input 62.5, so that z = 50 and a = 1 to rounding;
target 0, cost (a - y)^2 = 1, rate 0.5, 100 steps. The gradient is exactly 0.0 and nothing moves.

The chain rule is right. Wrong here: a * (1 - a) rounds to 0, because 1 - 1.9e-22 is 1 in double precision; the
derivative is 1.9e-22 in truth, the gradient 2.4e-20. The cause is the input of 62.5, which is not scaled.
"""
import math


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z))


w = 0.8
a_before = 62.5
y = 0.0
rate = 0.5

for step in range(100):
    z = a_before * w
    a = sigmoid(z)
    cost = (a - y) ** 2
    gradient = 2 * (a - y) * (a * (1 - a)) * a_before
    w = w - rate * gradient
    if step % 20 == 0:
        print("step", step, "z", z, "a", a, "cost", cost, "gradient", gradient, "w", w)

print("after training: w =", w, "a =", sigmoid(a_before * w))
