import numpy as np

class Adaline:
    """ADAptive LInear NEuron"""
    def __init__(self, no_of_inputs, learning_rate=0.01, iterations=20, bias=True):
        self.no_of_inputs = no_of_inputs
        self.learning_rate = learning_rate
        self.iterations = iterations
        self.bias = bias
        self.weights = np.zeros(no_of_inputs + 1)
        self.errors = []

    def predict(self, x):
        return np.dot(x, self.weights[1:]) + self.weights[0]

    def train(self, X, y):
        for i in range(self.iterations):
            se = 0
            for xi, target in zip(X, y):
                output = self.predict(xi)
                error = (target - output)
                self.weights[1:] += self.learning_rate * xi * error
                self.weights[0] += self.learning_rate * output
                se += error ** 2
            self.errors.append(se / len(y))
        return self

rng = np.random.RandomState(0)
X = rng.randn(50, 2)
y = X[:, 0] * 1.5 - X[:, 1] + 0.7
a = Adaline(2).train(X, y)
print(a.weights, a.errors[-1])
