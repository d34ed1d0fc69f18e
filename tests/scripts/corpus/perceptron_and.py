import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
targets = np.array([0, 0, 0, 1])

class Perceptron:
    def __init__(self, n, rate=0.1):
        rng = np.random.RandomState(0)
        self.w = rng.uniform(-0.05, 0.05, n)
        self.b = 0.0
        self.rate = rate

    def predict(self, x):
        return 1 if np.dot(self.w, x) + self.b >= 0 else 0

    def fit(self, X, targets, epochs):
        for epoch in range(epochs):
            mistakes = 0
            for x, t in zip(X, targets):
                update = self.rate * (t - self.predict(x))
                self.w += update * x
                self.b += update
                mistakes += int(update != 0)
            print("epoch", epoch, "mistakes", mistakes)
            if mistakes == 0:
                break

p = Perceptron(2)
p.fit(X, targets, 30)
print([p.predict(x) for x in X], p.w, p.b)
