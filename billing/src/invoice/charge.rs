//! What is to be invoiced: paid orders, and how much of each is left.

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject, Interval};

use super::lease::{Lease, Site};
use super::{Party, Regime, TaxItem};

/// A paid order to be invoiced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The order's number, as its driver knows it.
    pub order: String,
    /// The plate, if the driver wants it on the invoice.
    pub plate: Option<String>,
    /// Street or zone, or the name of a pass.
    pub place: String,
    /// Where that is, if it is known.
    #[serde(default)]
    pub site: Option<Site>,
    /// When the vehicle stood there.
    pub stay: Interval,
    /// Another tax item than that of the request, where another held when the order was paid.
    #[serde(default)]
    pub tax_item: Option<TaxItem>,
    /// What was paid.
    pub paid: Fen,
    /// What of it went back.
    pub refunded: Fen,
    /// What of it documents carry: blue ones less what red ones took back.
    pub invoiced: Fen,
}

/// What is to be invoiced, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRequest<'a> {
    /// The payee's regime, frozen by the orders.
    pub regime: Regime,
    /// Who issues.
    pub seller: &'a Party,
    /// Who drew it up, as the seller's office names him.
    pub drawer: &'a str,
    /// Whose title it bears.
    pub buyer: &'a Party,
    /// The tax item of the day (`tax_item_on`).
    pub tax_item: &'a TaxItem,
    /// One line each.
    pub charges: &'a [Charge],
}

impl Charge {
    /// What may still be invoiced: paid less refunded less invoiced, never below 0.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn remaining(&self) -> Result<Fen, FenReject> {
        Ok(self.balance()?.max(Fen::ZERO))
    }

    /// What red documents must take back, because it went back to the driver after it was invoiced.
    ///
    /// # Errors
    /// `FenReject::Overflow` when it does not fit.
    pub fn over_invoiced(&self) -> Result<Fen, FenReject> {
        Fen::ZERO.minus(self.balance()?.min(Fen::ZERO))
    }

    fn balance(&self) -> Result<Fen, FenReject> {
        self.paid.minus(self.refunded)?.minus(self.invoiced)
    }

    pub(super) fn lease(&self) -> Lease {
        Lease {
            place: self.place.clone(),
            site: self.site.clone(),
            period: self.stay,
            plate: self.plate.clone(),
        }
    }
}
