import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(27)
centers = torch.randint(0, 30, (2000,))
contexts = (centers + torch.randint(1, 3, (2000,))) % 30
emb_in, emb_out = nn.Embedding(30, 8), nn.Embedding(30, 8)
opt = torch.optim.Adam([*emb_in.parameters(), *emb_out.parameters()], lr=0.02)
for epoch in range(6):
    for rows in torch.randperm(2000).split(100):
        c, o = emb_in(centers[rows]), emb_out(contexts[rows])
        neg = emb_out(torch.randint(0, 30, (len(rows), 4)))
        pos_score = F.logsigmoid((c * o).sum(1))
        neg_score = F.logsigmoid(-(neg @ c.unsqueeze(2)).squeeze(2)).sum(1)
        loss = -(pos_score + neg_score).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
