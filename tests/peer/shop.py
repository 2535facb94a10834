"""A merchant, the payer's phone, and a stand-in for WeChat Pay to talk to: what the peer tests share."""

import json
import queue
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

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

    def certificate_client(self):
        """One that knows no public key of the platform. The library reads certificates while it is made, before
        its address can be set: so its reading waits until it is."""
        folder = self.data / "merchant"
        read = Core._init_certificates
        Core._init_certificates = lambda core: None
        try:
            client = WeChatPay(
                wechatpay_type=WeChatPayType.MINIPROG,
                mchid=self.app["mchid"],
                appid=self.app["appid"],
                private_key=text(folder / "merchant_key.pem"),
                cert_serial_no=text(folder / "merchant_serial.txt"),
                apiv3_key=text(folder / "apiv3_key.txt"),
                timeout=PATIENCE_S,
            )
        finally:
            Core._init_certificates = read
        client._core._gate_way = self.base  # pylint: disable=protected-access
        client._core._init_certificates()  # pylint: disable=protected-access
        return client

    def trouble(self, **what):
        """Lets something go wrong."""
        status, body = plain(f"{self.base}/sandbox/troubles", what)
        assert status == 200, body

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
def sandbox(program, data, speed=1):
    """The program on a free port, stopped afterwards: its address. City time runs at `speed`."""
    command = [program, "--listen", "127.0.0.1:0", "--data", data / "sandbox", "--speed", str(speed)]
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
