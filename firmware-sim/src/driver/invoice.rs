//! Asking for the invoice of a paid order, and looking at the document once it is there.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

use super::Driver;
use crate::api::{Failure, text_of};
use crate::demand::Title;
use crate::truth::Fact;

/// Its check character fits, and no area has the code 990000: no real taxpayer has this number.
const COMPANY_TAX_ID: &str = "91990000MA0000001B";

impl Driver {
    pub(super) async fn invoice(&mut self, order_id: &str, title: Title) -> Result<(), Failure> {
        let body = json!({"order_ids": [order_id], "title": self.title(title)});
        let ask = self.town.api.post("/api/v1/invoices").key(&self.key("invoice")).body(body);
        let answer = self.phone.json(ask).await?;
        let invoice_id = text_of(&answer, "invoice_id")?;
        let invoice = self.wait_until_issued(&invoice_id).await?;
        let number = text_of(&invoice, "invoice_number")?;
        let document = self.document(&invoice_id).await?;
        if !is_document_of(&document, &number) {
            return Err(Failure::Unreadable("document"));
        }
        self.town.counters.count(|c| &c.invoices);
        self.town.truth.write(&Fact::Invoice {
            at: self.town.clock.now(),
            bay_code: self.trip.bay_code.clone(),
            visit: self.trip.visit.number,
            invoice_id,
            invoice_number: number,
        });
        Ok(())
    }

    fn title(&self, title: Title) -> Value {
        match title {
            Title::Person => {
                let name = format!("演示车主（{}）", self.trip.visit.user);
                json!({"kind": "person", "name": name})
            }
            Title::Company => json!({
                "kind": "company",
                "name": "白银示例商贸有限公司（演示）",
                "tax_id": COMPANY_TAX_ID,
            }),
        }
    }

    async fn wait_until_issued(&mut self, invoice_id: &str) -> Result<Value, Failure> {
        let mut pauses = self.town.api.pauses();
        loop {
            let ask = self.town.api.get(&format!("/api/v1/invoices/{invoice_id}"));
            let invoice = self.phone.json(ask).await?;
            match invoice["state"].as_str() {
                Some("issued") => return Ok(invoice),
                Some("requested" | "submitted") => pauses.pause().await?,
                Some(other) => return Err(Failure::EndedAs(format!("invoice_{other}"))),
                None => return Err(Failure::Unreadable("state")),
            }
        }
    }

    /// The document may follow the number by a moment.
    async fn document(&mut self, invoice_id: &str) -> Result<String, Failure> {
        let mut pauses = self.town.api.pauses();
        loop {
            let ask = self.town.api.get(&format!("/api/v1/invoices/{invoice_id}/document.xml"));
            match self.phone.text(ask).await {
                Err(Failure::Refused { status: 404 | 409 | 425, .. }) => pauses.pause().await?,
                answer => return answer,
            }
        }
    }
}

/// Whether a text is XML to its end, and bears the invoice's number.
fn is_document_of(text: &str, number: &str) -> bool {
    let mut reader = Reader::from_str(text);
    let (mut elements, mut depth) = (0_u32, 0_u32);
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => (elements, depth) = (elements + 1, depth + 1),
            Ok(Event::Empty(_)) => elements += 1,
            // The reader refuses an end without its start.
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    elements > 0 && depth == 0 && !number.is_empty() && text.contains(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_whole_xml_that_bears_the_number() {
        let number = "26622000000000000017";
        for (text, good) in [
            (format!("<?xml version=\"1.0\"?><EInvoice><No>{number}</No></EInvoice>"), true),
            (format!("<EInvoice No=\"{number}\"/>"), true),
            ("<EInvoice><No>1</No></EInvoice>".to_owned(), false),
            (format!("<EInvoice><No>{number}</No>"), false),
            (format!("<EInvoice><No>{number}</EInvoice></No>"), false),
            (format!("{{\"number\":\"{number}\"}}"), false),
            (String::new(), false),
        ] {
            assert_eq!(is_document_of(&text, number), good, "{text}");
        }
    }
}
