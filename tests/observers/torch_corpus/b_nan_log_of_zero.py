import torch
import torch.nn as nn

torch.manual_seed(31)
labels = torch.randint(0, 3, (150,))
x = (torch.randn(150, 3) + 3 * torch.eye(3)[labels]) * 60
model = nn.Linear(3, 3)
opt = torch.optim.SGD(model.parameters(), lr=1.0)
for epoch in range(30):
    p = torch.softmax(model(x), dim=1)
    loss = -(torch.eye(3)[labels] * torch.log(p)).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
