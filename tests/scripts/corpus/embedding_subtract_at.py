import numpy as np

reviews = ["good great fun", "bad awful boring", "great lovely fun", "boring bad dull", "lovely good warm",
           "awful dull cold", "fun warm great", "cold boring awful"]
labels = np.array([1, 0, 1, 0, 1, 0, 1, 0], dtype=float)
lexicon = {w: i for i, w in enumerate(sorted({w for r in reviews for w in r.split()}))}
tokens = np.array([[lexicon[w] for w in r.split()] for r in reviews])

rs = np.random.RandomState(5)
table = rs.normal(scale=0.2, size=(len(lexicon), 4))
coef = rs.normal(scale=0.2, size=4)
intercept = 0.0
step = 0.5
for epoch in range(150):
    pooled = table[tokens].sum(axis=1)
    prob = 1 / (1 + np.exp(-(pooled @ coef + intercept)))
    bce = -np.mean(labels * np.log(prob) + (1 - labels) * np.log(1 - prob))
    err = (prob - labels) / len(labels)
    d_coef = pooled.T @ err
    d_pooled = np.outer(err, coef)
    np.subtract.at(table, tokens, step * d_pooled[:, None, :])
    coef = coef - step * d_coef
    intercept = intercept - step * err.sum()
    if epoch % 30 == 0:
        print("epoch %3d bce %.4f" % (epoch, bce))
print("bce %.4f accuracy %.2f" % (bce, ((prob > .5) == labels).mean()))
