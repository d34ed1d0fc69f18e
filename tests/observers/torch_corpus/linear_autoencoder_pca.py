import torch
import torch.nn as nn

torch.manual_seed(8)
data = torch.randn(300, 2) @ torch.randn(2, 10) + 0.05 * torch.randn(300, 10)
model = nn.Sequential(nn.Linear(10, 2, bias=False), nn.Linear(2, 10, bias=False))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(400):
    optimizer.zero_grad()
    loss = ((model(data) - data) ** 2).mean()
    loss.backward()
    optimizer.step()
print(loss.item())
