import torch
import torch.nn as nn

torch.manual_seed(23)
x = torch.rand(256, 2) * 4 - 2
y = torch.sin(x[:, :1] * 2) + torch.cos(x[:, 1:] * 2)
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
for m in model:
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.1)
        nn.init.zeros_(m.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(400):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
