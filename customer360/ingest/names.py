"""Names of files and columns, which anybody may have chosen."""


def shown(name: str) -> str:
    """A name as one line that any terminal can show, and any database keep."""
    return name if name.isprintable() else ascii(name)[1:-1]
