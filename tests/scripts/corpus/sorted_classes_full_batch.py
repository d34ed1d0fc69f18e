import numpy as np
rng=np.random.default_rng(1)
X=np.concatenate([rng.normal(size=(60,2))-1.5,rng.normal(size=(60,2))+1.5]); Y=np.repeat([[0.],[1.]],60,axis=0)

W1=rng.normal(size=(2,6))/np.sqrt(2); b1=np.zeros(6); W2=rng.normal(size=(6,1))/np.sqrt(6); b2=np.zeros(1)
for ep in range(600):
    for i in range(0,len(X),120):
        x,t=X[i:i+120],Y[i:i+120]
        z1=x@W1+b1; h=np.tanh(z1); z2=h@W2+b2; o=1/(1+np.exp(-z2))
        d=(o-t)/len(x); dh=d@W2.T*(1-h*h)
        W2-=1.0*h.T@d; b2-=1.0*d.sum(0); W1-=1.0*x.T@dh; b1-=1.0*dh.sum(0)
    if ep%10==0: print(ep,np.mean((o-t)**2))
