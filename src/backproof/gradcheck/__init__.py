"""The gradient checker: numerical gradients, comparison, and the search for the mistake in a wrong one."""
