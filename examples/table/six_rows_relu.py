"""The table of six rows with ReLU units, as somebody asked about it (Stack Exchange).

Inputs 0 and 1, three columns; the target is the second column. 3-6-1 ReLU units, ReLU output, no biases, weights
uniform in [-1, 1), one row per step, w += rate * out.T @ delta with error = 2.0 * (expected - actual), rate 0.1. The
fourth and the sixth row, which should be 1, get 0, as in the question.

The gradient is right. What is wrong: on rows 4 and 6 the output's ReLU is at 0, where its derivative is 0, so these
rows teach it nothing. The mean squared error over the six rows is 0.33, and stays there.
"""
import numpy as np

np.random.seed(12)

inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0]], dtype=float)
expected = np.array([[0], [1], [0], [1], [0], [1]], dtype=float)

learning_rate = 0.1


def activation(z):
    return np.maximum(0, z)


def activation_derivative(a):
    # of the ReLU: its output is positive where its input is
    return (a > 0) * 1.0


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


layers = [Layer(3, 6), Layer(6, 1)]


def predict(x):
    for layer in layers:
        x = layer.forward(x)
    return x


for iteration in range(600):
    squared = []
    for row in range(len(inputs)):
        actual_output = predict(inputs[row:row + 1])
        error = 2.0 * (expected[row:row + 1] - actual_output)
        squared.append(((expected[row] - actual_output) ** 2).item())
        for layer in reversed(layers):
            error = layer.backward(error)
    if iteration % 60 == 0:
        print("Error: %g" % np.mean(squared))

print("output after training:")
print(predict(inputs).round(4))
print("Error: %g" % np.mean((expected - predict(inputs)) ** 2))
