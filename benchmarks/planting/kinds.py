"""The slips that can be planted, and the names under which a report may rightly speak of them."""

from __future__ import annotations

_ARGUMENT = "activation-derivative-wrong-argument"
_OTHER = "wrong-activation-derivative"
_MISSING = "missing-activation-derivative"
_OPERAND = "wrong-operand-in-chain"
_DROPPED = "upstream-gradient-dropped"
_TRANSPOSED = "transposed-gradient"
_BIAS = "bias-gradient-wrong"
_LOSS = "wrong-loss-derivative"
_ERROR = "missing-error-term"
_SOFTMAX = "softmax-gradient-wrong"
_DECAY = "weight-decay-gradient-wrong"
_PRINTED = "loss-computed-wrongly"
_VARIABLE = "update-wrong-variable"
_AVERAGED = "batch-gradient-not-averaged"

# The first name is the one of the mistake; the others say the same where the two cannot be told apart.
KINDS: dict[str, tuple[str, ...]] = {
    "argument": (_ARGUMENT,),
    "formula_argument": (_ARGUMENT,),
    "missing": (_MISSING,),
    "output_missing": (_MISSING, _LOSS, _PRINTED),  # a sigmoid's or softmax's a - y is the gradient of cross-entropy
    "twice": (_OTHER,),
    "function": (_OTHER,),
    "other_function": (_OTHER,),
    "formula_function": (_OTHER,),
    "formula_other": (_OTHER,),
    "formula_twice": (_OTHER,),
    "neighbour": (_OPERAND,),
    "summed_units": (_OPERAND,),
    "link_missing": (_DROPPED,),
    "link_summed": (_DROPPED,),
    "link_transposed": (_TRANSPOSED,),
    "link_error": (_OPERAND,),
    "link_other_layer": (_OPERAND,),
    "link_updated": ("weights-updated-before-used",),
    "input_sum": (_OPERAND,),
    "input_own": (_OPERAND,),
    "input_network": (_OPERAND,),
    "input_missing": (_OPERAND,),
    "delta_error": (_OPERAND, _MISSING),  # the gradient of these weights lacks f'(z): the two are one
    "gradient_transposed": (_TRANSPOSED,),
    "bias_mean": (_BIAS,),
    "bias_all": (_BIAS,),
    "bias_last": (_BIAS,),
    "bias_first": (_BIAS,),
    "bias_error": (_BIAS, _MISSING),
    "bias_factor": (_BIAS, "constant-factor-only"),
    "error_squared": (_LOSS,),
    "error_absolute": (_LOSS,),
    "error_sign": (_LOSS, _PRINTED),  # the exact gradient of the absolute error
    "error_plus": (_LOSS, _SOFTMAX),  # at a softmax delta is a + y
    "error_other_loss": (_LOSS, _PRINTED, _SOFTMAX),
    "error_half": (_LOSS,),
    "error_prediction": (_ERROR,),
    "error_target": (_ERROR,),
    "error_one": (_ERROR,),
    "softmax_diagonal": (_SOFTMAX,),
    "softmax_on_top": (_SOFTMAX,),
    "sign_all": ("wrong-sign-update",),
    "sign": ("wrong-sign-update",),
    "sign_delta": ("wrong-sign-update",),
    "factor": ("constant-factor-only", _AVERAGED, _BIAS),
    "never": ("parameter-never-updated",),
    "bias_never": ("parameter-never-updated",),
    "bias_sign": ("wrong-sign-update",),
    "no_error": (_ERROR, "parameter-never-updated"),
    "assigns": ("update-assigns-instead-of-subtracts",),
    "assigns_minus": ("update-assigns-instead-of-subtracts",),
    "other_gradient": (_VARIABLE, _OPERAND),
    "other_variable": (_VARIABLE,),
    "stale": ("stale-parameters",),
    "decay_missing": (_DECAY,),
    "decay_twice": (_DECAY,),
    "decay_sign": (_DECAY,),
    "not_reset": ("accumulator-not-reset",),
    "overwritten": ("gradient-overwritten-not-accumulated",),
    "moment_not_squared": ("optimizer-formula-wrong",),
    "root_missing": ("optimizer-formula-wrong",),
    "momentum_sign": ("optimizer-formula-wrong", "wrong-sign-update"),
    "overwritten_units": ("gradient-overwritten-not-accumulated", _ERROR),
    "sign_Wxh": ("wrong-sign-update",),
    "sign_Whh": ("wrong-sign-update",),
    "sign_Why": ("wrong-sign-update",),
    "sign_bh": ("wrong-sign-update",),
    "sign_by": ("wrong-sign-update",),
    "truncated": ("bptt-truncated",),
}
OPEN = "open_"  # begins the kinds that are in no table: they must get no name
