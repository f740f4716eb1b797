"""Triggers of rows that belong to a store."""

from __future__ import annotations

import pgtrigger


def of_one_store(table: str) -> pgtrigger.Trigger:
    """The channel, where there is one, is the row's own store's."""
    return pgtrigger.Trigger(
        name="of_one_store",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("store_id", "channel_id"),
        condition=pgtrigger.Q(new__channel__isnull=False),
        func=f"""
            IF NOT EXISTS (
                SELECT FROM stores_channel c
                WHERE c.id = NEW.channel_id AND c.store_id = NEW.store_id
            ) THEN
                RAISE EXCEPTION 'The channel is another store''s.'
                USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_of_one_store';
            END IF;
            RETURN NEW;
        """,
    )
