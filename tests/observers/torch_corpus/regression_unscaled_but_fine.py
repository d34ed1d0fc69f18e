import torch
import torch.nn as nn

torch.manual_seed(31)
x = torch.rand(300, 2)
y = 200 + 100 * x[:, :1] - 50 * x[:, 1:]
model = nn.Linear(2, 1)
opt = torch.optim.Adam(model.parameters(), lr=1.0)
for step in range(1500):
    opt.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    opt.step()
print(loss.item())
