"""Writes the examples' CSV files, the same ones on every run: `python3 examples/data/generate.py`.

`orders.csv` and `deliveries.csv` hold a few faulty records among many good ones; each kind of fault is listed
below, with what it provokes.
"""

import csv
import io
import random
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
ROLL = random.Random(20250101)

GOODS = {  # kind: (varieties, sizes, cheapest price in cents, grams)
    "TEA": (["GREEN", "BLACK", "MINT", "CHAI"], [100, 250, 500], 450, 120),
    "COFFEE": (["HOUSE", "DARK", "DECAF"], [250, 500, 1000], 690, 260),
    "CUP": (["PLAIN", "BLUE", "GLASS"], [1, 4, 6], 590, 340),
    "JAM": (["PLUM", "QUINCE", "FIG"], [200, 340], 380, 350),
    "CAKE": (["LEMON", "ALMOND"], [300, 600], 720, 500),
}
PEOPLE = ("ada alan barbara claude donald edsger frances grace "
          "hedy ivan john katherine linus mary niklaus radia")
HOMES = dict.fromkeys(["DE", "FR", "NL", "AT"], "EUR")
HOMES |= {"US": "USD", "GB": "GBP", "SE": "SEK", "CH": "CHF", "DK": "DKK"}
RATES = {"USD": 925_000, "GBP": 1_170_000, "SEK": 87_500, "CHF": 1_050_000}  # millionths of a euro


def products():
    for kind, (varieties, sizes, cents, grams) in GOODS.items():
        for variety in varieties:
            for n, size in enumerate(sizes, 1):
                name = f"{variety.title()} {kind.lower()}, {size}"
                pack_size = ROLL.choice([1, 2, 6, 12])
                yield [f"{kind}-{variety}-{size}", name, pack_size, grams * n, 2_000], cents * n
    yield ["CARD-GIFT-25", "Gift card, 25", 0, 5, 2_000], 2_500  # needs no pack: dividing by its size panics
    yield ["CAKE-XMAS-900", "Christmas cake, 900", 6, 900, 0], 2_400  # sold out


def rates():
    for month in range(1, 13):
        for currency, rate in RATES.items():
            if (month, currency) != (9, "SEK"):  # forgotten, and missed when an order comes
                yield [f"2025-{month:02}", currency, rate + ROLL.randrange(-2_000, 2_000) * (rate // 100_000)]


def orders(prices):
    for n in range(2_200):
        country = ROLL.choice(list(HOMES))
        day = date(2025, 1, 1) + timedelta(days=n * 365 // 2_200)
        if country == "SE" and day.month == 9:
            country = "DK"
        name = f"{ROLL.choice(PEOPLE.split())}.{ROLL.randrange(100, 1000)}"
        email = f"{name}@example.{ROLL.choice(['com', 'net', 'org'])}"
        for sku in ROLL.sample(list(prices), ROLL.choice([1, 1, 1, 2, 2, 3, 5])):
            price = f"{prices[sku] // 100}.{prices[sku] % 100:02}"
            quantity = str(ROLL.choice([1, 1, 1, 2, 3, 6]))
            yield [str(10_001 + n), str(day), email, sku, quantity, price, HOMES[country], country]


ORDER, DATE, EMAIL, SKU, QUANTITY, PRICE, CURRENCY, COUNTRY = range(8)
BAD_ORDERS = [
    (QUANTITY, "three"),  # ParseIntError: invalid digit
    (QUANTITY, ""),  # ParseIntError: empty
    (QUANTITY, "99999999999999999999"),  # ParseIntError: too large
    (QUANTITY, "-2"),  # CHECK constraint
    (QUANTITY, "0"),  # CHECK constraint
    (PRICE, "12,50"),  # not a price
    (PRICE, "1O.90"),  # ParseIntError: the letter O
    (DATE, "2025-02-30"),  # no such day
    (DATE, "14.03.2025"),  # the wrong notation
    (EMAIL, "grace.example.org"),  # no @
    (EMAIL, "andr\udce9@example.org"),  # Latin-1 in a UTF-8 file: csv::Error
    (SKU, "TEA-GRENE-100"),  # unknown product
    (SKU, "MUG-PLAIN-1"),  # unknown product
    (CURRENCY, "XBT"),  # no exchange rate
    (COUNTRY, "UK"),  # FOREIGN KEY constraint: the code is GB
    (ORDER, "1O733"),  # ParseIntError: the letter O
]


def with_faults(rows):
    starts = [n for n in range(1, len(rows)) if rows[n][ORDER] != rows[n - 1][ORDER] and n > 100]
    # From the end, so that an inserted row moves none of the spots that are still to come.
    spots = sorted(ROLL.sample(starts, len(BAD_ORDERS) + 5), reverse=True)
    for spot, (column, text) in zip(spots[5:], BAD_ORDERS):
        rows[spot][column] = text
    missing, twice, again, late, sweden = spots[:5]
    rows[missing] = rows[missing][:5]  # a line cut short: csv::Error
    rows.insert(twice, rows[twice][:])  # a product twice in an order: UNIQUE constraint
    rows.insert(again, rows[70][:])  # an order that was exported twice: UNIQUE constraint
    rows.insert(late, rows[40][:])
    rows[sweden] = [rows[sweden][ORDER], "2025-09-19", *rows[sweden][2:6], "SEK", "SE"]  # the forgotten rate
    return rows


def deliveries(skus):
    for n in range(400):
        sku = ROLL.choice(skus)
        yield [7_001 + n, sku, str(ROLL.choice([1, 2, 3, 6, 12])), ROLL.choice(list(HOMES))]


BAD_DELIVERIES = {
    37: (2, "a dozen"),  # ParseIntError
    88: (1, "TEA-GRENE-100"),  # unknown product
    140: (2, "5000"),  # more than there is
    171: (1, "CAKE-XMAS-900"),  # sold out
    219: (3, "AQ"),  # a carrier that never answers: Elapsed
    260: (3, "AQ"),
    302: (3, "AX"),  # where no carrier goes
    355: (1, "CARD-GIFT-25"),  # a panic
}


def write(name, header, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header.split(","), *rows])
    (HERE / name).write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))


catalogue = list(products())
write("products.csv", "sku,name,pack_size,grams,stock", [row for row, _ in catalogue])
write("rates.csv", "month,currency,micro_euros", rates())
good_skus = {row[0]: cents for row, cents in catalogue[:-2]}
header = "order,date,email,sku,quantity,unit_price,currency,country"
write("orders.csv", header, with_faults(list(orders(good_skus))))
parcels = list(deliveries(list(good_skus)))
for n, (column, text) in BAD_DELIVERIES.items():
    parcels[n][column] = text
write("deliveries.csv", "id,sku,quantity,country", parcels)
