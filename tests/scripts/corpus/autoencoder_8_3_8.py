import numpy as np

np.random.seed(3)
patterns = np.eye(8)
W_enc = np.random.uniform(-1, 1, (3, 8))
b_enc = np.zeros(3)
W_dec = np.random.uniform(-1, 1, (8, 3))
b_dec = np.zeros(8)

def logistic(a):
    return 1.0 / (1.0 + np.exp(-a))

for epoch in range(3001):
    total = 0
    for x in patterns:
        code = logistic(W_enc @ x + b_enc)
        rebuilt = logistic(W_dec @ code + b_dec)
        total += 0.5 * np.sum((rebuilt - x) ** 2)
        delta_dec = (rebuilt - x) * rebuilt * (1 - rebuilt)
        delta_enc = (W_dec.T @ delta_dec) * code * (1 - code)
        W_dec -= 1.0 * np.outer(delta_dec, code)
        b_dec -= 1.0 * delta_dec
        W_enc -= 1.0 * np.outer(delta_enc, x)
        b_enc -= 1.0 * delta_enc
    if epoch % 500 == 0:
        print("epoch", epoch, "error", total / 8)
print(logistic(patterns @ W_enc.T + b_enc).round(1))
