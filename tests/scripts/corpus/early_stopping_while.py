import numpy as np

rng = np.random.RandomState(13)
x = rng.uniform(-2, 2, (160, 1))
y = np.sin(2 * x) * 0.8 + 0.05 * rng.randn(160, 1)
x_train, y_train, x_val, y_val = x[:120], y[:120], x[120:], y[120:]

w1, b1 = rng.randn(1, 12) * 1.5, rng.randn(12)
w2, b2 = rng.randn(12, 1) * 0.3, np.zeros(1)

def forward(inp):
    hid = np.tanh(inp @ w1 + b1)
    return hid, hid @ w2 + b2

best, best_params, patience, epoch = np.inf, None, 0, 0
while patience < 200 and epoch < 6000:
    hid, pred = forward(x_train)
    delta = 2 * (pred - y_train) / len(x_train)
    delta_h = delta @ w2.T * (1 - hid ** 2)
    w2 = w2 - 0.1 * hid.T @ delta
    b2 = b2 - 0.1 * delta.sum(0)
    w1 = w1 - 0.1 * x_train.T @ delta_h
    b1 = b1 - 0.1 * delta_h.sum(0)
    val = np.mean((forward(x_val)[1] - y_val) ** 2)
    if val < best - 1e-6:
        best, best_params, patience = val, (w1, b1, w2, b2), 0
    else:
        patience += 1
    if epoch % 1000 == 0:
        print("epoch", epoch, "train", np.mean((pred - y_train) ** 2), "val", val)
    epoch += 1
w1, b1, w2, b2 = best_params
print("stopped after", epoch, "best validation error", best)
