"""The table of six rows with ReLU units (Stack Exchange), printing the error of the last row only.

Inputs 0 and 1, three columns; the target is the second column. 3-4-1 ReLU units, ReLU output, no biases, weights
uniform in [-1, 1), one row per step, w += rate * out.T @ delta with error = 2.0 * (expected - actual), rate 0.01.

The gradient is right. What is wrong: mean_error is overwritten by every row, so that what is printed (2e-06, as in
the question) is the error of the last row alone, while rows 2 and 4 are wrong by 1; there the output's ReLU is dead.
"""
import numpy as np

np.random.seed(17)

inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0]], dtype=float)
expected = np.array([[0], [1], [0], [1], [0], [1]], dtype=float)

learning_rate = 0.01


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


layers = [Layer(3, 4), Layer(4, 1)]


def predict(x):
    for layer in layers:
        x = layer.forward(x)
    return x


for iteration in range(331):
    for row in range(len(inputs)):
        actual_output = predict(inputs[row:row + 1])
        error = 2.0 * (expected[row:row + 1] - actual_output)
        mean_error = np.mean((expected[row] - actual_output) ** 2)
        for layer in reversed(layers):
            error = layer.backward(error)
    if iteration % 30 == 0:
        print("Error: %g" % mean_error)

print("output after training:")
print(predict(inputs).round(4))
