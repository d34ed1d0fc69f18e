"""What a wrong forward pass may bring about: consequences that the rules on it explain."""

from __future__ import annotations

# Findings of what happens while such a network trains, and of what comes out of it.
IN_TRAINING = frozenset(
    {
        *("plateau", "vanishing-gradients", "exploding-gradients", "saturated-units", "dead-relu", "loss-oscillates"),
        *("learning-rate-too-high", "learning-rate-too-low", "too-few-iterations", "model-too-small", "overfitting"),
        *("init-too-large", "init-too-small", "regularisation-too-strong", "derivative-rounds-to-zero"),
        *("numeric-overflow", "non-finite-values", "loss-computed-wrongly", "unscaled-inputs", "missing-bias"),
        *("output-range-cannot-reach-target",),
    }
)
# What the gradient checker calls steps that were written for another function or other shapes.
IN_STEPS = frozenset(
    {
        *("unexplained-wrong-gradient", "wrong-loss-derivative", "softmax-gradient-wrong", "wrong-sign-update"),
        *("missing-activation-derivative", "wrong-activation-derivative", "activation-derivative-wrong-argument"),
        *("wrong-operand-in-chain", "transposed-gradient", "bias-gradient-wrong", "upstream-gradient-dropped"),
        *("constant-factor-only",),
    }
)
