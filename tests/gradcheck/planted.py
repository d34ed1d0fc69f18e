"""Edits that plant a mistake in a correct program."""

from dataclasses import replace

from tests.gradcheck.correct_programs import PROGRAMS


def edited(name, edits):
    """A program with some of its text replaced."""
    source = PROGRAMS[name].source
    for old, new in edits:
        assert old in source, (name, old)
        source = source.replace(old, new)
    return replace(PROGRAMS[name], source=source)


WRONG_ARGUMENT = "activation-derivative-wrong-argument"
MISSING = "missing-activation-derivative"
OTHER = "wrong-activation-derivative"
OPERAND = "wrong-operand-in-chain"
DROPPED = "upstream-gradient-dropped"
TRANSPOSED = "transposed-gradient"
UPDATED = "weights-updated-before-used"
BIAS = "bias-gradient-wrong"
LOSS = "wrong-loss-derivative"
NO_ERROR = "missing-error-term"
SIGN = "wrong-sign-update"
FACTOR = "constant-factor-only"
NEVER = "parameter-never-updated"
DECAY = "weight-decay-gradient-wrong"
SOFT = "softmax-gradient-wrong"
OVERWRITTEN = "gradient-overwritten-not-accumulated"
SUMMED = "batch-gradient-not-averaged"

# Program, edits (old, new), and the rules that must be named, no others.
PLANTED = [
    ("rows", [("sigmoid_deriv(z3)", "sigmoid_deriv(a3)")], {WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid_deriv(a2)")], {WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z1)", "sigmoid_deriv(a1)")], {WRONG_ARGUMENT}),
    ("rows",
     [("sigmoid_deriv(z1)", "sigmoid_deriv(a1)"), ("sigmoid_deriv(z2)", "sigmoid_deriv(a2)")],
     {WRONG_ARGUMENT}),
    ("rows", [("sigmoid(x) * (1 - sigmoid(x))", "x * (1 - x)")], {WRONG_ARGUMENT}),
    ("rows", [(" * sigmoid_deriv(z3)", "")], {LOSS}),  # the exact gradient of cross-entropy: a note
    ("rows", [(" * sigmoid_deriv(z2)", "")], {MISSING}),
    ("rows", [(" * sigmoid_deriv(z1)", "")], {MISSING}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid(z2)")], {OTHER}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid_deriv(z2) ** 2")], {OTHER}),
    ("rows", [("sigmoid_deriv(z2)", "(1 - a2 ** 2)")], {OTHER}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid_deriv(z1)")], {OPERAND}),
    ("rows", [("e2 = d3 @", "e2 = error @")], {OPERAND}),
    ("rows", [("e1 = d2 @", "e1 = e2 @")], {OPERAND}),
    ("rows", [("gW2 = a1.T", "gW2 = a2.T")], {OPERAND}),
    ("rows", [("gW2 = a1.T", "gW2 = z1.T")], {OPERAND}),
    ("rows", [("gW3 = a2.T", "gW3 = z2.T"), ("gW2 = a1.T", "gW2 = z1.T")], {OPERAND}),
    ("rows", [("gW2 = a1.T @ d2", "gW2 = a1.T @ e2")], {MISSING}),
    ("rows", [('e1 = d2 @ p["W2"].T', 'e1 = d2 @ p["W2"]')], {TRANSPOSED}),
    ("rows", [('e1 = d2 @ p["W2"].T', "e1 = d2")], {DROPPED}),
    ("rows", [("    error = a3 - y", "    error = y - a3")], {SIGN}),
    ("rows", [('p["W2"] -=', 'p["W2"] +=')], {SIGN}),
    ("rows", [('p["b2"] -=', 'p["b2"] +=')], {SIGN}),
    ("rows", [("d2 = e2", "d2 = -e2")], {SIGN}),
    ("rows", [("gb2 = d2.sum(axis=0)", "gb2 = d2.mean(axis=0)")], {BIAS}),
    ("rows", [("gb2 = d2.sum(axis=0)", "gb2 = e2.sum(axis=0)")], {BIAS}),
    ("rows", [("gb2 = d2.sum(axis=0)", "gb2 = d2.sum()")], {BIAS}),
    ("rows",
     [("gb3 = d3.sum", "gb3 = d3.mean"), ("gb2 = d2.sum", "gb2 = d2.mean"), ("gb1 = d1.sum", "gb1 = d1.mean")],
     {BIAS}),
    ("rows", [("error = a3 - y", "error = (a3 - y) ** 2")], {LOSS}),
    ("rows", [("error = a3 - y", "error = abs(a3 - y)")], {LOSS}),
    ("rows", [("error = a3 - y", "error = a3")], {NO_ERROR}),
    ("rows", [("d3 = error * sigmoid_deriv(z3)", "d3 = sigmoid_deriv(z3)")], {NO_ERROR}),
    ("rows", [('    p["W2"] -= 0.1 * gW2\n', "")], {NEVER}),
    ("rows", [('0.1 * gW2', '(0.1 * gW2 + 0.003 * p["W2"])')], {DECAY}),
    ("rows", [("0.1 * gW2", "0.2 * gW2")], {FACTOR}),
    ("rows", [("    gW3 =", '    p["W2"] -= 0.0 * d2.sum()\n    gW3 =')], set()),
    ("rows",
     [('    e2 = d3', '    p["W3"] -= 0.1 * (a2.T @ d3)\n    e2 = d3'), ('    p["W3"] -= 0.1 * gW3\n', "")],
     {UPDATED}),
    ("columns", [("1 - np.power(A1, 2)", "1 - np.power(Z1, 2)")], {WRONG_ARGUMENT}),
    ("columns", [("1 - np.power(A1, 2)", "1 - np.tanh(A1) ** 2")], {WRONG_ARGUMENT}),
    ("columns", [("(1 - np.power(A1, 2))", "A1 * (1 - A1)")], {OTHER}),
    ("columns", [(" * (1 - np.power(A1, 2))", "")], {MISSING}),
    ("columns", [("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)")], {LOSS}),
    ("columns", [("dZ2 = A2 - Y", "dZ2 = Y - A2")], {SIGN}),
    ("columns", [("dZ1, axis=1, keepdims=True) / m", "dZ1, axis=1, keepdims=True)")], {BIAS}),
    ("columns", [("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T)")], {SUMMED}),
    ("columns", [("np.dot(dZ2, A1.T)", "np.dot(dZ2, Z1.T)")], {OPERAND}),
    ("softmax", [("    dhidden = dhidden * (hidden > 0)\n", "")], {MISSING}),
    ("softmax", [("(probs - Y) / len(X)", "(probs - Y) * probs * (1 - probs) / len(X)")], {SOFT}),
    ("softmax", [("(probs - Y)", "(Y - probs)")], {SIGN}),
    ("softmax", [("dhidden * (hidden > 0)", "dhidden * (dhidden > 0)")], {OTHER}),
    ("softmax", [("dhidden * (hidden > 0)", "dhidden * hidden")], {OTHER}),
    ("softmax", [('dW1 = X.T @ dhidden', 'dW1 = X.T @ dhidden + 0.01 * p["W1"]')], {DECAY}),
    ("softmax", [("db1 = np.sum(dhidden, axis=0)", "db1 = np.mean(dhidden, axis=0)")], {BIAS}),
    ("vectors", [("* tanh_prime(z)", "* tanh_prime(h)")], {WRONG_ARGUMENT}),
    ("vectors", [("1 - np.tanh(z) ** 2", "1 - z ** 2")], {WRONG_ARGUMENT}),
    ("vectors", [(" * tanh_prime(z)", "")], {MISSING}),
    ("vectors", [('delta * p["v"] * tanh_prime(z)', 'delta * tanh_prime(z)')], {DROPPED}),
    ("vectors", [('delta * p["v"] * tanh_prime(z)', 'delta * np.dot(p["v"], tanh_prime(z)) * np.ones(5)')], {OPERAND}),
    ("vectors", [("grad_v = delta * h", "grad_v = delta * z")], {OPERAND}),
    ("vectors", [("delta = out - y", "delta = y - out")], {SIGN}),
    ("vectors", [("delta = out - y", "delta = (out - y) ** 2")], {LOSS}),
    ("vectors", [("0.05 * delta_h", "0.5 * delta_h")], {BIAS}),
    ("loops", [("y * (1.0 - y)", "sigmoid(y) * (1.0 - sigmoid(y))")], {WRONG_ARGUMENT}),
    ("loops", [("y * (1.0 - y)", "1.0 - y ** 2")], {OTHER}),
    ("loops", [("hd[j] = dsigmoid(ah[j]) * e", "hd[j] = e")], {MISSING}),
    ("loops", [("e = target[k] - ao[k]", "e = ao[k] - target[k]")], {SIGN}),
    ("loops", [("e + od[k] * wo[j][k]", "e + od[k]")], {DROPPED}),
    ("loops", [("hd[j] * inp[i]", "hd[j] * ah[j]")], {OPERAND}),
    ("loops", [("hd[j] * inp[i]", "hd[j]")], {OPERAND}),
    ("chain", [("a2 * (1 - a2) * x", "sigma(a2) * (1 - sigma(a2)) * x")], {WRONG_ARGUMENT}),
    ("chain", [("a2 * (1 - a2) * x", "z2 * (1 - z2) * x")], {WRONG_ARGUMENT}),
    ("chain", [("* a2 * (1 - a2) * x", "* x")], {MISSING}),
    ("chain", [('d3 * p["w3"] * a2', "d3 * a2")], {DROPPED}),
    ("chain", [('g2 = d3 * p["w3"]', 'g2 = 2 * (a3 - y) * p["w3"]')], {OPERAND}),
    ("chain", [("* (1 - a2) * x", "* (1 - a2)")], {OPERAND}),
    ("chain", [("2 * (a3 - y)", "2 * (y - a3)")], {SIGN}),
    ("chain", [("2 * (a3 - y) * (a3", "(a3 - y) ** 2 * (a3")], {LOSS}),
    ("absorbed", [("l2_error * nonlin(l2, deriv=True)", "l2_error")], {LOSS}),
    ("absorbed", [("l1_error * nonlin(l1, deriv=True)", "l1_error")], {MISSING}),
    ("absorbed", [("l2_delta.dot", "l2_error.dot")], {OPERAND}),
    ("absorbed", [('nonlin(l1, deriv=True)', 'nonlin(np.dot(l0, p["syn0"]), deriv=True)')], {WRONG_ARGUMENT}),
    ("absorbed", [("l2_error = y - l2", "l2_error = l2 - y")], {SIGN}),
    ("absorbed", [('p["syn1"] +=', 'p["syn1"] -=')], {SIGN}),
    ("absorbed",
     [('    p["syn1"] += l1.T.dot(l2_delta)\n', ""),
      ("    l1_error", '    p["syn1"] += l1.T.dot(l2_delta)\n    l1_error')],
     {UPDATED}),
    ("samples", [("sp = sigmoid_prime(zs[-l])", "sp = sigmoid_prime(activations[-l])")], {WRONG_ARGUMENT}),
    ("samples", [("sp = sigmoid_prime(zs[-l])", "sp = 1.0")], {MISSING}),
    ("samples", [("(activations[-1] - y)", "(y - activations[-1])")], {SIGN}),
    ("samples", [('nabla[f"b{3 - l}"] = delta', 'nabla[f"b{3 - l}"] = -delta')], {SIGN}),
    ("samples", [("np.dot(delta, activations[-l - 1].T)", "np.dot(delta, (zs[-l - 1] if l < 3 else x).T)")], {OPERAND}),
    ("samples", [('for name, value in total.items():', 'for name, value in nabla.items():')], {OVERWRITTEN}),
    ("matrix", [("np.multiply(delta2 * p[\"W2\"].T, 1 - np.power(a1, 2))", 'delta2 * p["W2"].T')], {MISSING}),
    ("matrix", [("np.power(a1, 2))", "np.power(z1, 2))")], {WRONG_ARGUMENT}),
    ("matrix", [("delta2 = out - y", "delta2 = y - out")], {SIGN}),
    ("leaky", [("act_deriv(z1)", "(z1 > 0)")], {OTHER}),
    ("leaky", [(" * act_deriv(z2)", "")], {MISSING}),
    ("leaky", [('d2 @ p["W2"].T', 'd2 @ p["W2"]')], {TRANSPOSED}),
    ("leaky", [('d2 @ p["W2"].T', "d2")], {DROPPED}),
]  # fmt: skip

PAIRS = [
    ("rows",
     [("sigmoid_deriv(z1)", "sigmoid_deriv(a1)"), ('e1 = d2 @ p["W2"].T', 'e1 = d2 @ p["W2"]')],
     {WRONG_ARGUMENT, TRANSPOSED}),
    ("rows", [("error = a3 - y", "error = y - a3"), (" * sigmoid_deriv(z1)", "")], {SIGN, MISSING}),
    ("rows", [("error = a3 - y", "error = (a3 - y) ** 2"), ("gW2 = a1.T", "gW2 = a2.T")], {LOSS, OPERAND}),
    ("rows", [("gb2 = d2.sum", "gb2 = d2.mean"), ("sigmoid_deriv(z3)", "sigmoid_deriv(a3)")], {BIAS, WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid(z2)"), ("e2 = d3 @", "e2 = error @")], {OTHER, OPERAND}),
    ("columns",
     [("dZ2 = A2 - Y", "dZ2 = Y - A2"), ("1 - np.power(A1, 2)", "1 - np.power(Z1, 2)")],
     {SIGN, WRONG_ARGUMENT}),
    ("softmax", [("(hidden > 0)", "hidden"), ("db2 = np.sum", "db2 = np.mean")], {OTHER, BIAS}),
    ("vectors",
     [("delta = out - y", "delta = y - out"), ("* tanh_prime(z)", "* tanh_prime(h)")],
     {SIGN, WRONG_ARGUMENT}),
    ("vectors", [('* p["v"] * tanh_prime(z)', "* tanh_prime(h)")], {DROPPED, WRONG_ARGUMENT}),
    ("loops",
     [("hd[j] = dsigmoid(ah[j]) * e", "hd[j] = e"), ("target[k] - ao[k]", "ao[k] - target[k]")],
     {MISSING, SIGN}),
    ("loops",
     [("e + od[k] * wo[j][k]", "e + od[k]"), ("dsigmoid(ah[j])", "dsigmoid(sigmoid(ah[j]))")],
     {DROPPED, WRONG_ARGUMENT}),
    ("absorbed",
     [("l2_delta.dot", "l2_error.dot"), ("l1_error * nonlin(l1, deriv=True)", "l1_error")],
     {OPERAND, MISSING}),
    ("samples",
     [("zs[-l])", "activations[-l])"), ("(activations[-1] - y)", "(y - activations[-1])")],
     {WRONG_ARGUMENT, SIGN}),
    ("leaky", [("act_deriv(z1)", "(z1 > 0)"), ('d2 @ p["W2"].T', 'd2 @ p["W2"]')], {OTHER, TRANSPOSED}),
]  # fmt: skip

# What no table holds: it must not get a name.
OPEN_WORLD = [
    ("rows",
     [("d2 = e2 * sigmoid_deriv(z2)",
       "d2 = e2 * sigmoid_deriv(z2) * (1 + .1 * np.sin(7 * np.arange(24).reshape(6, 4)))")]),
    ("rows", [("d3 = error * sigmoid_deriv(z3)","d3 = error * sigmoid_deriv(z3) + .01")]),
    ("rows", [("d3 = error * sigmoid_deriv(z3)","d3 = np.clip(error * sigmoid_deriv(z3), -.05, .05)")]),
    ("rows", [("d1 = e1 * sigmoid_deriv(z1)","d1 = e1 * np.cos(z1)")]),
    ("rows", [("d2 = e2 * sigmoid_deriv(z2)","d2 = e2 * np.cos(z2)")]),
    ("rows", [("d2 = e2 * sigmoid_deriv(z2)","d2 = e2 * sigmoid_deriv(z2) * (np.arange(6) % 2)[:, None]")]),
    ("rows", [('e1 = d2 @ p["W2"].T','e1 = d2 @ p["W2"].T[:, ::-1]')]),
    ("rows", [('e2 = d3 @ p["W3"].T','e2 = d3 @ p["W3"].T[::-1]')]),
    ("rows", [("gW2 = a1.T @ d2","gW2 = a1.T @ d2 * (1 + .01 * np.cos(np.arange(16).reshape(4, 4)))")]),
    ("rows", [("gb1 = d1.sum(axis=0)","gb1 = d1[::2].sum(axis=0)")]),
    ("rows", [("gW3 = a2.T @ d3","gW3 = a2.T @ d3 + 0.01")]),
    ("rows", [("sigmoid_deriv(z2)","(sigmoid_deriv(z2) + 0.1)")]),
    ("rows", [("sigmoid_deriv(z2)","sigmoid_deriv(3 * z2)")]),
    ("columns", [("1 - np.power(A1, 2)","1 - np.power(A1, 3)")]),
    ("columns", [("dZ2 = A2 - Y","dZ2 = A2 - 0.9 * Y")]),
    ("columns", [("dZ2 = A2 - Y","dZ2 = np.tanh(A2 - Y)")]),
    ("softmax", [("dhidden * (hidden > 0)","dhidden * (hidden > 0.5)")]),
    ("softmax", [("(probs - Y)","(probs - Y) ** 3")]),
    ("vectors", [("delta_h = delta * p","delta_h = (delta + 0.1) * p")]),
    ("vectors", [("np.outer(delta_h, x)","np.outer(delta_h, np.roll(x, 1))")]),
    ("vectors", [("tanh_prime(z)\n    grad","(tanh_prime(z) + tanh_prime(h)) / 2\n    grad")]),
    ("vectors", [("delta = out - y","delta = np.exp(out) - np.exp(y)")]),
    ("chain", [("a2 * (1 - a2) * x","a2 * (2 - a2) * x")]),
    ("chain", [("a2 * (1 - a2) * x","a2 * (1 - a2) * (x + 1)")]),
    ("chain", [("2 * (a3 - y) * (a3","2 * (a3 - y + 0.1) * (a3")]),
    ("chain", [("g3 = d3 * a2","g3 = d3 * (a2 + x)")]),
    ("chain", [("g3 = d3 * a2","g3 = d3 * a2 * a3")]),
    ("loops", [("hd[j] * inp[i]","hd[j] * inp[1 - i]")]),
    ("loops", [("e + od[k] * wo[j][k]","e + od[k] * wo[(j + 1) % 3][k]")]),
    ("absorbed", [("l1_error * nonlin(l1, deriv=True)","l1_error + nonlin(l1, deriv=True)")]),
    ("absorbed", [("l2_error = y - l2","l2_error = y - l2 + l1.sum()")]),
    ("samples", [("sp = sigmoid_prime(zs[-l])","sp = sigmoid_prime(zs[-l]) ** 3")]),
    ("matrix", [("1 - np.power(a1, 2)","1 - np.power(a1, 4)")]),
    ("leaky", [("act_deriv(z2)","act_deriv(z2 - 1)")]),
    ("leaky", [("2 * (out - y) / out.size","2 * np.sign(out - y) * np.sqrt(abs(out - y))")]),
]  # fmt: skip
