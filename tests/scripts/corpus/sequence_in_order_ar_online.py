import math
import numpy as np
series = np.array([math.sin(0.15 * t) for t in range(400)])
w, b = np.zeros(3), 0.0
for epoch in range(5):
    sse = 0.0
    for t in range(3, len(series)):
        x = series[t - 3:t]
        err = x @ w + b - series[t]
        sse += err ** 2
        w = w - 0.1 * err * x
        b = b - 0.1 * err
    print("epoch", epoch, "sse", sse)
