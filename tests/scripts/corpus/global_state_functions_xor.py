import numpy as np

np.random.seed(12)
weights_hidden = np.random.uniform(-0.7, 0.7, (4, 2))
bias_hidden = np.random.uniform(-0.7, 0.7, 4)
weights_output = np.random.uniform(-0.7, 0.7, 4)
bias_output = 0.0
samples = [([-1, -1], -0.9), ([-1, 1], 0.9), ([1, -1], 0.9), ([1, 1], -0.9)]

def feed(x):
    global hidden, output
    hidden = np.tanh(weights_hidden @ np.array(x) + bias_hidden)
    output = np.tanh(weights_output @ hidden + bias_output)

def learn(x, target):
    global weights_hidden, bias_hidden, weights_output, bias_output
    feed(x)
    delta_output = (output - target) * (1 - output * output)
    delta_hidden = delta_output * weights_output * (1 - hidden * hidden)
    weights_output = weights_output - 0.1 * delta_output * hidden
    bias_output = bias_output - 0.1 * delta_output
    weights_hidden = weights_hidden - 0.1 * np.outer(delta_hidden, x)
    bias_hidden = bias_hidden - 0.1 * delta_hidden
    return 0.5 * (output - target) ** 2

for cycle in range(1500):
    total = sum(learn(x, t) for x, t in samples)
    if cycle % 300 == 0:
        print("cycle", cycle, "error", total)
for x, t in samples:
    feed(x)
    print(x, t, round(float(output), 3))
