"""Carriers' files, dropped into a folder by another system: news of many waybills at once (FUL-7).

`<store>/*.json` holds what programs would post, one object or a list of them; `.csv` and `.xlsx`
have a row per event. A file is stored as it is before it is looked into, then put aside.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fulfillment.services.tracking_intake import News
from fulfillment.tracking import programs
from opsdesk.exchange.adapters.registry import Adapter, takes_no_messages
from opsdesk.exchange.columns import Column, match_columns, require_complete
from opsdesk.exchange.models import Target
from opsdesk.exchange.problems import BadValue
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import open_table
from opsdesk.exchange.services import inbox

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

CODE = "tracking-folder"
SUFFIXES = (".json", ".csv", ".xlsx")
TAKEN = "taken"
MOST_BYTES, MOST_FILES, MOST_WAYBILLS = 16 * 1024 * 1024, 50, 50_000
# Whoever writes a file in place is done with it after so many seconds without a change.
SETTLED_SECONDS = 10
NAME_HEADER = "x-file-name"
COLUMNS = (
    Column("carrier", gettext_lazy("carrier"), ("carrier", "快递公司", "承运商"), is_required=True),
    Column(
        "waybill",
        gettext_lazy("waybill"),
        ("waybill", "tracking number", "运单号", "快递单号"),
        is_required=True,
    ),
    Column("at", gettext_lazy("at"), ("at", "time", "时间"), is_required=True),
    Column("state", gettext_lazy("state"), ("state", "status", "状态"), is_required=True),
    Column("text", gettext_lazy("the carrier's words"), ("text", "内容", "物流信息")),
    Column("place", pgettext_lazy("a town", "place"), ("place", "地点")),
    Column("code", gettext_lazy("the carrier's code"), ("code", "代码")),
)

ADAPTER = Adapter(
    code=CODE,
    title=gettext_lazy("Files of tracking in a folder"),
    send=takes_no_messages,
    tells_people=False,
)


def take_in(store: Store, *, at: datetime) -> int:
    """Files in the store's folder are in the inbox, each once, and put aside. Returns how many.

    A crash in between leaves the file where it is; taken again it changes nothing.
    """
    if not Target.objects.active().filter(store=store, adapter=CODE).exists():
        return 0
    taken = 0
    for path in _files(store):
        if path.stat().st_size > MOST_BYTES or taken == MOST_FILES:
            continue
        body = path.read_bytes()
        inbox.receive_delivery(
            store=store,
            source=CODE,
            delivery_id=f"file:{hashlib.sha256(body).hexdigest()}",
            headers={NAME_HEADER: path.name},
            body=body,
            at=at,
        )
        aside = path.parent / TAKEN
        aside.mkdir(exist_ok=True)
        path.rename(aside / f"{at:%Y%m%dT%H%M%S}-{path.name}")
        taken += 1
    return taken


def left_in(store: Store) -> list[str]:
    """Names of files that are too large to be taken."""
    return [path.name for path in _files(store) if path.stat().st_size > MOST_BYTES]


def _files(store: Store) -> list[Path]:
    """What lies in the store's folder, the oldest first; no links, nothing half-written."""
    root = Path(settings.TRACKING_FILES).resolve()
    folder = (root / store.code).resolve()
    if not folder.is_relative_to(root) or not folder.is_dir():
        return []
    found = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and path.is_file()
        and path.resolve().parent == folder
        and path.stat().st_mtime <= time.time() - SETTLED_SECONDS
    ]
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def news_in(body: bytes, name: str, zone: tzinfo) -> list[News]:
    """All that the file tells. Raises BadValue, FileRefused: then nothing of it is taken."""
    told = _documents(body) if name.lower().endswith(".json") else _rows(body, name)
    by_waybill: dict[tuple[str, str], dict[str, Any]] = {}
    for each in told:
        key = (str(each.get("carrier", "")), str(each.get("waybill", "")))
        known = by_waybill.setdefault(key, {"carrier": key[0], "waybill": key[1], "events": []})
        known["events"] += each.get("events") or []
        if len(by_waybill) > MOST_WAYBILLS:
            raise BadValue("too_many", _("The file names too many waybills. Split it."))
    return [programs.news_of(each, zone) for each in by_waybill.values()]


def _documents(body: bytes) -> Iterator[dict[str, Any]]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadValue("not_json", _("The body is no JSON.")) from error
    for each in told if isinstance(told, list) else [told]:
        if not isinstance(each, dict) or not isinstance(each.get("events", []), list):
            raise BadValue("not_an_object", _("The body is no JSON object."))
        yield each


def _rows(body: bytes, name: str) -> Iterator[dict[str, Any]]:
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix) as file:
        file.write(body)
        file.flush()
        path = Path(file.name)
        table = open_table(path, encoding=survey(path).encoding, name=name)
        match = match_columns(table.header, COLUMNS, {}, line=table.header_line, is_strict=False)
        require_complete(match, table.header_line)
        with table.rows() as rows:
            next(rows)
            for _line, cells in rows:
                row = {
                    field: cells[index]
                    for field, index in match.positions.items()
                    if index < len(cells)
                }
                waybill = {"carrier": row.pop("carrier", ""), "waybill": row.pop("waybill", "")}
                yield {**waybill, "events": [row]}
