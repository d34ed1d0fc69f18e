import numpy as np

class NeuralNetwork:
    def __init__(self, x, y):
        rng = np.random.RandomState(1)
        self.input = x
        self.weights1 = rng.rand(self.input.shape[1], 4)
        self.weights2 = rng.rand(4, 1)
        self.y = y
        self.output = np.zeros(y.shape)

    def feedforward(self):
        self.layer1 = sigmoid(np.dot(self.input, self.weights1))
        self.output = sigmoid(np.dot(self.layer1, self.weights2))

    def backprop(self):
        slope = 2 * (self.output - self.y) * sigmoid_derivative(self.output)
        d_weights2 = np.dot(self.layer1.T, slope)
        d_weights1 = np.dot(self.input.T, np.dot(slope, self.weights2.T) * sigmoid_derivative(self.layer1))
        self.weights1 += d_weights1
        self.weights2 += d_weights2

def sigmoid(x):
    return 1.0 / (1 + np.exp(-x))

def sigmoid_derivative(a):
    return a * (1.0 - a)

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
nn = NeuralNetwork(X, y)
for i in range(500):
    nn.feedforward()
    if i % 100 == 0:
        print("loss", np.mean((y - nn.output) ** 2))
    nn.backprop()
print(nn.output)
