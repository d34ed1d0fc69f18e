import numpy as np

rng = np.random.default_rng(33)
data = rng.normal(2.0, 0.7, 300)
mu, log_sigma = 0.0, 0.0
for step in range(400):
    sigma = np.exp(log_sigma)
    z = (data - mu) / sigma
    nll = np.mean(0.5 * z ** 2 + log_sigma)
    d_mu = np.mean(-z / sigma)
    d_log_sigma = np.mean(1 - z ** 2)
    mu -= 0.1 * d_mu
    log_sigma -= 0.1 * d_log_sigma
    if step % 80 == 0:
        print(step, nll, mu, np.exp(log_sigma))
print("mean %.3f, standard deviation %.3f" % (mu, np.exp(log_sigma)))
