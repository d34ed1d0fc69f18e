import numpy as np
rng=np.random.default_rng(13)
n=400; y=(np.arange(n)<16)*1.0; X=rng.normal(size=(n,2))+1.2*y[:,None]

w=np.zeros(2); b=0.
for i in range(500):
    p=1/(1+np.exp(-(X@w+b))); w-=0.1*X.T@(p-y)/n; b-=0.1*np.mean(p-y)
print(np.mean((p>.5)==y))
