"""When a clock next needs looking at."""

from datetime import datetime, timedelta

# Shares of the allowed time at which a clock warns, in percent.
WARN_AT = (50, 80)


def next_step(due_at: datetime, allowed_seconds: int, *, at: datetime) -> datetime:
    """The first warning still ahead of `at`, else the due time itself."""
    for percent in WARN_AT:
        warn_at = due_at - timedelta(seconds=allowed_seconds * (100 - percent) / 100)
        if at < warn_at:
            return warn_at
    return due_at
