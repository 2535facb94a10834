"""Checks the WeChat Pay stand-in with a client that others wrote: PyPI's wechatpayv3.

Our adapter and our sandbox come from the same hands, so a misreading of the documentation could sit
in both and cancel itself out. Here requests are signed, answers verified and notifications opened
by a published library of real merchants, in public-key mode.

What it is not: a test of the gateway, of the tax platform or of WeChat login, and no proof that the
real service answers the same. The library verifies the signatures of successes only, so those of
refusals are left to the sandbox's own tests. Nothing leaves the machine.

    python tests/peer/wechat_pay.py PATH_OF_THE_SANDBOX_PROGRAM

Prints one line a check and `N passed, N failed`; exit code 1 if one failed.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from wechatpayv3 import WeChatPay, WeChatPayType

PATIENCE_S = 15
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
TOTAL_FEN = 900
NOWHERE = "http://127.0.0.1:9/notify"


class Checks:
    """Counts and prints."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def equal(self, what, got, expected):
        if got == expected:
            self.passed += 1
            print(f"ok      {what}")
        else:
            self.failed += 1
            print(f"FAILED  {what}: {got!r} instead of {expected!r}")

    def run(self, scenario, shop):
        """An exception ends its scenario, counts as a failure, and leaves the others to run."""
        try:
            scenario(self, shop)
        except Exception as error:  # pylint: disable=broad-except
            self.equal(f"{scenario.__name__} runs to its end", repr(error), None)


class Shop:
    """A merchant who has read DIR/merchant, and the payer's phone."""

    def __init__(self, base, data):
        folder = data / "merchant"
        self.base = base
        self.data = data
        self.app = json.loads(text(folder / "app.json"))
        self.client = self.new_client(text(folder / "merchant_key.pem"))

    def new_client(self, private_key):
        folder = self.data / "merchant"
        client = WeChatPay(
            wechatpay_type=WeChatPayType.MINIPROG,
            mchid=self.app["mchid"],
            appid=self.app["appid"],
            private_key=private_key,
            cert_serial_no=text(folder / "merchant_serial.txt"),
            apiv3_key=text(folder / "apiv3_key.txt"),
            public_key=text(folder / "platform_public_key.pem"),
            public_key_id=text(folder / "platform_public_key_id.txt"),
            timeout=PATIENCE_S,
        )
        # The library has no setting for it.
        client._core._gate_way = self.base  # pylint: disable=protected-access
        return client

    def place(self, number, fen=TOTAL_FEN, notify_url=NOWHERE, client=None):
        return (client or self.client).pay(
            description="白银路停车费",
            out_trade_no=number,
            amount={"total": fen, "currency": "CNY"},
            payer={"openid": OPENID},
            attach="visit-1",
            notify_url=notify_url,
        )

    def prepay(self, number, notify_url=NOWHERE):
        return opened(self.place(number, notify_url=notify_url))["prepay_id"]

    def query(self, number):
        return opened(self.client.query(out_trade_no=number))

    def refund(self, number, refund_number, fen, notify_url=None):
        return self.client.refund(
            out_refund_no=refund_number,
            out_trade_no=number,
            amount={"refund": fen, "total": TOTAL_FEN, "currency": "CNY"},
            reason="重复计费",
            notify_url=notify_url,
        )

    def pay_call(self, prepay_id):
        """What the mini program hands to the phone."""
        now_s, package = str(int(time.time())), f"prepay_id={prepay_id}"
        signed = [self.app["appid"], now_s, "5K8264ILTKCH16CQ", package]
        names = ["appId", "timeStamp", "nonceStr", "package"]
        call = dict(zip(names, signed))
        return call | {"signType": "RSA", "paySign": self.client.sign(signed), "openid": OPENID}

    def pay(self, call):
        """What the phone does with it: status and body."""
        return plain(f"{self.base}/cashier/pay", call)

    def sell(self, number, notify_url=NOWHERE):
        status, paid = self.pay(self.pay_call(self.prepay(number, notify_url)))
        assert status == 200, paid
        return paid["transaction_id"]

    def charges(self, number):
        _, charges = plain(f"{self.base}/cashier/charges")
        return [charge["amount_fen"] for charge in charges if charge["out_trade_no"] == number]


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


SCENARIOS = [placing, paying, being_notified, refunding, closing, using_wrong_keys]


def text(path):
    return path.read_text(encoding="utf-8").strip()


def opened(answer):
    """The body of a success."""
    status, body = answer
    assert status == 200, answer
    return json.loads(body)


def refusal(answer):
    status, body = answer
    return status, json.loads(body).get("code")


def plain(url, body=None):
    """An unsigned request: status and body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


@contextmanager
def receiver():
    """A merchant's notify_url, and the queue of what arrives there: headers and body."""
    inbox = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # pylint: disable=invalid-name
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self.send_response(204)
            self.end_headers()
            inbox.put(({name.lower(): value for name, value in self.headers.items()}, body))

        def log_message(self, *_):  # pylint: disable=arguments-differ
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/notify", inbox
        finally:
            server.shutdown()


@contextmanager
def sandbox(program, data):
    """The program on a free port, stopped afterwards: its address."""
    command = [program, "--listen", "127.0.0.1:0", "--data", data / "sandbox"]
    with open(data / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        first = process.stdout.readline()
        if not first.startswith("sandbox: http://"):
            sys.exit(f"the sandbox did not start: {first}{text(data / 'log')}")
        base = first.removeprefix("sandbox: ").strip()
        # The port is open before the keys are made; the first answer means that they are.
        plain(f"{base}/sandbox/troubles")
        yield base
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: wechat_pay.py PATH_OF_THE_SANDBOX_PROGRAM")
    # A proxy of the environment is for what leaves the machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="bowei-peer-") as folder:
        with sandbox(sys.argv[1], Path(folder)) as base:
            shop = Shop(base, Path(folder) / "sandbox")
            for scenario in SCENARIOS:
                checks.run(scenario, shop)
        if checks.failed:
            print(f"the sandbox's log:\n{text(Path(folder) / 'log')}", file=sys.stderr)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed or not checks.passed else 0)


if __name__ == "__main__":
    main()
