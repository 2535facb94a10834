//! Invoices: asked for with the orders they cover, advanced step by step, documents never changed.

use store::{InvoiceOrderRow, InvoiceRow, Lane, Store, Tx};
use uuid::Uuid;

use crate::harness::seed::{self, MORNING, Town, id};

async fn an_invoice_is_found_by_the_orders_it_covers(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    assert_eq!(tx.invoice_of_order(id(61)).await.unwrap(), Some(id(91)));
    assert_eq!(tx.invoice_of_order(id(63)).await.unwrap(), None);
    let covered = tx.orders_of_invoice(id(91)).await.unwrap();
    let covered: Vec<_> = covered.iter().map(|o| (o.order_id, o.gross_fen)).collect();
    assert_eq!(covered, [(id(61), 200), (id(62), 300)]);
    assert_eq!(tx.pending_invoices(10).await.unwrap().len(), 1);
    assert_eq!(tx.order_sums(id(62)).await.unwrap().invoiced_fen, 300);
}

async fn an_invoice_moves_on_only_from_the_state_it_is_in(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    let asked = tx.invoice(id(91)).await.unwrap().unwrap();
    let submitted =
        InvoiceRow { state: "submitted".into(), serial_no: Some("s1".into()), ..asked.clone() };
    assert!(!tx.advance_invoice(&submitted, "submitted").await.unwrap());
    assert!(tx.advance_invoice(&submitted, "requested").await.unwrap());
    assert!(!tx.advance_invoice(&submitted, "requested").await.unwrap());
    let issued = InvoiceRow {
        state: "issued".into(),
        invoice_number: Some("26622000000000000001".into()),
        issued_at: Some(MORNING + 9),
        ..submitted
    };
    assert!(tx.advance_invoice(&issued, "submitted").await.unwrap());
    let kept = tx.invoice(id(91)).await.unwrap().unwrap();
    assert_eq!((kept.serial_no.as_deref(), kept.issued_at), (Some("s1"), Some(MORNING + 9)));
    assert_eq!((kept.invoice_number, kept.draft_json), (issued.invoice_number, asked.draft_json));
    assert!(tx.pending_invoices(10).await.unwrap().is_empty());
    assert_eq!(tx.count_invoices("issued").await.unwrap(), 1);
}

async fn a_document_is_stored_once_and_never_changed(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    let document = "<发票/>".as_bytes();
    tx.put_document(id(91), "xml", document, MORNING).await.unwrap();
    tx.put_document(id(91), "xml", b"<other/>", MORNING).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.document(id(91), "xml").await.unwrap().as_deref(), Some(document));
    assert_eq!(tx.document(id(91), "pdf").await.unwrap(), None);
}

async fn a_request_number_names_one_invoice(store: Store) {
    let town = seed::town(&store, 1).await;
    requested(&store, &town).await.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let same = InvoiceRow { invoice_id: id(92), ..invoice(&town) };
    tx.insert_invoice(&same, &[]).await.unwrap_err();
}

async fn a_rejected_invoice_no_longer_counts_against_its_orders(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    let asked = tx.invoice(id(91)).await.unwrap().unwrap();
    let rejected =
        InvoiceRow {
            state: "rejected".into(), reject_reason: Some("抬头有误".into()), ..asked
        };
    assert!(tx.advance_invoice(&rejected, "requested").await.unwrap());
    assert_eq!(tx.order_sums(id(61)).await.unwrap().invoiced_fen, 0);
    let kept = tx.invoice(id(91)).await.unwrap().unwrap();
    assert_eq!(kept.reject_reason.as_deref(), Some("抬头有误"));
}

on_both_databases! {
    an_invoice_is_found_by_the_orders_it_covers,
    an_invoice_moves_on_only_from_the_state_it_is_in,
    a_document_is_stored_once_and_never_changed,
    a_request_number_names_one_invoice,
    a_rejected_invoice_no_longer_counts_against_its_orders,
}

/// Orders 61 to 63, and invoice 91 for the first two.
async fn requested(store: &Store, town: &Town) -> Tx {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for number in 1..=3 {
        let order = seed::order(id(60 + number), town, id(40 + number));
        tx.insert_order(&order).await.unwrap();
    }
    let covered = [covers(id(61), 200), covers(id(62), 300)];
    tx.insert_invoice(&invoice(town), &covered).await.unwrap();
    tx
}

fn covers(order_id: Uuid, gross_fen: i64) -> InvoiceOrderRow {
    InvoiceOrderRow { invoice_id: id(91), order_id, gross_fen }
}

fn invoice(town: &Town) -> InvoiceRow {
    InvoiceRow {
        invoice_id: id(91),
        operator_id: town.operator_id,
        payee_id: town.payee_id,
        account_id: id(51),
        regime: "vat".into(),
        state: "requested".into(),
        request_no: "BW0000000001".into(),
        draft_json: r#"{"购买方":"张三"}"#.into(),
        gross_fen: 500,
        serial_no: None,
        invoice_number: None,
        reject_reason: None,
        requested_at: MORNING,
        issued_at: None,
    }
}
