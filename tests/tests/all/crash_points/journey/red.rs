//! What comes after the invoice: money that stands on it goes back, which takes a confirmation form and a red invoice
//! first; then its title turns out to be wrong, which takes all that is left back and lets another invoice follow.

use gateway::flow::sign_in::Role;
use serde_json::{Value, json};

use super::{Journey, text};
use crate::harness::sandbox::Sandbox;

/// What of one journey the tax platform has to have on record: two blue ones, two red ones, a form for each of these.
const DOCUMENTS: usize = 4;
const FORMS: usize = 2;

/// How much the tax platform had on record when the journey began.
pub(super) struct Office {
    documents: usize,
    forms: usize,
}

impl Office {
    pub(super) fn of(sandbox: &Sandbox) -> Office {
        Office { documents: sandbox.invoices().len(), forms: sandbox.red_forms().len() }
    }

    /// However often the gateway asked.
    pub(super) fn wrote_each_document_once(&self, sandbox: &Sandbox) {
        let now = Office::of(sandbox);
        let written = (now.documents - self.documents, now.forms - self.forms);
        assert_eq!(written, (DOCUMENTS, FORMS), "{:?}", sandbox.red_forms());
    }
}

impl Journey<'_> {
    /// One of finance proposes to give half a yuan up, a manager agrees; the red one comes, and then the money.
    pub(super) async fn give_back_what_is_invoiced(&mut self, order: &str, driver: &str) {
        let (proposer, manager) =
            (self.staff(Role::Finance).await, self.staff(Role::Manager).await);
        let waiver = json!({"kind": "waiver", "amount_fen": 50, "reason": "阀值误差",
            "authority": "市停车管理办公室", "document_number": "〔2026〕1号"});
        let path = format!("/api/v1/staff/orders/{order}/decisions");
        let proposed = self.post("propose", &path, &proposer, &waiver, 201).await;
        let path = format!("/api/v1/staff/decisions/{}", text(&proposed["decision_id"]));
        self.post("approve", &path, &manager, &json!({"approve": true}), 200).await;
        self.order_when(order, driver, |o| o["refunded_fen"] == 150).await;
    }

    /// A clerk takes the rest back; the invoice that follows bears the right title.
    pub(super) async fn correct_the_title(&mut self, blue: &str, driver: &str) {
        let clerk = self.staff(Role::Finance).await;
        let title = json!({"kind": "company", "name": "白银某某商贸有限公司", "tax_id": "91350100M000100Y43"});
        let wanted = json!({"reason": "issued_in_error", "title": title});
        let path = format!("/api/v1/staff/invoices/{blue}/red");
        self.post("red", &path, &clerk, &wanted, 201).await;
        self.until("the invoice that follows, with its files", async |process| {
            let listed = process.api.get("/api/v1/me/invoices", Some(driver)).await;
            let listed = listed.expect(200).json();
            let whole = |one: &&Value| one["state"] == "issued" && one["documents"] != json!([]);
            let all = listed["invoices"].as_array().expect("a list");
            (all.iter().filter(whole).count() == DOCUMENTS).then_some(())
        })
        .await;
    }
}
