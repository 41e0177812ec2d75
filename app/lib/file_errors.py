"""What is said of a file that cannot be taken. Apart, since whoever looks a file through loads nothing more."""


class BadFile(ValueError):
    """The file is not one that can be taken; the message says why, to whoever sent it."""
