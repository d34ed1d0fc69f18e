"""The network engine: feed-forward networks whose backpropagation can be read like the textbook."""

from backproof.nn.activations import ACTIVATIONS
from backproof.nn.initializers import INITIALIZERS
from backproof.nn.layers import Dense, Dropout, Layer, Residual
from backproof.nn.losses import LOSSES
from backproof.nn.network import Network
from backproof.nn.normalization import BatchNorm, LayerNorm
from backproof.nn.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Momentum, Nesterov, RMSprop
from backproof.nn.plots import plot_fit, plot_history
from backproof.nn.saving import BrokenFile, load
from backproof.nn.schedules import Constant, Cosine, Exponential, Steps, Warmup
from backproof.nn.second_order import LBFGS, LevenbergMarquardt
from backproof.nn.settings import EarlyStopping, Settings

__all__ = [
    "ACTIVATIONS", "INITIALIZERS", "LBFGS", "LOSSES", "OPTIMIZERS", "SGD", "Adam", "AdamW", "BatchNorm", "BrokenFile",
    "Constant", "Cosine", "Dense", "Dropout", "EarlyStopping", "Exponential", "Layer", "LayerNorm",
    "LevenbergMarquardt", "Momentum", "Nesterov", "Network", "RMSprop", "Residual", "Settings", "Steps", "Warmup",
    "load", "plot_fit", "plot_history",
]  # fmt: skip
