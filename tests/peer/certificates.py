"""Certificate mode: wechatpayv3 downloads the platform's certificates, trusts them by serial, and looks again
when another one signs."""

from shop import PATIENCE_S, opened, plain, receiver


def step(shop, name):
    status, body = plain(f"{shop.base}/sandbox/certificates", {"step": name})
    assert status == 200, body


def rotating(checks, shop):
    step(shop, "notices_by_certificate")
    client = shop.certificate_client()
    core = client._core  # pylint: disable=protected-access
    checks.equal("the library reads the certificate", len(core._certificates), 1)
    first = core._certificates[0].serial_number
    with receiver() as (url, inbox):
        opened(shop.place("peer-certified", notify_url=url, client=client))
        call = shop.pay_call(opened(shop.place("peer-certified", notify_url=url, client=client))["prepay_id"])
        checks.equal("answers are verified with it", shop.pay(call)[0], 200)
        notice = client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
        checks.equal("and notifications", notice.get("event_type"), "TRANSACTION.SUCCESS")

        step(shop, "publish")
        shown = opened(client.query(out_trade_no="peer-certified"))
        checks.equal("a new one that is published changes nothing", shown["trade_state"], "SUCCESS")
        step(shop, "sign")
        opened(client.query(out_trade_no="peer-certified"))
        serials = [one.serial_number for one in core._certificates]
        checks.equal("when it signs, the library looks again", len(serials), 2)
        checks.equal("and has both", first in serials, True)
        step(shop, "withdraw")
        call = shop.pay_call(opened(shop.place("peer-rotated", notify_url=url, client=client))["prepay_id"])
        shop.pay(call)
        notice = client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
    checks.equal("a notification under the new one is opened", notice.get("event_type"), "TRANSACTION.SUCCESS")
    step(shop, "notices_by_public_key")


SCENARIOS = [rotating]
