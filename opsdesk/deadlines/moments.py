"""When a clock next needs looking at."""

# Shares of the allowed time at which a clock warns, in percent.
WARN_AT = (50, 80)


def warning(percent: int, *, due: str, allowed: str) -> str:
    """The moment of a warning, as SQL; `due` and `allowed` (seconds) are SQL too."""
    return f"{due} - make_interval(secs => {allowed} * {(100 - percent) / 100})"


def next_step(*, due: str, allowed: str) -> str:
    """The first warning still ahead of the parameter `at`, else the due time, as SQL."""
    steps = [warning(percent, due=due, allowed=allowed) for percent in WARN_AT]
    ahead = " ".join(f"WHEN %(at)s < {step} THEN {step}" for step in steps)
    return f"CASE {ahead} ELSE {due} END"


def last_warning(*, due: str, allowed: str) -> str:
    """The percent of the last warning that the parameter `at` has reached, as SQL."""
    reached = " ".join(
        f"WHEN {warning(percent, due=due, allowed=allowed)} <= %(at)s THEN {percent}"
        for percent in reversed(WARN_AT)
    )
    return f"CASE {reached} END"
