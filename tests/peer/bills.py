"""The trade bill of a day: asked for, downloaded and unpacked with wechatpayv3."""

import gzip
import hashlib
import json
import time

from shop import PATIENCE_S, TOTAL_FEN, opened, refusal


def until_made(shop, day):
    """The city's days last two seconds here."""
    until = time.time() + PATIENCE_S
    while time.time() < until:
        status, body = shop.client.trade_bill(day)
        if status == 200:
            return json.loads(body)
        assert json.loads(body)["code"] in ("NO_STATEMENT_EXIST", "STATEMENT_CREATING"), body
    raise AssertionError(f"the bill of {day} never came")


def reading_a_bill(checks, shop):
    shop.sell("peer-billed")
    day = shop.query("peer-billed")["success_time"][:10]
    # The query above may be of yesterday by now; the bill before it is of a day without trade.
    none = refusal(shop.client.trade_bill("2199-01-01"))
    checks.equal("a day to come has no bill", none, (400, "NO_STATEMENT_EXIST"))
    place = until_made(shop, day)
    status, packed = shop.client.download_bill(place["download_url"])
    checks.equal("the bill is downloaded", status, 200)
    plain_text = gzip.decompress(packed)
    digest = hashlib.sha1(plain_text).hexdigest()
    checks.equal("its hash is that of the unpacked text", digest, place["hash_value"])
    lines = plain_text.decode().splitlines()
    checks.equal("it has the 27 columns", len(lines[0].split(",")), 27)
    row = [field.removeprefix("`") for field in lines[1].split(",")]
    about = (row[6], row[9], row[12], row[22])
    checks.equal("the payment stands in it", about, ("peer-billed", "SUCCESS", "9.00", "0.05000"))
    sums = [field.removeprefix("`") for field in lines[-1].split(",")]
    checks.equal("and in its sums", (sums[0], sums[1]), ("1", f"{TOTAL_FEN / 100:.2f}"))
    again = opened(shop.client.trade_bill(day, bill_type="SUCCESS"))
    checks.equal("a bill of payments alone is another", again["hash_value"] != place["hash_value"], True)


SCENARIOS = [reading_a_bill]
