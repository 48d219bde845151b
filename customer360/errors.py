"""The one error that is meant for people."""


class UserError(Exception):
    """Something the person at the keyboard can put right.

    The command line prints the message as one line, without a traceback, and
    exits with code 2. The message says what is wrong and what to do about it,
    and never quotes a value that could be personal data.
    """
