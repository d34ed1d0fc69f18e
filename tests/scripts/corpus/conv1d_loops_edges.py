import numpy as np

rng = np.random.default_rng(31)
true_kernel = np.array([-1.0, 0.0, 1.0])
signals = rng.normal(size=(20, 16))

def convolve(signal, kernel):
    out = np.zeros(len(signal) - len(kernel) + 1)
    for i in range(len(out)):
        for k in range(len(kernel)):
            out[i] += signal[i + k] * kernel[k]
    return out

wanted = [convolve(s, true_kernel) for s in signals]
kernel = rng.normal(size=3) * 0.1
for epoch in range(15):
    total = 0.0
    for s, t in zip(signals, wanted):
        out = convolve(s, kernel)
        diff = out - t
        total += np.mean(diff ** 2)
        grad = np.zeros(3)
        for k in range(3):
            for i in range(len(out)):
                grad[k] += 2 * diff[i] * s[i + k] / len(out)
        kernel -= 0.05 * grad
    if epoch % 3 == 0:
        print("epoch", epoch, "mse", total / len(signals))
print("kernel", kernel)
