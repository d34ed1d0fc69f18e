"""A 1-1-1 chain of sigmoids that is driven to z = 50 by its weight (see z50_one_sigmoid.py).

One hidden and one output sigmoid, no biases, plain Python floats: input 1.0, first weight 0.8, second weight 72.4665,
so that the output's z is 50 and its activation 1 to rounding; target 0, cost (a - y)^2, rate 0.5, 100 steps. Both
gradients are exactly 0.0.

The chain rule is right. Wrong here: a3 * (1 - a3) rounds to 0 where the derivative is 1.9e-22. The input is of a good
size; it is the weight that was begun far too large.
"""
import math


def sigma(z):
    return 1.0 / (1.0 + math.exp(-z))


x, y = 1.0, 0.0
w2, w3 = 0.8, 72.4665
rate = 0.5

for step in range(100):
    # forward
    z2 = w2 * x
    a2 = sigma(z2)
    z3 = w3 * a2
    a3 = sigma(z3)
    cost = (a3 - y) ** 2

    # backward
    delta3 = 2 * (a3 - y) * a3 * (1 - a3)
    delta2 = delta3 * w3 * a2 * (1 - a2)
    gradient3 = delta3 * a2
    gradient2 = delta2 * x

    w3 = w3 - rate * gradient3
    w2 = w2 - rate * gradient2
    if step % 20 == 0:
        print("step %d: z3 %.3f, cost %.6f, gradients %g and %g" % (step, z3, cost, gradient2, gradient3))

print("after training: w2 = %g, w3 = %g, output %g" % (w2, w3, a3))
