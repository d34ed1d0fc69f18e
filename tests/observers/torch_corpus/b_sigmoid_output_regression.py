import torch
import torch.nn as nn

torch.manual_seed(8)
x = torch.randn(300, 3)
y = 20 + 5 * x[:, :1] - 3 * x[:, 1:2]
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loss_fn = nn.MSELoss()
for epoch in range(300):
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
