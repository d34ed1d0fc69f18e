import torch
import torch.nn as nn

torch.manual_seed(15)
x = torch.randn(200, 3)
y = x[:, :1] - x[:, 1:2]


def build():
    return nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))


model = build()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
model = build()
for epoch in range(100):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
