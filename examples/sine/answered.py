"""Sine approximator, as the accepted answer to the question repaired it (see asked.py).

One input, ten sigmoid units, one linear output, now with biases. 500 inputs x uniform in [-7.5, 7.5), targets sin(x);
weights uniform in [-1, 1), hidden biases uniform in [-7.5, 7.5); one random sample per step, rate 0.05, half squared
error. With --plot it draws the first guess and the last (needs matplotlib).

Wrong here, still: the hidden delta is np.dot(sigmoid_deriv(z_2), layer2_weights), one number summed over all ten
units, where every unit has its own, sigmoid_deriv(z_2) * layer2_weights. All ten hidden units therefore move alike.
"""
import sys

import numpy as np

np.random.seed(0)


def sigmoid(x):
    return 1 / (1 + np.e ** -x)


def sigmoid_deriv(x):
    return sigmoid(x) * (1 - sigmoid(x))


def guess(x):
    layer1 = x
    z_2 = layer1_weights * layer1 + layer1_biases
    a_2 = sigmoid(z_2)
    z_3 = np.dot(a_2, layer2_weights) + layer2_biases
    a_3 = z_3
    return a_3


def plot():
    import matplotlib.pyplot as plt

    plt.plot(x_data, [guess(x_i) for x_i in x_data], '.')
    plt.plot(x_data, y_data, '.')
    plt.show()


x_data = np.random.rand(500) * 15.0 - 7.5
y_data = [np.sin(x) for x in x_data]

ETA = 0.05
width = 10

layer1_weights = np.random.rand(width) * 2. - 1.
layer1_biases = np.random.rand(width) * 15. - 7.5
layer2_weights = np.random.rand(width) * 2. - 1.
layer2_biases = np.random.rand(1) * 2. - 1.

error_all = []
epochs = 500000

if '--plot' in sys.argv:
    plot()

for loop_iter in range(epochs):
    # one sample, drawn at random
    index = np.random.randint(0, 500)
    x = x_data[index]
    y = y_data[index]

    # forward
    layer1 = x
    z_2 = layer1_weights * layer1 + layer1_biases
    a_2 = sigmoid(z_2)
    z_3 = np.dot(a_2, layer2_weights) + layer2_biases
    a_3 = z_3

    # half squared error
    error = .5 * (a_3 - y) ** 2

    # backward
    delta = (a_3 - y)
    error_wrt_layer2_weights = delta * a_2
    error_wrt_layer2_biases = delta
    error_wrt_layer1_weights = delta * np.dot(sigmoid_deriv(z_2), layer2_weights) * layer1
    error_wrt_layer1_biases = delta * np.dot(sigmoid_deriv(z_2), layer2_weights)

    # step
    layer2_weights -= ETA * error_wrt_layer2_weights
    layer1_weights -= ETA * error_wrt_layer1_weights
    layer2_biases -= ETA * error_wrt_layer2_biases
    layer1_biases -= ETA * error_wrt_layer1_biases

    error_all.append(error)

    if loop_iter % 10000 == 0:
        print(error)

print('mean over the data:', np.mean([.5 * (guess(x_i) - y_i) ** 2 for x_i, y_i in zip(x_data, y_data)]))

if '--plot' in sys.argv:
    plot()
