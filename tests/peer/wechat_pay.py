"""Checks the WeChat Pay stand-in with clients that others wrote: PyPI's wechatpayv3 and the crate rswxpay.

Our adapter and our sandbox come from the same hands, so a misreading of the documentation could sit
in both and cancel itself out. Here requests are signed, answers verified and notifications opened
by published libraries of real merchants, in public-key mode and with platform certificates.

What it is not: a test of the gateway, of the tax platform or of WeChat login, and no proof that the
real service answers the same. wechatpayv3 verifies the signatures of successes only, so those of
refusals are left to the sandbox's own tests. Nothing leaves the machine.

    python tests/peer/wechat_pay.py PATH_OF_THE_SANDBOX_PROGRAM [PATH_OF_THE_PROGRAM_PEER-RSWXPAY]

Prints one line a check and `N passed, N failed`; exit code 1 if one failed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import bills
import certificates
import doors
import orders
import parking
from shop import Checks, Shop, sandbox, text

# A day in a tenth of a second less than two.
FAST = 50_000


def with_python(program):
    """All that wechatpayv3 has a call for."""
    checks = Checks()
    for speed, scenarios in [
        (1, orders.SCENARIOS + doors.SCENARIOS + parking.SCENARIOS),
        (1, certificates.SCENARIOS),
        (FAST, bills.SCENARIOS),
    ]:
        with tempfile.TemporaryDirectory(prefix="bowei-peer-") as folder:
            failed = checks.failed
            with sandbox(program, Path(folder), speed) as base:
                shop = Shop(base, Path(folder) / "sandbox")
                for scenario in scenarios:
                    checks.run(scenario, shop)
            if checks.failed > failed:
                print(f"the sandbox's log:\n{text(Path(folder) / 'log')}", file=sys.stderr)
    print(f"wechatpayv3: {checks.passed} passed, {checks.failed} failed")
    return checks.passed and not checks.failed


def with_rust(program, peer):
    """What the crate rswxpay has a call for; it prints its own lines."""
    with tempfile.TemporaryDirectory(prefix="bowei-peer-") as folder:
        with sandbox(program, Path(folder)) as base:
            outcome = subprocess.run([peer, base, Path(folder) / "sandbox"], check=False)
        if outcome.returncode:
            print(f"the sandbox's log:\n{text(Path(folder) / 'log')}", file=sys.stderr)
    return outcome.returncode == 0


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: wechat_pay.py PATH_OF_THE_SANDBOX_PROGRAM [PATH_OF_PEER-RSWXPAY]")
    # A proxy of the environment is for what leaves the machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    good = with_python(sys.argv[1])
    if len(sys.argv) == 3:
        good = with_rust(sys.argv[1], sys.argv[2]) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
