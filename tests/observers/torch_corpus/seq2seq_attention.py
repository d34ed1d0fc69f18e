import torch, torch.nn as nn
torch.manual_seed(0)
src = torch.randint(1, 8, (300, 5)); tgt = src.flip(1)
class S2S(nn.Module):
    def __init__(s):
        super().__init__(); s.e = nn.Embedding(8, 24); s.p = nn.Parameter(torch.randn(5, 24) * .1)
        s.a = nn.MultiheadAttention(24, 2, batch_first=True); s.q = nn.Parameter(torch.randn(5, 24) * .5); s.o = nn.Linear(24, 8)
    def forward(s, t):
        k = s.e(t) + s.p
        h, _ = s.a(s.q.expand(len(t), -1, -1), k, k)
        return s.o(h)
m = S2S(); opt = torch.optim.Adam(m.parameters(), lr=0.01)
for ep in range(20):
    for i in torch.randperm(300).split(50):
        l = nn.functional.cross_entropy(m(src[i]).transpose(1, 2), tgt[i]); opt.zero_grad(); l.backward(); opt.step()
print(l.item())
