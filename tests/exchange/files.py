"""Imports as the tests start them: from bytes, through the same services as everybody."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, open_session
from opsdesk.stores.models import Store, User
from tests.factories import MOMENT

AS_OF = MOMENT


def open_file(
    store: Store,
    path: Path,
    content: bytes | str,
    *,
    actor: User | None = None,
    importer: str = "generic",
    **options,
) -> ImportSession:
    """A session for a file with this content; its rows are not staged yet."""
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    session, _is_new = open_session(
        store=store,
        path=path,
        name=path.name,
        options=Options(importer=importer, **{"as_of": AS_OF, **options}),
        actor=actor,
        keep=SimpleUploadedFile(path.name, data),
    )
    return session


def stage_file(store: Store, path: Path, content: bytes | str, **options) -> ImportSession:
    session = open_file(store, path, content, **options)
    return staging.stage(session.pk, path, at=AS_OF)


def import_file(store: Store, path: Path, content: bytes | str, **options) -> ImportSession:
    session = stage_file(store, path, content, **options)
    return applying.run(session.pk)


def orders_csv(count: int, *, first: int = 0) -> str:
    """So many good orders, bare of articles."""
    lines = [f"T{number:07d},2026-02-20 10:00:00,10.00" for number in range(first, first + count)]
    return "\n".join(["order_number,placed_at,total_amount", *lines, ""])
