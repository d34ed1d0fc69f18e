"""The table of six rows with sigmoid units, as somebody asked about it (Stack Exchange).

Inputs 0 and 1, three columns; the target is the second column. 3-4-1 sigmoid units, sigmoid output, no biases,
weights uniform in [-1, 1), whole table per step, w += rate * out.T @ delta with error = 2.0 * (expected - actual),
rate 0.1.

Nothing is wrong with the gradient: += with (expected - actual) goes downhill, and the 2.0 belongs to the squared
error. The run is only stopped early, at a mean squared error of 0.029, as the asker printed; every row is on its
right side by then, so that a table with two wrong rows cannot have had this mean error.
"""
import numpy as np

np.random.seed(1)

inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0]], dtype=float)
expected = np.array([[0], [1], [0], [1], [0], [1]], dtype=float)

learning_rate = 0.1


def activation(z):
    return 1 / (1 + np.exp(-z))


def activation_derivative(a):
    # of the sigmoid, as a function of its own output
    return a * (1 - a)


class Layer:
    def __init__(self, n_in, n_out):
        self.w = np.random.uniform(-1, 1, (n_in, n_out))

    def forward(self, x):
        self.input = x
        self.output = activation(x @ self.w)
        return self.output

    def backward(self, error):
        delta = error * activation_derivative(self.output)
        error_below = delta @ self.w.T
        self.w += learning_rate * self.input.T @ delta
        return error_below


layers = [Layer(3, 4), Layer(4, 1)]


def predict(x):
    for layer in layers:
        x = layer.forward(x)
    return x


for iteration in range(190):
    actual_output = predict(inputs)
    error = 2.0 * (expected - actual_output)
    for layer in reversed(layers):
        error = layer.backward(error)
    if iteration % 19 == 0:
        print("Error: %g" % np.mean((expected - actual_output) ** 2))

print("output after training:")
print(predict(inputs).round(4))
print("Error: %g" % np.mean((expected - predict(inputs)) ** 2))
