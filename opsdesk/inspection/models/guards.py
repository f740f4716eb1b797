"""What the database itself holds about a signed day: nobody answers it otherwise afterwards."""

from __future__ import annotations

import pgtrigger


def day_lock(store: str, day: str) -> str:
    """SQL that takes the lock of a store's day, as `services.signing.lock_day` does."""
    name = f"'inspection.day:' || {store} || ':' || {day}"
    return f"PERFORM pg_advisory_xact_lock(hashtextextended({name}, 0));"


def day_is_open(*, store: str, day: str, label: str) -> pgtrigger.Trigger:
    """Refuses a row of a signed day; `store` and `day` are SQL about NEW.

    With the lock a row and the signature that come together see each other.
    """
    return pgtrigger.Trigger(
        name="day_is_open",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("store", "bigint"), ("day", "date")],
        func=f"""
            store := {store};
            day := {day};
            {day_lock("store", "day")}
            IF EXISTS (
                SELECT FROM inspection_inspectionsheet s
                WHERE s.store_id = store AND s.business_date = day
            ) THEN
                RAISE EXCEPTION 'The day is signed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = '{label}';
            END IF;
            RETURN NEW;
        """,
    )
