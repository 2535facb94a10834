"""Documents to be rendered, with sums that are reckoned here once more: net = gross / (1 + rate), half up."""

from decimal import ROUND_HALF_UP, Decimal

SELLER = {"kind": "company", "name": "示例停车管理有限公司", "tax_id": "91620400MA00000000"}
BUYER = {"kind": "company", "name": "示例科技有限公司", "tax_id": "91620400MA11111111"}
LONG_NAME = "某某市城市停车场建设运营管理有限责任公司第一分公司（道路停车管理中心） Baiyin Municipal Parking Operation Company"
ITEM = {
    "valid_from": "2026-01-01",
    "code": "3040502020200000000",
    "short_name": "生产生活服务",
    "name": "车辆停放服务",
    "rate_bp": 900,
}


def split(gross_fen, rate_bp):
    """Net and tax of an amount with tax."""
    net = (Decimal(gross_fen) * 10_000 / (10_000 + rate_bp)).quantize(Decimal(1), ROUND_HALF_UP)
    return {"net_fen": int(net), "tax_fen": gross_fen - int(net), "gross_fen": gross_fen}


def yuan(fen):
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def lease(number):
    day = 1 + number % 28
    return {
        "place": f"人民路{number % 7}号段",
        "period": {
            "start_at": f"2026-09-{day:02d}T08:00:00+08:00",
            "end_at": f"2026-09-{day:02d}T{9 + number % 12:02d}:30:00+08:00",
        },
        "plate": f"甘D{number:05d}",
    }


def fapiao(count, buyer=None):
    """A blue one over so many orders."""
    lines = []
    for number in range(1, count + 1):
        totals = split(100 + 37 * number, ITEM["rate_bp"])
        order = f"P20260900{number:04d}"
        lines.append({"order": order, "tax_item": ITEM, "totals": totals, "lease": lease(number)})
    keys = ("net_fen", "tax_fen", "gross_fen")
    return {
        "kind": "blue_fapiao",
        "number": f"2662200000000{count:07d}",
        "issued_at": "2026-09-30T10:00:00+08:00",
        "seller": SELLER,
        "buyer": buyer or BUYER,
        "drawer": "景某",
        "lines": lines,
        "totals": {key: sum(line["totals"][key] for line in lines) for key in keys},
    }


def varied(count, letters):
    """One whose places are made of so many different characters, of the first level of GB/T 2312."""
    rows = [bytes([row, cell]) for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)]
    step = len(rows) // letters
    chosen = [row.decode("gb2312") for row in rows[: step * letters : step]]
    document = fapiao(count)
    for number, line in enumerate(document["lines"]):
        place = [chosen[(number * 5 + more) % letters] for more in range(5)]
        line["lease"]["place"] = "".join(place) + "路"
    return document


def red(blue):
    """Takes all of a blue one back."""
    negative = lambda totals: {key: -fen for key, fen in totals.items()}
    return {
        **blue,
        "kind": "red_fapiao",
        "number": "26622000000009999999",
        "lines": [{**line, "totals": negative(line["totals"])} for line in blue["lines"]],
        "totals": negative(blue["totals"]),
        "red": {
            "blue_number": blue["number"],
            "confirmation_number": "62042609001000000001",
            "reason": "issued_in_error",
        },
    }


def non_tax_bill(count):
    lines = [
        {
            "order": f"P20260900{number:04d}",
            "item_code": "103044099",
            "item": "机动车停放服务费",
            "amount_fen": 100 + 37 * number,
            "lease": lease(number),
        }
        for number in range(1, count + 1)
    ]
    return {
        "kind": "non_tax_bill",
        "bill_code": "62040126",
        "number": f"{count:010d}",
        "issued_at": "2026-09-30T10:00:00+08:00",
        "issuer": {"kind": "company", "name": "示例市城市管理局"},
        "payer": {"kind": "person", "name": "王某"},
        "drawer": "李某",
        "lines": lines,
        "total_fen": sum(line["amount_fen"] for line in lines),
    }


def receipt(count):
    bill = non_tax_bill(count)
    lines = [{key: value for key, value in line.items() if key != "item_code"} for line in bill["lines"]]
    return {
        "kind": "receipt",
        "number": "R202609300001",
        "issuer": SELLER,
        "method": "微信支付",
        "transaction": "4200002026093000000000000001",
        "paid_at": "2026-09-30T10:00:00+08:00",
        "lines": lines,
        "total_fen": bill["total_fen"],
    }
