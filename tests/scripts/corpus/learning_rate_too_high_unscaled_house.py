import numpy as np

area = np.array([50., 65., 80., 95., 110., 130., 150., 180.])
price = np.array([150., 190., 245., 280., 335., 395., 450., 545.])
m, c = 0.0, 0.0
L = 0.001
for i in range(400):
    guess = m * area + c
    D_m = (-2 / len(area)) * sum(area * (price - guess))
    D_c = (-2 / len(area)) * sum(price - guess)
    m = m - L * D_m
    c = c - L * D_c
    if i % 50 == 0:
        print(i, m, c, np.mean((price - guess) ** 2))
