import numpy as np

rng = np.random.default_rng(0)
means = np.array([0.2, 0.5, 0.9])
logits = np.zeros(3)
baseline, rate = 0.0, 0.1
rewards = []

for t in range(1, 1501):
    pi = np.exp(logits - logits.max())
    pi /= pi.sum()
    arm = rng.choice(3, p=pi)
    reward = means[arm] + 0.1 * rng.normal()
    one_hot = np.zeros(3)
    one_hot[arm] = 1.0
    logits += rate * (reward - baseline) * (one_hot - pi)
    baseline += (reward - baseline) / t
    rewards.append(reward)
    if t % 300 == 0:
        print("step", t, "mean reward of the last 300:", np.mean(rewards[-300:]).round(3), "policy", pi.round(3))
