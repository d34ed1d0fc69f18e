import numpy as np

class Network:
    def __init__(self, sizes):
        rng = np.random.RandomState(0)
        self.n = len(sizes)
        self.biases = [rng.randn(y, 1) for y in sizes[1:]]
        self.weights = [rng.randn(y, x) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        a, activations, zs = x, [x], [x]
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, a) + b
            zs.append(z)
            a = sigmoid(z)
            activations.append(a)
        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, zs[-2].T)
        for l in range(2, self.n):
            delta = np.dot(self.weights[-l + 1].T, delta) * sigmoid_prime(zs[-l])
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, zs[-l - 1].T)
        return nabla_b, nabla_w, 0.5 * np.sum((activations[-1] - y) ** 2)

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

net = Network([2, 4, 3, 2])
data = [(np.array([[p], [q]]), np.array([[0.5 + 0.4 * p * q], [0.5 - 0.3 * p]])) for p in (-1., 0., 1.) for q in (-1., 0., 1.)]
for epoch in range(200):
    cost = 0.0
    for x, y in data:
        nb, nw, c = net.backprop(x, y)
        cost += c
        net.weights = [w - 0.5 * d for w, d in zip(net.weights, nw)]
        net.biases = [b - 0.5 * d for b, d in zip(net.biases, nb)]
    if epoch % 40 == 0:
        print("epoch", epoch, "cost", cost / len(data))
