//! Taking the payer's money: once per order, whatever is repeated.

use super::place::require_payable;
use super::{Book, OrderLine};
use crate::clock::{Now, beijing, beijing_day};
use crate::keys::random_digits;
use crate::wechat::order::{Attempted, Charge, Order, TradeType};
use crate::wechat::refusal::Refusal;

impl Book {
    /// Takes the payer's money, once per order: a repeat answers the first charge.
    pub(in crate::wechat) fn charge(
        &mut self,
        prepay_id: &str,
        openid: &str,
        now: Now,
    ) -> Result<Charge, Refusal> {
        let order = self.payable(prepay_id, openid, now)?;
        if let Some(charge) = &order.charge {
            return Ok(charge.clone());
        }
        let (out_trade_no, amount_fen) = (order.out_trade_no.clone(), order.total_fen);
        let charge = Charge {
            transaction_id: self.fresh_transaction_id(now),
            out_trade_no,
            amount_fen,
            openid: openid.to_owned(),
            success_at: beijing(now.city_ms),
            settles_ms: 0,
            bank_type: "OTHERS".to_owned(),
        };
        self.write_charge(charge)
    }

    /// The payer tried, and no money was taken.
    pub(in crate::wechat) fn attempt(
        &mut self,
        prepay_id: &str,
        openid: &str,
        attempted: Attempted,
        now: Now,
    ) -> Result<(), Refusal> {
        let out_trade_no = self.payable(prepay_id, openid, now)?.out_trade_no.clone();
        self.record(OrderLine::Tried { out_trade_no, attempted, at_ms: now.machine_ms })
    }

    /// Decides what will be known of a parking fee at `settles` (machine and city time): debited from
    /// `openid`, or not.
    pub(in crate::wechat) fn debit(
        &mut self,
        out_trade_no: &str,
        outcome: Result<(&str, &str), Attempted>,
        settles: Now,
    ) -> Result<(), Refusal> {
        let order = self.order(out_trade_no).ok_or(Refusal::OrderNotExist)?;
        if order.charge.is_some() || order.tried.is_some() {
            return Ok(());
        }
        let (out_trade_no, amount_fen) = (order.out_trade_no.clone(), order.total_fen);
        match outcome {
            Ok((openid, bank_type)) => {
                let charge = Charge {
                    transaction_id: self.fresh_transaction_id(settles),
                    out_trade_no,
                    amount_fen,
                    openid: openid.to_owned(),
                    success_at: beijing(settles.city_ms),
                    settles_ms: settles.machine_ms,
                    bank_type: bank_type.to_owned(),
                };
                self.write_charge(charge).map(|_| ())
            }
            Err(attempted) => {
                let at_ms = settles.machine_ms;
                self.record(OrderLine::Tried { out_trade_no, attempted, at_ms })
            }
        }
    }

    fn payable(&self, prepay_id: &str, openid: &str, now: Now) -> Result<&Order, Refusal> {
        let prepay = self.prepays.get(prepay_id).ok_or(Refusal::OrderNotExist)?;
        let order = self.order(&prepay.out_trade_no);
        let order = order.filter(|o| o.trade_type != TradeType::Parking);
        let order = order.ok_or(Refusal::OrderNotExist)?;
        if order.openid.as_ref().is_some_and(|named| named != openid) {
            return Err(Refusal::OpenidMismatch);
        }
        if order.charge.is_none() {
            require_payable(order, now)?;
            if prepay.expires_ms <= now.machine_ms {
                return Err(Refusal::PrepayExpired);
            }
        }
        Ok(order)
    }

    fn write_charge(&mut self, charge: Charge) -> Result<Charge, Refusal> {
        self.charge_lines.append(&charge)?;
        self.apply_charge(charge.clone());
        Ok(charge)
    }

    fn fresh_transaction_id(&self, now: Now) -> String {
        loop {
            let (shop, tail) = (random_digits(6), random_digits(10));
            let id = format!("4200{shop}{}{tail}", beijing_day(now.city_ms));
            if !self.by_transaction.contains_key(&id) {
                return id;
            }
        }
    }
}
