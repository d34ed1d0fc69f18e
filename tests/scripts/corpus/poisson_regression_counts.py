import numpy as np

rng = np.random.default_rng(18)
X = rng.uniform(-1, 1, (150, 2))
rate_true = np.exp(0.5 + 1.2 * X[:, 0] - 0.8 * X[:, 1])
counts = rng.poisson(rate_true)
beta = np.zeros(2)
intercept = 0.0
for k in range(400):
    eta = X @ beta + intercept
    mu = np.exp(eta)
    nll = np.mean(mu - counts * eta)
    residual = mu - counts
    beta -= 0.2 * X.T @ residual / len(counts)
    intercept -= 0.2 * residual.mean()
    if k % 80 == 0:
        print("step", k, "negative log likelihood", nll)
print("beta", beta, "intercept", intercept, "nll", nll)
