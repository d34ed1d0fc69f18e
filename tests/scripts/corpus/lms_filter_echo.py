import numpy as np

rng = np.random.default_rng(20)
signal = rng.normal(size=2000)
echo_path = np.array([0.5, -0.3, 0.2, 0.1])
desired = np.convolve(signal, echo_path)[:2000] + 0.01 * rng.normal(size=2000)
taps = np.zeros(4)
mu = 0.02
errors = []
for n in range(3, 2000):
    window = signal[n - 3:n + 1][::-1]
    estimate = np.dot(taps, window)
    e = desired[n] - estimate
    taps = taps + mu * e * window
    errors.append(e ** 2)
print("first 100: %.5f  last 100: %.5f" % (np.mean(errors[:100]), np.mean(errors[-100:])))
print("taps", taps.round(3))
