"""Triggers of SKUs that keep every code on record, whoever makes, renames or removes one (CAT-1).

They hold for pages, files, jobs, bulk statements and psql alike; see `SkuCode`.
"""

import pgtrigger

_COLUMNS = "(store_id, code, sku_id, kind, source, created_at)"

# In the order of the codes, so that two that make the same ones wait for each other in turn.
_TAKE = f"""
    INSERT INTO catalog_skucode {_COLUMNS}
    SELECT store_id, code, id, 'own', '', created_at FROM new_rows ORDER BY code;
    RETURN NULL;
"""
_RENAME = f"""
    UPDATE catalog_skucode SET kind = 'former' WHERE sku_id = NEW.id AND kind = 'own';
    INSERT INTO catalog_skucode AS taken {_COLUMNS}
    VALUES (NEW.store_id, NEW.code, NEW.id, 'own', '', now())
    ON CONFLICT (store_id, code) DO UPDATE SET kind = 'own' WHERE taken.sku_id = NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Code % has been used: it is never given to another SKU.', NEW.code
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'sku_code_never_twice';
    END IF;
    RETURN NULL;
"""
_KEEP = """
    UPDATE catalog_skucode SET kind = 'former', sku_id = NULL
    WHERE sku_id IN (SELECT id FROM old_rows);
    RETURN NULL;
"""


def taken_for_ever() -> list[pgtrigger.Trigger]:
    """A SKU's code is a row of `SkuCode` from the first moment on, and stays one after it."""
    return [
        pgtrigger.Trigger(
            name="code_taken",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="new_rows"),
            func=_TAKE,
        ),
        pgtrigger.Trigger(
            name="code_renamed",
            when=pgtrigger.After,
            operation=pgtrigger.UpdateOf("code"),
            condition=pgtrigger.AnyChange("code"),
            func=_RENAME,
        ),
        pgtrigger.Trigger(
            name="code_kept",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=pgtrigger.Referencing(old="old_rows"),
            func=_KEEP,
        ),
    ]
