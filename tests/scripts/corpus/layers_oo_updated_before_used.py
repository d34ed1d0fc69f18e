import numpy as np

np.random.seed(7)

class FullyConnected:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) / np.sqrt(n_in)
        self.bias = np.zeros((1, n_out))

    def forward_propagation(self, input_data):
        self.input = input_data
        return np.dot(input_data, self.weights) + self.bias

    def backward_propagation(self, output_error, learning_rate):
        weights_error = np.dot(self.input.T, output_error)
        self.weights -= learning_rate * weights_error
        self.bias -= learning_rate * output_error.sum(axis=0, keepdims=True)
        return np.dot(output_error, self.weights.T)

class TanhLayer:
    def forward_propagation(self, input_data):
        self.out = np.tanh(input_data)
        return self.out

    def backward_propagation(self, output_error, learning_rate):
        return (1 - self.out ** 2) * output_error

X = np.random.uniform(-1, 1, (60, 2))
Y = X[:, :1] ** 2 - X[:, 1:] ** 2
layers = [FullyConnected(2, 10), TanhLayer(), FullyConnected(10, 1)]
for epoch in range(1500):
    out = X
    for layer in layers:
        out = layer.forward_propagation(out)
    err = np.mean((Y - out) ** 2)
    grad = 2 * (out - Y) / len(Y)
    for layer in reversed(layers):
        grad = layer.backward_propagation(grad, 0.1)
    if epoch % 300 == 0:
        print('epoch %d error=%f' % (epoch, err))
