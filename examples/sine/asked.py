"""Sine approximator, as somebody asked about it ("Backpropagation derivation problem", Stack Exchange).

One input, ten sigmoid units, one linear output, no biases. 500 inputs x uniform in [0, 15), targets sin(x); both
layers of weights uniform in [-1, 1); one random sample per step, rate 0.01, half squared error. The network does not
converge.

Wrong here: the step goes uphill, because (y - layer3) is already minus the derivative of the error and is subtracted
again; the derivative of the sigmoid is taken of sigmoid(layer2) instead of layer2; and there are no biases, so that
every hidden unit has its slope at x = 0, at the edge of the data.
"""
import numpy as np
from math import sin

np.random.seed(0)


def sigmoid(x):
    return 1 / (1 + np.e ** -x)


def sigmoid_deriv(x):
    return sigmoid(x) * (1 - sigmoid(x))


x_data = np.random.rand(500) * 15.0
y_data = [sin(x) for x in x_data]

ETA = .01

layer1 = 0
layer1_weights = np.random.rand(10) * 2. - 1.
layer2 = np.zeros(10)
layer2_weights = np.random.rand(10) * 2. - 1.
layer3 = 0

for loop_iter in range(500000):
    # one sample, drawn at random
    index = np.random.randint(0, 500)
    x = x_data[index]
    y = y_data[index]

    # forward
    layer1 = x
    layer2 = layer1_weights * layer1
    layer3 = sum(sigmoid(layer2) * layer2_weights)

    # half squared error
    error = .5 * (layer3 - y) ** 2

    # backward
    error_wrt_layer2_weights = (y - layer3) * sigmoid(layer2)
    error_wrt_layer1_weights = (y - layer3) * layer2_weights * sigmoid_deriv(sigmoid(layer2)) * layer1

    # step
    layer2_weights -= ETA * error_wrt_layer2_weights
    layer1_weights -= ETA * error_wrt_layer1_weights

    if loop_iter % 10000 == 0:
        print(error)
