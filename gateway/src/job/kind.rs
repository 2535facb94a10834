//! Every kind of job there is, and what it runs.

use anyhow::Result;
use uuid::Uuid;
use vocabulary::CommandId;

use super::{
    Ended, books, command, invoice, mail, parking, payment, reconcile, refund, settlement,
};
use crate::app::App;
use crate::flow::claim_bay::bind_waiting_claim;
use crate::flow::find_twice::find_twice;
use crate::flow::rederive_bay::rederive_bay;
use crate::flow::settle_visit::settle_visit;

/// A kind of job; its name is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A vehicle arrived where a claim was waiting. Subject: the bay.
    BindClaim,
    /// What is known of a bay beside its readings changed. Subject: the bay.
    DeriveBay,
    /// A stay of a visit changed. Subject: the visit.
    SettleVisit,
    /// A visit got a stay or another plate: is that plate elsewhere, too? Subject: the visit.
    FindTwice,
    /// A refund was stored as `requested`. Subject: the order; key: the refund.
    StartRefund,
    /// A payment was started. Subject: the order; key: the payment.
    PreparePayment,
    /// A payment's outcome has to be asked for. Subject: the order; key: the payment.
    AskPayment,
    /// A refund's outcome has to be asked for. Subject: the order; key: the refund.
    AskRefund,
    /// WeChat Pay is to be told of a vehicle, for pay after parking. Subject and key: the order.
    TellEntry,
    /// A document was asked for, blue or red. Subject: the invoice.
    SubmitInvoice,
    /// What became of a document has to be asked for. Subject: the invoice.
    AskInvoice,
    /// A document was issued: what the office delivers is to be fetched. Subject: the invoice.
    FetchDocuments,
    /// Documents are to be mailed. Subject: the invoice; key: the mail.
    SendMail,
    /// A device is to be told something. Subject: the device; key: the command.
    SendCommand,
    /// The books of a day are to be proved. Subject: the payee; key: payee and day.
    ProveBooks,
    /// The channel's bill of a day is to be reconciled. Subject: the merchant account; key: channel, merchant, day.
    ReconcileDay,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 16] = [
        Kind::BindClaim,
        Kind::DeriveBay,
        Kind::SettleVisit,
        Kind::FindTwice,
        Kind::StartRefund,
        Kind::PreparePayment,
        Kind::AskPayment,
        Kind::AskRefund,
        Kind::TellEntry,
        Kind::SubmitInvoice,
        Kind::AskInvoice,
        Kind::FetchDocuments,
        Kind::SendMail,
        Kind::SendCommand,
        Kind::ProveBooks,
        Kind::ReconcileDay,
    ];

    /// The name used in stored rows and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::BindClaim => "bind_claim",
            Kind::DeriveBay => "derive_bay",
            Kind::SettleVisit => "settle_visit",
            Kind::FindTwice => "find_twice",
            Kind::StartRefund => "start_refund",
            Kind::PreparePayment => "prepare_payment",
            Kind::AskPayment => "ask_payment",
            Kind::AskRefund => "ask_refund",
            Kind::TellEntry => "tell_entry",
            Kind::SubmitInvoice => "submit_invoice",
            Kind::AskInvoice => "ask_invoice",
            Kind::FetchDocuments => "fetch_documents",
            Kind::SendMail => "send_mail",
            Kind::SendCommand => "send_command",
            Kind::ProveBooks => "prove_books",
            Kind::ReconcileDay => "reconcile_day",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// Runs a job once.
pub(super) async fn run(app: &App, kind: Kind, key: &str, subject: Uuid) -> Result<Ended> {
    match kind {
        Kind::BindClaim => {
            let bound = crate::flow::again(|| bind_waiting_claim(app, subject)).await;
            bound.map(|()| Ended::Done).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
        }
        Kind::DeriveBay => rederive_bay(app, subject).await.map(|()| Ended::Done),
        Kind::SettleVisit => Ok(settlement::ended(app, settle_visit(app, subject).await?)),
        Kind::FindTwice => {
            let again_at = find_twice(app, subject).await?;
            Ok(again_at.map_or(Ended::Done, |at| Ended::not_before(&app.clock, at)))
        }
        Kind::StartRefund => refund::start(app, payment_of(key)?).await,
        Kind::AskRefund => refund::ask(app, payment_of(key)?).await,
        Kind::TellEntry => parking::tell_entry(app, subject).await,
        Kind::PreparePayment => payment::prepare(app, payment_of(key)?).await,
        Kind::AskPayment => payment::ask(app, payment_of(key)?).await,
        Kind::SubmitInvoice => invoice::submit(app, subject).await,
        Kind::AskInvoice => invoice::ask(app, subject).await,
        Kind::FetchDocuments => invoice::fetch(app, subject).await,
        Kind::SendMail => mail::send(app, key.parse()?).await,
        Kind::SendCommand => command::send(app, CommandId(key.parse()?)).await,
        Kind::ProveBooks => books::prove(app, subject).await,
        Kind::ReconcileDay => reconcile::run(app, key).await,
    }
}

/// The key of a payment's (or refund's) job is its id, and what for if there is more than one reason.
fn payment_of(key: &str) -> Result<Uuid> {
    Ok(key.split(':').next().unwrap_or_default().parse()?)
}
