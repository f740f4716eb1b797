from typing import Any

from django.core.management.base import CommandParser

from catalog.services.word_watch import TextHit, scan
from opsdesk.commands import DONE, DONE_WITH_FINDINGS, OpsCommand, store_of


class Command(OpsCommand):
    help = "Find forbidden words in the names of a store's products and in their listings."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True)
        parser.add_argument(
            "--all",
            action="store_true",
            dest="everything",
            help="Also products that are off, and words that an exception lifts.",
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        store = store_of(options["store"])
        found = scan(store=store, everything=options["everything"])
        answer = {
            "store": store.code,
            "products": found.products,
            "listings": found.listings,
            "hits": [_as_json(each) for each in found.hits],
        }
        is_clean = all(each.hit.exception for each in found.hits)
        return answer, DONE if is_clean else DONE_WITH_FINDINGS

    def show(self, answer: Any) -> None:
        for hit in answer["hits"]:
            lifted = f" (allowed: {hit['exception']})" if hit["exception"] else ""
            place = f"{hit['product']} {hit['field']} {hit['start']}–{hit['end']}"
            self.stdout.write(f"{place}: {hit['text']}{lifted}")
        self.stdout.write(
            f"{len(answer['hits'])} in {answer['products']} names and {answer['listings']} listings"
        )


def _as_json(found: TextHit) -> dict[str, Any]:
    hit = found.hit
    return {
        "product": found.product_code,
        "listing": found.listing.pk if found.listing else None,
        "field": found.field,
        "term": hit.word.text,
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "list": hit.word.list,
        "source": hit.word.source,
        "exception": hit.exception or None,
    }
