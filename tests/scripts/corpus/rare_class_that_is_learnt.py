import numpy as np
rng=np.random.default_rng(13)
n=300; y=(np.arange(n)<15); X=rng.normal(size=(n,2))+np.where(y,6,0)[:,None]; Y=y[:,None]*1.0

W1=rng.normal(size=(2,8))/np.sqrt(2); b1=np.zeros(8); W2=rng.normal(size=(8,1))/np.sqrt(8); b2=np.zeros(1)
for ep in range(100):
    p=rng.permutation(len(X))
    X,Y=X[p],Y[p]
    for i in range(0,len(X),16):
        x,t=X[i:i+16],Y[i:i+16]
        z1=x@W1+b1; h=np.tanh(z1); z2=h@W2+b2; o=1/(1+np.exp(-z2))
        d=(o-t)/len(x); dh=d@W2.T*(1-h*h)
        W2-=0.5*h.T@d; b2-=0.5*d.sum(0); W1-=0.5*x.T@dh; b1-=0.5*dh.sum(0)
    if ep%10==0: print(ep,np.mean((o-t)**2))
