//! The invoices asked for, and what became of them.
//!
//! What will become of an invoice is decided and on disk (`invoices.jsonl`) before it is accepted;
//! how far it is follows from the machine time since then. So a restart changes nothing, and an
//! issued invoice never changes.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::clock::{Now, beijing, beijing_year};
use crate::journal::Journal;
use crate::keys::random_hex;

/// Machine time from acceptance to each status.
const ISSUING_MS: i64 = 100;
const ISSUED_MS: i64 = 300;
const DOCUMENT_READY_MS: i64 = 600;

/// Gansu's code and the channel of a digital invoice number (yy, province, channel, 15 digits).
const PROVINCE_AND_CHANNEL: &str = "627";

pub(crate) struct Register {
    invoices: HashMap<String, Invoice>,
    issued: u64,
    lines: Journal,
}

/// One line of `invoices.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(super) request_no: String,
    pub(super) serial_no: String,
    /// Machine time.
    accepted_ms: i64,
    outcome: Outcome,
    /// The request, to compare a repeat with.
    content: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Outcome {
    /// `issued_at`: city time, RFC 3339 at +08:00.
    Issued {
        invoice_number: String,
        issued_at: String,
    },
    Rejected {
        reason: String,
    },
    /// `issuing` for ever.
    Stuck,
}

impl Register {
    pub(crate) fn open(data: &Path) -> anyhow::Result<Register> {
        let (lines, invoices) = Journal::open::<Invoice>(&data.join("invoices.jsonl"))?;
        let mut register = Register { invoices: HashMap::new(), issued: 0, lines };
        for invoice in invoices {
            register.enter(invoice);
        }
        Ok(register)
    }

    pub(super) fn find(&self, request_no: &str) -> Option<&Invoice> {
        self.invoices.get(request_no)
    }

    /// The outcome of an invoice that will be issued at that city time, with the next number.
    pub(super) fn next_issued(&self, issued_city_ms: i64) -> Outcome {
        let year = beijing_year(issued_city_ms);
        let serial = self.issued + 1;
        Outcome::Issued {
            invoice_number: format!("{year}{PROVINCE_AND_CHANNEL}{serial:015}"),
            issued_at: beijing(issued_city_ms),
        }
    }

    /// Accepts an invoice once per request number: the same content answers the first acceptance.
    pub(super) fn accept(
        &mut self,
        request_no: String,
        content: Value,
        now: Now,
        outcome: Outcome,
    ) -> Result<Invoice, Refusal> {
        if let Some(known) = self.invoices.get(&request_no) {
            let same = known.content == content;
            return if same { Ok(known.clone()) } else { Err(Refusal::RequestNoUsed) };
        }
        let serial_no = random_hex(16);
        let accepted_ms = now.machine_ms;
        let invoice = Invoice { request_no, serial_no, accepted_ms, outcome, content };
        self.lines.append(&invoice)?;
        self.enter(invoice.clone());
        Ok(invoice)
    }

    fn enter(&mut self, invoice: Invoice) {
        if matches!(invoice.outcome, Outcome::Issued { .. }) {
            self.issued += 1;
        }
        self.invoices.insert(invoice.request_no.clone(), invoice);
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
        match &self.outcome {
            Outcome::Issued { invoice_number, issued_at } if age_ms >= ISSUED_MS => {
                let ready = age_ms >= DOCUMENT_READY_MS;
                shown["status"] = json!(if ready { "document_ready" } else { "issued" });
                shown["invoice_number"] = json!(invoice_number);
                shown["issued_at"] = json!(issued_at);
            }
            Outcome::Rejected { reason } if age_ms >= ISSUED_MS => {
                shown["status"] = json!("rejected");
                shown["reject_reason"] = json!(reason);
            }
            _ => {}
        }
        shown
    }
}

/// Machine time at which an invoice accepted now will be issued.
pub(super) fn issued_ms(now: Now) -> i64 {
    now.machine_ms.saturating_add(ISSUED_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(outcome: &Outcome, expect: &[(i64, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let mut register = Register::open(folder.path()).unwrap();
        let at = |machine_ms| Now { machine_ms, city_ms: 0 };
        register.accept("a".into(), json!({}), at(0), outcome.clone()).unwrap();
        for (machine_ms, status) in expect {
            let shown = register.find("a").unwrap().shown(at(*machine_ms));
            assert_eq!(shown["status"], *status, "{outcome:?} after {machine_ms} ms");
            let numbered = ["issued", "document_ready"].contains(status);
            assert_eq!(shown.get("invoice_number").is_some(), numbered, "{shown}");
        }
    }

    #[test]
    fn an_invoice_goes_through_its_states_in_time() {
        let issued = Outcome::Issued { invoice_number: "1".into(), issued_at: "2026".into() };
        let at_first = [(0, "accepted"), (99, "accepted"), (100, "issuing"), (299, "issuing")];
        check(&issued, &at_first);
        check(&issued, &[(300, "issued"), (599, "issued"), (600, "document_ready")]);
        check(&Outcome::Rejected { reason: "x".into() }, &at_first);
        check(&Outcome::Rejected { reason: "x".into() }, &[(300, "rejected"), (9_999, "rejected")]);
        check(&Outcome::Stuck, &[(0, "accepted"), (100, "issuing"), (9_999_999, "issuing")]);
    }
}
