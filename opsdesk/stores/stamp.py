"""`User.session_stamp`, counted up by the database: sessions from before are over then.

It happens when the account is switched off or on, and when a role comes, goes or changes, whoever
does it and how.
"""

import pgtrigger

KEPT = pgtrigger.Trigger(
    name="session_stamp",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    # A row read before the count went up and saved after it must not take it back.
    func="""
        NEW.session_stamp := GREATEST(OLD.session_stamp, NEW.session_stamp)
            + CASE WHEN ROW(OLD.is_active, OLD.is_superuser)
                        IS DISTINCT FROM ROW(NEW.is_active, NEW.is_superuser)
                   THEN 1 ELSE 0 END;
        RETURN NEW;
    """,
)


def counted_up_with_roles() -> list[pgtrigger.Trigger]:
    """Triggers of memberships: the people of the rows that changed sign in again."""
    return [
        _counting("insert", pgtrigger.Insert, new="new_rows"),
        _counting("update", pgtrigger.Update, old="old_rows", new="new_rows"),
        _counting("delete", pgtrigger.Delete, old="old_rows"),
    ]


def _counting(verb: str, operation: pgtrigger.Operation, **tables: str) -> pgtrigger.Trigger:
    people = " UNION ".join(f"SELECT user_id FROM {table}" for table in tables.values())
    return pgtrigger.Trigger(
        name=f"ends_sessions_{verb}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=f"""
            UPDATE stores_user SET session_stamp = session_stamp + 1 WHERE id IN ({people});
            RETURN NULL;
        """,
    )
