"""Two thousand forbidden words, looked for in the texts of ten thousand listings."""

from __future__ import annotations

import time

from catalog.models import ForbiddenWord, Listing, Product, WordList
from catalog.services import word_watch, words
from opsdesk.embedded import Postgres
from tests.bench.report import Figure
from tests.bench.shop import open_shop

WORDS = 2_000
GOAL_SECONDS = 5.0
GOAL_READY_MS = 1_000.0
TITLE = "自然堂雪域精粹滋润霜 {}g 补水保湿 秋冬滋润面霜 男女通用 护肤第{}步"
DESCRIPTION = "雪域精粹纯粹滋润霜，温和配方，适合干性肌肤；早晚洁面后取适量轻柔按摩至吸收。" * 5


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 500 if quick else 10_000
    shop = open_shop("words", skus=1)
    channel = shop.store.channels.get()
    own = WordList.objects.create(store=shop.store, name="bench")
    ForbiddenWord.objects.bulk_create(
        ForbiddenWord(list=own, text=text, folded=text)
        for text in (f"违禁{chr(0x4E00 + each)}词" for each in range(WORDS))
    )
    products = Product.objects.bulk_create(
        Product(store=shop.store, code=f"W{each}", name=f"面霜 {each}") for each in range(number)
    )
    Listing.objects.bulk_create(
        Listing(
            store=shop.store,
            product=product,
            channel=channel,
            title=TITLE.format(each, "一" if each % 100 == 0 else "二"),
            description=DESCRIPTION,
            usage="违 禁一词" if each % 100 == 0 else "每天两次",
            attributes={"功效": ["补水", "保湿"], "净含量": f"{each}g"},
        )
        for each, product in enumerate(products)
    )

    started = time.perf_counter()
    words.matcher_for(shop.store, channel.platform)
    ready = time.perf_counter() - started
    started = time.perf_counter()
    found = word_watch.scan(store=shop.store)
    seconds = time.perf_counter() - started

    assert found.listings == number
    assert len(found.hits) == number // 100, f"{len(found.hits)} hits"
    return [
        Figure(
            "forbidden words, 10,000 listings against 2,000 words",
            seconds * 10_000 / number,
            "s",
            GOAL_SECONDS,
            at_least=False,
        ),
        Figure(
            "forbidden words, lists of 2,000 made ready",
            ready * 1_000,
            "ms",
            GOAL_READY_MS,
            at_least=False,
        ),
    ]
