import torch
import torch.nn as nn

torch.manual_seed(15)
x = torch.randn(400, 2)
y = ((x ** 2).sum(1) < 1.4).float().unsqueeze(1)
model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(30):
    for rows in torch.randperm(400).split(40):
        optimizer.zero_grad()
        loss_fn(model(x[rows]), y[rows]).backward()
        optimizer.step()
with torch.no_grad():
    print((((model(x) > 0).float() == y).float().mean()).item())
