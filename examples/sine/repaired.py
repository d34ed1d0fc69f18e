"""Sine approximator that works: the healthy counterpart of asked.py and answered.py.

One input, ten sigmoid units with biases, one linear output with a bias. 500 inputs x uniform in [-7.5, 7.5), targets
sin(x). First-layer weights +2 or -2, first-layer biases such that the ten slopes are spread evenly over the data;
output weights uniform in [-1, 1). One random sample per step, rate 0.05 falling to 0.005, half squared error.

Nothing is wrong here. The mean half squared error falls from about 0.25 to about 0.00001.
"""
import numpy as np

np.random.seed(0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_deriv(x):
    return sigmoid(x) * (1 - sigmoid(x))


def guess(x):
    hidden = sigmoid(layer1_weights * x + layer1_biases)
    return np.dot(hidden, layer2_weights) + layer2_bias


def mean_error():
    return np.mean([.5 * (guess(x) - y) ** 2 for x, y in zip(x_data, y_data)])


x_data = np.random.rand(500) * 15.0 - 7.5
y_data = [np.sin(x) for x in x_data]

width = 10
steps = 500000

centres = np.linspace(-7.5, 7.5, width)
layer1_weights = 2. * np.random.choice([-1., 1.], width)
layer1_biases = -layer1_weights * centres
layer2_weights = np.random.rand(width) * 2. - 1.
layer2_bias = 0.

print('mean error at the start:', mean_error())

for loop_iter in range(steps):
    eta = 0.05 if loop_iter < 250000 else 0.005

    index = np.random.randint(0, 500)
    x = x_data[index]
    y = y_data[index]

    # forward
    z_2 = layer1_weights * x + layer1_biases
    a_2 = sigmoid(z_2)
    a_3 = np.dot(a_2, layer2_weights) + layer2_bias

    # backward: the derivative of .5 * (a_3 - y) ** 2
    delta_3 = a_3 - y
    delta_2 = delta_3 * layer2_weights * sigmoid_deriv(z_2)

    # step
    layer2_weights = layer2_weights - eta * delta_3 * a_2
    layer2_bias = layer2_bias - eta * delta_3
    layer1_weights = layer1_weights - eta * delta_2 * x
    layer1_biases = layer1_biases - eta * delta_2

    if loop_iter % 50000 == 0:
        print(loop_iter, mean_error())

print('mean error at the end:', mean_error())
