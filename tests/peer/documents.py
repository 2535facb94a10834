"""Reads the documents that `billing invoice render` writes with programs that others wrote.

PyPI's ofdkit and the crate ofd-core read the OFD, qpdf and poppler's pdftotext and pdfdetach the PDF. What they find
must be what was put in; the sums are reckoned a second time in `invoices.py`.

What it is not: a proof that a tax bureau's reader takes the files. They are samples without a signature.

    python tests/peer/documents.py PATH_OF_THE_BILLING_PROGRAM [PATH_OF_THE_PROGRAM_PEER-OFD]

Prints one line a check and `N passed, N failed`; exit code 1 if one failed.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import ofdkit

import invoices
from invoices import yuan
from shop import Checks

LIMIT_BYTES = 100_000


def rendered(program, folder, document):
    """The files of a document, by format."""
    source = folder / "invoice.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    command = [program, "invoice", "render", "--in", source, "--out", folder, "--json"]
    outcome = subprocess.run(command, capture_output=True, check=False)
    if outcome.returncode:
        raise AssertionError(outcome.stdout.decode() + outcome.stderr.decode())
    files = json.loads(outcome.stdout)["files"]
    return {file["format"]: Path(file["path"]) for file in files}


def dense(text):
    return "".join(text.split())


def said(command):
    outcome = subprocess.run(command, capture_output=True, check=False)
    return outcome.returncode, outcome.stdout.decode("utf-8", "replace")


def read_fapiao(checks, what, files, document):
    """Number, parties, items and totals, as ofdkit finds them in the OFD."""
    with ofdkit.open(str(files["ofd"])) as opened:
        found, text = opened.invoice(), opened.text()
    totals = document["totals"]
    checks.equal(f"{what}: number", found.invoice_number, document["number"])
    checks.equal(f"{what}: kind", found.invoice_type, "电子发票（普通发票）")
    checks.equal(f"{what}: day", found.issue_date, document["issued_at"][:10])
    for name, party in [("buyer", found.buyer), ("seller", found.seller)]:
        expected = (document[name]["name"], document[name].get("tax_id"))
        checks.equal(f"{what}: {name}", (party.name, party.tax_id), expected)
    expected = tuple(yuan(totals[key]) for key in ("net_fen", "tax_fen", "gross_fen"))
    checks.equal(f"{what}: totals", (found.amount_without_tax, found.tax_amount, found.total_amount), expected)
    lines = [(yuan(line["totals"]["net_fen"]), yuan(line["totals"]["tax_fen"])) for line in document["lines"]]
    checks.equal(f"{what}: amounts of lines", [(item.amount, item.tax_amount) for item in found.items], lines)
    names = {(item.name, item.tax_rate) for item in found.items}
    checks.equal(f"{what}: items", names, {("*生产生活服务*车辆停放服务", "9%")})
    checks.equal(f"{what}: drawer", found.issuer, document["drawer"])
    checks.equal(f"{what}: the remark says that it is a sample", "样张" in (found.note or ""), True)
    checks.equal(f"{what}: ofdkit has no doubts", found.warnings, [])
    checks.equal(f"{what}: and reads the mark", "SAMPLE" in text, True)


def read_untaxed(checks, what, files, document):
    """A bill or a receipt, of which ofdkit knows no form: what its tags say."""
    with ofdkit.open(str(files["ofd"])) as opened:
        found = opened.invoice()
    expected = (document["number"], yuan(document["total_fen"]))
    checks.equal(f"{what}: number and total", (found.invoice_number, found.total_amount), expected)
    amounts = [yuan(line["amount_fen"]) for line in document["lines"]]
    checks.equal(f"{what}: amounts of lines", [item.amount for item in found.items], amounts)


def read_pdf(checks, what, files, document):
    """Sound, small, and its words are those of the document."""
    pdf = str(files["pdf"])
    checks.equal(f"{what}: qpdf finds no fault", said(["qpdf", "--check", pdf])[0], 0)
    _, text = said(["pdftotext", "-raw", "-enc", "UTF-8", pdf, "-"])
    words = dense(text)
    total = document["totals"]["gross_fen"] if "totals" in document else document["total_fen"]
    fields = [document["number"], f"¥{yuan(total)}", "SAMPLE,NOTATAXDOCUMENT"]
    fields += [party["name"] for party in map(document.get, ("buyer", "seller", "payer", "issuer")) if party]
    missing = [field for field in fields if dense(field) not in words]
    checks.equal(f"{what}: pdftotext finds its fields", missing, [])
    sizes = {format: files[format].stat().st_size for format in ("ofd", "pdf")}
    checks.equal(f"{what}: both are small {sizes}", max(sizes.values()) < LIMIT_BYTES, True)


def attached(checks, what, files):
    """The XML inside is the XML beside."""
    xml = files["xml"].read_bytes()
    with zipfile.ZipFile(files["ofd"]) as package:
        inside = package.read(f"Doc_0/Attachs/{files['xml'].name}")
    checks.equal(f"{what}: the XML inside the OFD", inside == xml, True)
    with tempfile.TemporaryDirectory(prefix="bowei-peer-") as folder:
        said(["pdfdetach", "-saveall", "-o", folder, str(files["pdf"])])
        inside = (Path(folder) / files["xml"].name).read_bytes()
    checks.equal(f"{what}: the XML inside the PDF", inside == xml, True)


def structure(checks, what, files, peer):
    """The crate ofd-core finds no fault, and does find one where a page is missing."""
    code, words = said([peer, str(files["ofd"])])
    checks.equal(f"{what}: ofd-core finds no fault{words if code else ''}", code, 0)
    broken = files["ofd"].with_suffix(".broken.ofd")
    with zipfile.ZipFile(files["ofd"]) as package, zipfile.ZipFile(broken, "w") as other:
        for name in package.namelist():
            if name != "Doc_0/Pages/Page_0/Content.xml":
                other.writestr(name, package.read(name))
    checks.equal(f"{what}: ofd-core misses a page that is gone", said([peer, str(broken)])[0], 1)


def documents():
    blue = invoices.fapiao(1)
    long_buyer = {**invoices.BUYER, "name": invoices.LONG_NAME}
    person = {"kind": "person", "name": "王某"}
    return [
        ("one line", blue),
        ("seven lines", invoices.fapiao(7)),
        ("forty lines", invoices.fapiao(40)),
        ("a hundred lines", invoices.fapiao(100)),
        ("places of 250 characters", invoices.varied(100, 250)),
        ("a long name", invoices.fapiao(2, long_buyer)),
        ("joiners in a name", invoices.fapiao(1, {**person, "name": "吉\u200d野ë\u0308"})),
        ("a person", invoices.fapiao(3, person)),
        ("red", invoices.red(invoices.fapiao(5))),
        ("non-tax bill", invoices.non_tax_bill(4)),
        ("receipt", invoices.receipt(2)),
    ]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: documents.py PATH_OF_THE_BILLING_PROGRAM [PATH_OF_PEER-OFD]")
    checks = Checks()
    for what, document in documents():
        with tempfile.TemporaryDirectory(prefix="bowei-peer-") as folder:
            try:
                files = rendered(sys.argv[1], Path(folder), document)
                if "totals" in document:
                    read_fapiao(checks, what, files, document)
                    attached(checks, what, files)
                else:
                    read_untaxed(checks, what, files, document)
                read_pdf(checks, what, files, document)
                if len(sys.argv) == 3:
                    structure(checks, what, files, sys.argv[2])
            except Exception as error:  # pylint: disable=broad-except
                checks.equal(f"{what} is read to its end", repr(error), None)
    print(f"documents: {checks.passed} passed, {checks.failed} failed")
    sys.exit(0 if checks.passed and not checks.failed else 1)


if __name__ == "__main__":
    main()
