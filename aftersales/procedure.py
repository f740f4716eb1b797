"""The numbers of the chapter."""


def register() -> None:
    """Nothing yet."""
