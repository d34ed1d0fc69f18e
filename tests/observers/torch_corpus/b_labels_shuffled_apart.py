import torch
import torch.nn as nn

torch.manual_seed(30)
x = torch.randn(400, 3)
y = (x[:, 0] - x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for k in range(10):
        xb = x[torch.randperm(400)[:40]]
        yb = y[torch.randperm(400)[:40]]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
print(loss.item())
