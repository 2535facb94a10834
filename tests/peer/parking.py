"""Pay after parking: with wechatpayv3 in public-key mode. The library signs the address as it is given, so the
plate is quoted by the caller."""

from urllib.parse import quote

from shop import OPENID, PATIENCE_S, TOTAL_FEN, opened, plain, receiver, refusal

PLATE = "甘D12345"


def serve(shop, state):
    owner = {"plate_number": PLATE, "plate_color": "BLUE", "openid": OPENID, "service_state": state}
    status, body = plain(f"{shop.base}/sandbox/parking-service", owner)
    assert status == 200, body


def enter(shop, number):
    return shop.client.parking_enter(
        out_parking_no=number,
        plate_number=PLATE,
        plate_color="BLUE",
        start_time="2026-09-15T08:00:00+08:00",
        parking_name="人民路",
        free_duration=1800,
        notify_url="http://127.0.0.1:9/notify",
    )


def charge(shop, number, parking_id, url):
    return shop.client.parking_order(
        description="路内停车费",
        out_trade_no=number,
        total=TOTAL_FEN,
        parking_id=parking_id,
        plate_number=PLATE,
        plate_color="BLUE",
        start_time="2026-09-15T08:00:00+08:00",
        end_time="2026-09-15T10:05:00+08:00",
        parking_name="人民路",
        charging_duration=7500,
        device_id="ts-1",
        notify_url=url,
    )


def parking(checks, shop):
    found = opened(shop.client.parking_service_find(quote(PLATE), "BLUE", OPENID))
    checks.equal("a plate that nobody opened is not served", found["service_state"], "OUT_SERVICE")
    came = opened(enter(shop, "peer-in-1"))
    about = (came["state"], came["block_reason"])
    checks.equal("its entry is blocked", about, ("BLOCKED", "OUT_SERVICE"))
    serve(shop, "NORMAL")
    found = opened(shop.client.parking_service_find(quote(PLATE), "BLUE", OPENID))
    checks.equal("its owner opens the service", found["service_state"], "NORMAL")
    came = opened(enter(shop, "peer-in-2"))
    checks.equal("an entry is normal then", came["state"], "NORMAL")
    checks.equal("the same entry again is the same", opened(enter(shop, "peer-in-2"))["id"], came["id"])

    with receiver() as (url, inbox):
        accepted = opened(charge(shop, "peer-fee-1", came["id"], url))
        checks.equal("a fee is accepted", accepted["trade_state"], "ACCEPTED")
        notice = shop.client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
    checks.equal("the library opens what comes of it", notice.get("event_type"), "TRANSACTION.SUCCESS")
    shown = opened(shop.client.parking_order_query("peer-fee-1"))
    checks.equal("a query tells the same", shown, notice["resource"])
    checks.equal("the owner is charged once", shop.charges("peer-fee-1"), [TOTAL_FEN])
    wrong = refusal(charge(shop, "peer-fee-2", "NOSUCH", "http://127.0.0.1:9/notify"))
    checks.equal("a fee of no entry is refused", wrong, (400, "PARAM_ERROR"))

    shop.trouble(parking="pay_fail")
    with receiver() as (url, inbox):
        opened(charge(shop, "peer-fee-3", came["id"], url))
        notice = shop.client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
    checks.equal("a fee may fail", notice["resource"]["trade_state"], "PAY_FAIL")
    shop.trouble(parking="normal")


SCENARIOS = [parking]
