"""Names that stand in place of an operation where no operation was seen to make a value NaN or infinite."""

UNRECORDED = "between two recorded moments"  # nobody looked
UNNAMED = "a step of the training"  # looked at, and no operation in it is known to make such values of finite numbers
UNSEEN = frozenset({UNRECORDED, UNNAMED})
