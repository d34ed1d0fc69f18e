import numpy as np
class RMSProp:
    def __init__(self, lr=0.01, rho=0.9): self.lr, self.rho, self.s = lr, rho, {}
    def __call__(self, name, w, g):
        s = self.s[name] = self.rho * self.s.get(name, 0) + (1 - self.rho) * g ** 2
        return w - self.lr * g / (np.sqrt(s) + 1e-8)
rng = np.random.default_rng(36)
X = rng.normal(size=(2, 200)); Y = (X[0] ** 2 + X[1] ** 2 < 1.2).astype(float).reshape(1, -1)
net = {"W1": rng.normal(0, .7, (10, 2)), "b1": np.zeros((10, 1)), "W2": rng.normal(0, .4, (1, 10)), "b2": np.zeros((1, 1))}
opt = RMSProp()
print("epoch\tloss\tacc")
for epoch in range(400):
    A = np.tanh(net["W1"] @ X + net["b1"]); P = 1 / (1 + np.exp(-(net["W2"] @ A + net["b2"])))
    D = (P - Y) / Y.size; E = net["W2"].T @ D * (1 - A ** 2)
    grads = {"W1": E @ X.T, "b1": E.sum(1, keepdims=True), "W2": D @ A.T, "b2": D.sum(1, keepdims=True)}
    net = {k: opt(k, net[k], grads[k]) for k in net}
    if epoch % 100 == 0: print(epoch, round(float(-np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))), 4), np.mean((P > .5) == Y), sep="\t")
