import copy

import torch
import torch.nn as nn

torch.manual_seed(33)
x = torch.randn(300, 4)
y = (x[:, :1] - x[:, 1:2]).tanh() + 0.05 * torch.randn(300, 1)
xt, yt, xv, yv = x[:240], y[:240], x[240:], y[240:]
model = nn.Sequential(nn.Linear(4, 24), nn.ELU(), nn.Linear(24, 1))
ema = copy.deepcopy(model)
opt = torch.optim.Adam(model.parameters(), lr=0.01)
best, patience = float("inf"), 0
for epoch in range(60):
    for rows in torch.randperm(240).split(40):
        opt.zero_grad()
        nn.functional.mse_loss(model(xt[rows]), yt[rows]).backward()
        opt.step()
        with torch.no_grad():
            for p, q in zip(ema.parameters(), model.parameters()):
                p.mul_(0.95).add_(q, alpha=0.05)
    with torch.no_grad():
        val = nn.functional.mse_loss(ema(xv), yv).item()
    patience = 0 if val < best - 1e-5 else patience + 1
    best = min(best, val)
    if patience >= 8:
        break
print(epoch, best)
