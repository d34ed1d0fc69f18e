import random

random.seed(3)
payout = [0.1, 0.8, 0.4]
values = [0.0, 0.0, 0.0]
counts = [0, 0, 0]
alpha, epsilon = 0.1, 0.1
total = 0.0
for step in range(2000):
    if random.random() < epsilon:
        arm = random.randrange(3)
    else:
        arm = values.index(max(values))
    reward = random.gauss(payout[arm], 0.1)
    values[arm] += alpha * (reward - values[arm])
    counts[arm] += 1
    total += reward
print("values", [round(v, 2) for v in values], "counts", counts)
print("mean reward", total / 2000)
