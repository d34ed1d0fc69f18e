import torch
import torch.nn as nn

torch.manual_seed(34)
x = torch.randn(50, 3)
y = x[:, :1]
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    pred = model(x).detach()
    loss = ((pred - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
