import torch, torch.nn as nn
torch.manual_seed(0)
x = torch.randn(128, 8, 1); y = x.mean(1)
class M(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.LSTM(1, 12, batch_first=True); s.f = nn.Linear(12, 1)
    def forward(s, x): return s.f(s.l(x)[0][:, -1, :])
m = M(); o = torch.optim.Adam(m.parameters(), 0.01); c = nn.MSELoss()
for e in range(60):
    l = c(m(x), y); l.backward(); o.step()
print(l.item())
