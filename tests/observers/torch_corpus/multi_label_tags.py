import torch
import torch.nn as nn

torch.manual_seed(29)
x = torch.randn(400, 6)
y = (x[:, :4] + x[:, 2:] > 0.3).float()
model = nn.Sequential(nn.Linear(6, 32), nn.SiLU(), nn.Linear(32, 4))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(20):
    for rows in torch.randperm(400).split(50):
        opt.zero_grad()
        loss_fn(model(x[rows]), y[rows]).backward()
        opt.step()
print(loss_fn(model(x), y).item())
