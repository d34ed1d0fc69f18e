import numpy as np
rng=np.random.default_rng(0)

X=rng.normal(size=(60,2)); y=X@np.array([1.,2])+.5; X[17,1]=np.nan
m=np.nanmean(X,axis=0); X=np.where(np.isnan(X),m,X)
w=np.zeros(2); b=0.
for i in range(300):
    e=X@w+b-y; w-=0.1*X.T@e/60; b-=0.1*e.mean()
print(w)
