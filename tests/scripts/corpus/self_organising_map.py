import numpy as np

rng = np.random.RandomState(4)
colours = rng.rand(200, 3)
grid = rng.rand(10, 3)
for t in range(1500):
    x = colours[rng.randint(200)]
    winner = ((grid - x) ** 2).sum(axis=1).argmin()
    width = 3 * np.exp(-t / 500)
    pull = np.exp(-(np.arange(10) - winner) ** 2 / (2 * width ** 2))
    grid += 0.2 * np.exp(-t / 1000) * pull[:, None] * (x - grid)
error = np.mean([np.sqrt(((grid - c) ** 2).sum(axis=1).min()) for c in colours])
print("quantisation error", error)
print(grid.round(2))
