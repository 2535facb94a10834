"""Orders inside WeChat, refunds, closing, wrong keys: with wechatpayv3 in public-key mode."""

import json

from shop import PATIENCE_S, TOTAL_FEN, opened, receiver, refusal, text


def placing(checks, shop):
    status, body = shop.place("peer-placing")
    checks.equal("an order is taken", status, 200)
    first = json.loads(body)["prepay_id"]
    checks.equal("and has a prepay id", first.startswith("wx"), True)
    again = shop.prepay("peer-placing")
    checks.equal("the same order again has another prepay id", again not in ("", first), True)
    refused = refusal(shop.place("peer-placing", fen=TOTAL_FEN + 1))
    checks.equal("another order of that number is refused", refused, (403, "OUT_TRADE_NO_USED"))
    shown = shop.query("peer-placing")
    checks.equal("a query tells that it is unpaid", shown["trade_state"], "NOTPAY")
    unknown = refusal(shop.client.query(out_trade_no="peer-unknown"))
    checks.equal("an unknown order is not found", unknown, (404, "ORDERNOTEXIST"))


def paying(checks, shop):
    call = shop.pay_call(shop.prepay("peer-paying"))
    status, answer = shop.pay(call | {"nonceStr": "another"})
    refused = (status, answer["code"])
    checks.equal("a paySign of other parameters is refused", refused, (401, "SIGN_ERROR"))
    status, paid = shop.pay(call)
    checks.equal("the library's paySign pays", (status, paid.get("trade_state")), (200, "SUCCESS"))
    _, again = shop.pay(call)
    checks.equal("paying again is the same payment", again, paid)
    checks.equal("the payer is charged once", shop.charges("peer-paying"), [TOTAL_FEN])
    shown = shop.query("peer-paying")
    checks.equal("a query tells that it is paid", shown["trade_state"], "SUCCESS")
    amount = (shown["amount"]["total"], shown["amount"]["payer_total"], shown["amount"]["currency"])
    checks.equal("and the amount", amount, (TOTAL_FEN, TOTAL_FEN, "CNY"))
    by_id = opened(shop.client.query(transaction_id=paid["transaction_id"]))
    checks.equal("a query by transaction id tells the same", by_id, shown)


def being_notified(checks, shop):
    with receiver() as (url, inbox):
        transaction_id = shop.sell("peer-notified", notify_url=url)
        headers, body = inbox.get(timeout=PATIENCE_S)
    notice = shop.client.callback(headers, body) or {}
    event = notice.get("event_type")
    checks.equal("the library opens a notification", event, "TRANSACTION.SUCCESS")
    told = notice["resource"]
    about = (told["out_trade_no"], told["transaction_id"], told["trade_state"])
    checks.equal("it is about the payment", about, ("peer-notified", transaction_id, "SUCCESS"))
    checks.equal("and tells the amount", told["amount"]["total"], TOTAL_FEN)
    forged = headers | {"wechatpay-nonce": "0" * 32}
    checks.equal("with another nonce it is rejected", shop.client.callback(forged, body), None)
    forged = body.replace("TRANSACTION.SUCCESS", "TRANSACTION.SUCCES5")
    checks.equal("with another body, too", shop.client.callback(headers, forged), None)


def refunding(checks, shop):
    transaction_id = shop.sell("peer-refunding")
    with receiver() as (url, inbox):
        status, body = shop.refund("peer-refunding", "refund-1", 250, url)
        checks.equal("a refund is taken", status, 200)
        first = json.loads(body)
        checks.equal("it is of the payment", first["transaction_id"], transaction_id)
        again = opened(shop.refund("peer-refunding", "refund-1", 250, url))
        checks.equal("a repeated refund is the same refund", again["refund_id"], first["refund_id"])
        notice = shop.client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
    checks.equal("its notification is opened", notice.get("event_type"), "REFUND.SUCCESS")
    told = notice["resource"]
    about = (told["refund_id"], told["amount"]["refund"])
    checks.equal("and tells the refund", about, (first["refund_id"], 250))
    shown = opened(shop.client.query_refund("refund-1"))
    about = (shown["status"], shown["amount"]["refund"])
    checks.equal("a query of it agrees", about, ("SUCCESS", 250))
    too_much = refusal(shop.refund("peer-refunding", "refund-2", TOTAL_FEN - 250 + 1))
    checks.equal("more than the rest is refused", too_much, (400, "INVALID_REQUEST"))
    status, _ = shop.refund("peer-refunding", "refund-2", TOTAL_FEN - 250)
    checks.equal("the rest is not: the repeat counted once", status, 200)
    checks.equal("the order is in refund", shop.query("peer-refunding")["trade_state"], "REFUND")


def closing(checks, shop):
    call = shop.pay_call(shop.prepay("peer-closing"))
    status, body = shop.client.close("peer-closing")
    checks.equal("a close is answered with nothing", (status, len(body)), (204, 0))
    shown = shop.query("peer-closing")
    checks.equal("a query tells that it is closed", shown["trade_state"], "CLOSED")
    status, answer = shop.pay(call)
    checks.equal("paying is refused then", (status, answer["code"]), (400, "ORDER_CLOSED"))
    checks.equal("and nobody was charged", shop.charges("peer-closing"), [])


def using_wrong_keys(checks, shop):
    # Any RSA key that is not the merchant's will do; the sandbox's own is at hand.
    stranger = shop.new_client(text(shop.data / "platform_key.pem"))
    refused = refusal(shop.place("peer-stranger", client=stranger))
    checks.equal("a request signed with another key is refused", refused, (401, "SIGN_ERROR"))
    missing = refusal(shop.client.query(out_trade_no="peer-stranger"))
    checks.equal("and places no order", missing, (404, "ORDERNOTEXIST"))
    # Shows that the checks above would have seen a wrong signature on an answer.
    doubter = shop.new_client(text(shop.data / "merchant" / "merchant_key.pem"))
    core = doubter._core  # pylint: disable=protected-access
    core._public_key = core._private_key.public_key()  # pylint: disable=protected-access
    try:
        outcome = shop.place("peer-doubter", client=doubter)
    except Exception as error:  # pylint: disable=broad-except
        outcome = str(error)
    checks.equal("the library does verify answers", outcome, "failed to verify the signature")


def refunding_otherwise(checks, shop):
    shop.sell("peer-abnormal")
    shop.trouble(refund="abnormal")
    with receiver() as (url, inbox):
        first = opened(shop.refund("peer-abnormal", "refund-abnormal", TOTAL_FEN, url))
        notice = shop.client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
        event = notice.get("event_type")
        checks.equal("a refund may turn out abnormal", event, "REFUND.ABNORMAL")
        shown = opened(shop.client.query_refund("refund-abnormal"))
        checks.equal("a query tells the same", shown["status"], "ABNORMAL")
        asked = shop.client.abnormal_refund(
            refund_id=first["refund_id"],
            out_refund_no="refund-abnormal",
            type="MERCHANT_BANK_CARD",
        )
        checks.equal("another way is taken", opened(asked)["status"], "PROCESSING")
        notice = shop.client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
    checks.equal("and ends well", notice.get("event_type"), "REFUND.SUCCESS")
    shop.trouble(refund="normal")


def failing(checks, shop):
    shop.trouble(http="error500")
    status, body = shop.place("peer-failing")
    checks.equal("an error is one of theirs", (status, json.loads(body)["code"]), (500, "SYSTEM_ERROR"))
    shop.trouble(http="frequency_limited")
    limited = refusal(shop.place("peer-failing"))
    checks.equal("too many are told so", limited, (429, "FREQUENCY_LIMITED"))
    shop.trouble(http="wrong_signature")
    try:
        outcome = shop.place("peer-failing")
    except Exception as error:  # pylint: disable=broad-except
        outcome = str(error)
    expected = "failed to verify the signature"
    checks.equal("an answer that is not signed is not believed", outcome, expected)
    shop.trouble(http="normal")


SCENARIOS = [
    placing,
    paying,
    being_notified,
    refunding,
    closing,
    using_wrong_keys,
    refunding_otherwise,
    failing,
]
