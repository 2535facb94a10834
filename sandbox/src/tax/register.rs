//! The documents asked for, and what became of them.
//!
//! What will become of a document is decided and on disk (`invoices.jsonl`) before it is accepted;
//! how far it is follows from the machine time since then. So a restart changes nothing, and an
//! issued document never changes. Fapiao and bills of the treasury have numbers of their own kinds.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::clock::{Now, beijing, beijing_year};
use crate::journal::Journal;
use crate::keys::{random_digits, random_hex};

/// Machine time from acceptance to each status.
const ISSUING_MS: i64 = 100;
const ISSUED_MS: i64 = 300;
const DOCUMENT_READY_MS: i64 = 600;

/// Gansu's code and the channel of a digital invoice number (yy, province, channel, 15 digits).
const PROVINCE_AND_CHANNEL: &str = "627";
/// The first six digits of a bill code of the treasury: a kind of bill of no real province.
const BILL_CODE: &str = "990101";

pub(crate) struct Register {
    invoices: HashMap<String, Invoice>,
    issued: u64,
    /// Confirmation numbers that a red invoice was issued under.
    confirmations: HashSet<String>,
    lines: Journal,
}

/// Who issues a document, and hence what its number looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Office {
    /// The tax bureau: fapiao with 20 digits.
    #[default]
    Tax,
    /// The treasury: bills with a code of 8 digits and a number of 10.
    Finance,
}

/// One line of `invoices.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(super) request_no: String,
    pub(super) serial_no: String,
    #[serde(default)]
    pub(super) office: Office,
    /// Machine time.
    accepted_ms: i64,
    pub(super) outcome: Outcome,
    /// How much later than usual the document is there, machine time.
    #[serde(default)]
    document_late_ms: i64,
    /// The request, to compare a repeat with.
    pub(super) content: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// `issued_at`: city time, RFC 3339 at +08:00.
    Issued {
        invoice_number: String,
        issued_at: String,
        /// Of a bill of the treasury.
        #[serde(default)]
        check_code: Option<String>,
    },
    /// Issued, and the signature failed for good: there is a number and no document.
    Unsigned {
        invoice_number: String,
        issued_at: String,
    },
    Rejected {
        reason: String,
    },
    /// Issued on paper by mistake and made void there.
    Void {
        invoice_number: String,
        reason: String,
    },
    /// `issuing` for ever.
    Stuck,
}

/// A request to be accepted.
pub(super) struct Asked {
    pub(super) request_no: String,
    pub(super) office: Office,
    pub(super) content: Value,
    pub(super) outcome: Outcome,
    pub(super) document_late_ms: i64,
}

impl Register {
    pub(crate) fn open(data: &Path) -> anyhow::Result<Register> {
        let (lines, invoices) = Journal::open::<Invoice>(&data.join("invoices.jsonl"))?;
        let (invoices_by_no, confirmations) = (HashMap::new(), HashSet::new());
        let mut register = Register { invoices: invoices_by_no, issued: 0, confirmations, lines };
        for invoice in invoices {
            register.enter(invoice);
        }
        Ok(register)
    }

    pub(crate) fn find(&self, request_no: &str) -> Option<&Invoice> {
        self.invoices.get(request_no)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Invoice> {
        self.invoices.values()
    }

    /// The document that bears this number.
    pub(super) fn numbered(&self, number: &str) -> Option<&Invoice> {
        self.invoices.values().find(|invoice| invoice.outcome.number() == Some(number))
    }

    /// What red documents have taken off the one with this number, in fen above 0.
    pub(super) fn reversed_fen(&self, number: &str) -> i64 {
        let of = self.invoices.values().filter(|invoice| {
            invoice.outcome.number().is_some() && invoice.content["red"]["original"] == number
        });
        of.map(|invoice| -invoice.gross_fen()).sum()
    }

    pub(super) fn is_confirmation_used(&self, confirmation_no: &str) -> bool {
        self.confirmations.contains(confirmation_no)
    }

    /// The outcome of a document that will be issued at that city time, with the next number.
    pub(super) fn next_issued(&self, office: Office, issued_city_ms: i64) -> Outcome {
        let check_code = (office == Office::Finance).then(|| random_digits(6));
        let invoice_number = self.next_number(office, issued_city_ms);
        Outcome::Issued { invoice_number, issued_at: beijing(issued_city_ms), check_code }
    }

    pub(super) fn next_number(&self, office: Office, issued_city_ms: i64) -> String {
        let (year, serial) = (beijing_year(issued_city_ms), self.issued + 1);
        match office {
            Office::Tax => format!("{year}{PROVINCE_AND_CHANNEL}{serial:015}"),
            Office::Finance => format!("{BILL_CODE}{year}{serial:010}"),
        }
    }

    /// Accepts a document once per request number: the same content answers the first acceptance.
    pub(super) fn accept(&mut self, asked: Asked, now: Now) -> Result<Invoice, Refusal> {
        if let Some(known) = self.known(&asked.request_no, &asked.content)? {
            return Ok(known.clone());
        }
        let invoice = Invoice {
            request_no: asked.request_no,
            serial_no: random_hex(16),
            office: asked.office,
            accepted_ms: now.machine_ms,
            outcome: asked.outcome,
            document_late_ms: asked.document_late_ms,
            content: asked.content,
        };
        self.lines.append(&invoice)?;
        self.enter(invoice.clone());
        Ok(invoice)
    }

    /// The document that was accepted under this number before.
    pub(super) fn known(
        &self,
        request_no: &str,
        content: &Value,
    ) -> Result<Option<&Invoice>, Refusal> {
        match self.invoices.get(request_no) {
            Some(known) if known.content == *content => Ok(Some(known)),
            Some(_) => Err(Refusal::RequestNoUsed),
            None => Ok(None),
        }
    }

    /// The office makes a document void that it could not sign.
    pub(super) fn make_void(&mut self, number: &str) -> Result<(), Refusal> {
        let found = self.numbered(number).filter(|i| matches!(i.outcome, Outcome::Unsigned { .. }));
        let mut invoice = found.ok_or(Refusal::RequestNotFound)?.clone();
        invoice.outcome =
            Outcome::Void { invoice_number: number.to_owned(), reason: "已作废".into() };
        self.lines.append(&invoice)?;
        self.enter(invoice);
        Ok(())
    }

    fn enter(&mut self, invoice: Invoice) {
        if invoice.outcome.number().is_some() {
            self.issued += 1;
            if let Some(confirmation) = invoice.content["red"]["confirmation_no"].as_str() {
                self.confirmations.insert(confirmation.to_owned());
            }
        }
        self.invoices.insert(invoice.request_no.clone(), invoice);
    }
}

impl Outcome {
    pub(super) fn number(&self) -> Option<&str> {
        match self {
            Outcome::Issued { invoice_number, .. }
            | Outcome::Unsigned { invoice_number, .. }
            | Outcome::Void { invoice_number, .. } => Some(invoice_number),
            Outcome::Rejected { .. } | Outcome::Stuck => None,
        }
    }
}

impl Invoice {
    /// What a poll answers now.
    pub(super) fn shown(&self, now: Now) -> Value {
        let age_ms = now.machine_ms.saturating_sub(self.accepted_ms);
        let mut shown = json!({
            "request_no": self.request_no,
            "serial_no": self.serial_no,
            "status": if age_ms < ISSUING_MS { "accepted" } else { "issuing" },
        });
        if age_ms < ISSUED_MS {
            return shown;
        }
        match &self.outcome {
            Outcome::Issued { invoice_number, issued_at, check_code } => {
                let ready = self.has_document(now);
                shown["status"] = json!(if ready { "document_ready" } else { "issued" });
                shown["invoice_number"] = json!(invoice_number);
                shown["issued_at"] = json!(issued_at);
                if let Some(code) = check_code {
                    shown["check_code"] = json!(code);
                }
            }
            Outcome::Unsigned { invoice_number, issued_at } => {
                shown["status"] = json!("sign_failed");
                shown["invoice_number"] = json!(invoice_number);
                shown["issued_at"] = json!(issued_at);
            }
            Outcome::Rejected { reason } => {
                shown["status"] = json!("rejected");
                shown["reject_reason"] = json!(reason);
            }
            Outcome::Void { invoice_number, reason } => {
                shown["status"] = json!("void");
                shown["invoice_number"] = json!(invoice_number);
                shown["reject_reason"] = json!(reason);
            }
            Outcome::Stuck => {}
        }
        shown
    }

    /// Whether its document can be fetched.
    pub(super) fn has_document(&self, now: Now) -> bool {
        let issued = matches!(self.outcome, Outcome::Issued { .. });
        issued && now.machine_ms >= self.document_ready_ms()
    }

    fn document_ready_ms(&self) -> i64 {
        let ready_ms = self.accepted_ms.saturating_add(DOCUMENT_READY_MS);
        ready_ms.saturating_add(self.document_late_ms)
    }

    /// When there is news of it, machine time: the status it has then.
    pub(crate) fn news(&self) -> Vec<(&'static str, i64)> {
        let issued_ms = self.accepted_ms.saturating_add(ISSUED_MS);
        match &self.outcome {
            Outcome::Issued { .. } => {
                vec![("issued", issued_ms), ("document_ready", self.document_ready_ms())]
            }
            Outcome::Unsigned { .. } => vec![("sign_failed", issued_ms)],
            Outcome::Rejected { .. } => vec![("rejected", issued_ms)],
            Outcome::Void { .. } => vec![("void", issued_ms)],
            Outcome::Stuck => Vec::new(),
        }
    }

    /// Where its news is sent.
    pub(crate) fn notify_url(&self) -> Option<&str> {
        self.content["notify_url"].as_str()
    }

    pub(crate) fn request_no(&self) -> &str {
        &self.request_no
    }

    pub(super) fn gross_fen(&self) -> i64 {
        let total = match self.office {
            Office::Tax => &self.content["totals"]["gross"],
            Office::Finance => &self.content["total"],
        };
        total.as_str().and_then(super::arithmetic::fen).unwrap_or_default()
    }
}

/// Machine time at which an invoice accepted now will be issued.
pub(super) fn issued_ms(now: Now) -> i64 {
    now.machine_ms.saturating_add(ISSUED_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(outcome: &Outcome, document_late_ms: i64, expect: &[(i64, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let mut register = Register::open(folder.path()).unwrap();
        let at = |machine_ms| Now { machine_ms, city_ms: 0 };
        let asked = Asked {
            request_no: "a".into(),
            office: Office::Tax,
            content: json!({}),
            outcome: outcome.clone(),
            document_late_ms,
        };
        register.accept(asked, at(0)).unwrap();
        for (machine_ms, status) in expect {
            let shown = register.find("a").unwrap().shown(at(*machine_ms));
            assert_eq!(shown["status"], *status, "{outcome:?} after {machine_ms} ms");
            let numbered = ["issued", "document_ready", "sign_failed", "void"].contains(status);
            assert_eq!(shown.get("invoice_number").is_some(), numbered, "{shown}");
        }
    }

    #[test]
    fn an_invoice_goes_through_its_states_in_time() {
        let number = || "1".to_owned();
        let issued = Outcome::Issued {
            invoice_number: number(),
            issued_at: "2026".into(),
            check_code: None,
        };
        let at_first = [(0, "accepted"), (99, "accepted"), (100, "issuing"), (299, "issuing")];
        check(&issued, 0, &at_first);
        check(&issued, 0, &[(300, "issued"), (599, "issued"), (600, "document_ready")]);
        check(&issued, 1_000, &[(600, "issued"), (1_599, "issued"), (1_600, "document_ready")]);
        let rejected = Outcome::Rejected { reason: "x".into() };
        check(&rejected, 0, &at_first);
        check(&rejected, 0, &[(300, "rejected"), (9_999, "rejected")]);
        let unsigned = Outcome::Unsigned { invoice_number: number(), issued_at: "2026".into() };
        check(&unsigned, 0, &[(299, "issuing"), (300, "sign_failed"), (9_999, "sign_failed")]);
        let void = Outcome::Void { invoice_number: number(), reason: "x".into() };
        check(&void, 0, &[(300, "void"), (9_999, "void")]);
        check(&Outcome::Stuck, 0, &[(0, "accepted"), (100, "issuing"), (9_999_999, "issuing")]);
    }

    #[test]
    fn a_bill_of_the_treasury_has_a_code_of_8_digits_and_a_number_of_10() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::open(folder.path()).unwrap();
        // 2026-09-15 08:00 in Beijing.
        let number = register.next_number(Office::Finance, 1_789_430_400_000);
        assert_eq!(number, "990101260000000001");
        assert_eq!(register.next_number(Office::Tax, 1_789_430_400_000).len(), 20);
    }
}
