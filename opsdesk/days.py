"""Days and moments that people may enter.

The first and the last there are have no beginning or no end in some zone: a moment beyond them can
be stored, and can't be read again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.core.validators import MaxValueValidator, MinValueValidator

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)

# For the `validators` of a form's field.
SOUND_DAY = [MinValueValidator(FIRST), MaxValueValidator(LAST)]
SOUND_MOMENT = [
    MinValueValidator(datetime.combine(FIRST, time(), tzinfo=UTC)),
    MaxValueValidator(datetime.combine(LAST, time(), tzinfo=UTC)),
]
