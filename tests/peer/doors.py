"""Orders by the other doors: with wechatpayv3 in public-key mode."""

from wechatpayv3 import WeChatPayType

from shop import NOWHERE, PATIENCE_S, TOTAL_FEN, opened, plain, receiver, refusal


def place(shop, number, kind, notify_url=NOWHERE, scene=None):
    return shop.client.pay(
        description="白银路停车费",
        out_trade_no=number,
        amount={"total": TOTAL_FEN, "currency": "CNY"},
        notify_url=notify_url,
        scene_info=scene,
        pay_type=kind,
    )


def scanning(checks, shop):
    with receiver() as (url, inbox):
        placed = opened(place(shop, "peer-native", WeChatPayType.NATIVE, url))
        code = placed["code_url"]
        checks.equal("a native order has a code", code.startswith("weixin://wxpay/bizpayurl?pr="), True)
        scan = {"code_url": code, "openid": "oAnybody"}
        status, paid = plain(f"{shop.base}/cashier/scan", scan)
        checks.equal("who scans it pays", (status, paid["trade_state"]), (200, "SUCCESS"))
        notice = shop.client.callback(*inbox.get(timeout=PATIENCE_S)) or {}
    told = notice["resource"]
    about = (told["trade_type"], told["payer"]["openid"], told["transaction_id"])
    checks.equal("its notification says so", about, ("NATIVE", "oAnybody", paid["transaction_id"]))


def browsing(checks, shop):
    scene = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    url = opened(place(shop, "peer-h5", WeChatPayType.H5, scene=scene))["h5_url"]
    prepay_id = url.split("prepay_id=")[1].split("&")[0]
    call = {"prepay_id": prepay_id, "openid": "oBrowser"}
    status, _ = plain(f"{shop.base}/cashier/h5", call)
    checks.equal("an H5 order is paid on its page", status, 200)
    checks.equal("a query tells its type", shop.query("peer-h5")["trade_type"], "MWEB")
    bare = refusal(place(shop, "peer-h5-bare", WeChatPayType.H5, scene={"payer_client_ip": "1"}))
    checks.equal("without a kind of browser it is refused", bare, (400, "PARAM_ERROR"))


SCENARIOS = [scanning, browsing]
