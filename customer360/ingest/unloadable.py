"""The error of one file, as opposed to one record."""

from customer360.errors import UserError


class UnloadableFile(UserError):
    """The file as a whole can't be loaded; the message says why, and what to do.

    It is part of a sentence that begins with the file's name, and quotes nothing
    of the file but names of columns.
    """
