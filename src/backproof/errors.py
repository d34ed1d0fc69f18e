"""The errors that a user can act on: each message shows the offending value and says what to do."""


class BackproofError(Exception):
    """A problem that is told in one line, without a traceback of ours."""


class UsageError(BackproofError):
    """What was asked for cannot be done as asked: a missing script, an unknown rule, a wrong option."""


class UnknownRule(UsageError):
    """A rule name that does not exist; the message names the closest ones."""
