import torch
import torch.nn as nn

torch.manual_seed(21)
users, items = torch.randint(0, 20, (600,)), torch.randint(0, 15, (600,))
u, v = torch.randn(20, 2), torch.randn(15, 2)
ratings = (u[users] * v[items]).sum(1)


class MF(nn.Module):
    def __init__(self):
        super().__init__()
        self.u = nn.Embedding(20, 4)
        self.v = nn.Embedding(15, 4)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, a, b):
        return (self.u(a) * self.v(b)).sum(1) + self.bias


mf = MF()
opt1 = torch.optim.Adam([*mf.u.parameters(), *mf.v.parameters()], lr=0.03)
opt2 = torch.optim.SGD([mf.bias], lr=0.01)
for epoch in range(40):
    for rows in torch.randperm(600).split(60):
        opt1.zero_grad()
        opt2.zero_grad()
        loss = ((mf(users[rows], items[rows]) - ratings[rows]) ** 2).mean()
        loss.backward()
        opt1.step()
        opt2.step()
print(loss.item())
