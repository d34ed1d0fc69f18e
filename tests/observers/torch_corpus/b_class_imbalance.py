import torch
import torch.nn as nn

torch.manual_seed(35)
n = 600
y = (torch.rand(n, 1) < 0.05).float()
x = torch.randn(n, 2) + 1.5 * y
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.02)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(15):
    for rows in torch.randperm(n).split(30):
        opt.zero_grad()
        loss_fn(model(x[rows]), y[rows]).backward()
        opt.step()
with torch.no_grad():
    found = (model(x) > 0)[y > 0].float().mean().item()
print("recall", found)
