//! Invoices: asked for with the orders they cover, advanced step by step, documents never changed.

use store::{
    InvoiceFilter, InvoiceLinkRow, InvoiceMailRow, InvoiceOrderRow, InvoiceRow, InvoiceTitleRow,
    Lane, NewDocument, Store, Tx,
};
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
    assert_eq!(tx.pending_invoices(10).await.unwrap().len(), 1, "its documents are not there");
    tx.put_documents(id(91), &[], MORNING + 10).await.unwrap();
    assert!(tx.pending_invoices(10).await.unwrap().is_empty());
    assert_eq!(tx.count_invoices("issued").await.unwrap(), 1);
}

async fn a_document_is_stored_once_and_never_changed(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    let document = "<发票/>".as_bytes();
    let xml = |content| [NewDocument { format: "xml", source: "platform", content }];
    tx.put_documents(id(91), &xml(document), MORNING).await.unwrap();
    tx.put_documents(id(91), &xml(b"<other/>"), MORNING + 1).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.document(id(91), "xml").await.unwrap().as_deref(), Some(document));
    assert_eq!(tx.document(id(91), "pdf").await.unwrap(), None);
    assert_eq!(tx.invoice(id(91)).await.unwrap().unwrap().documents_at, Some(MORNING));
    let listed = tx.documents(id(91)).await.unwrap();
    assert_eq!((listed.len(), listed[0].source.as_str(), listed[0].bytes), (1, "platform", 9));
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

/// Changes one thing of a row.
type Change = fn(&mut InvoiceRow);

async fn what_is_issued_never_changes_whoever_writes(store: Store) {
    let town = seed::town(&store, 1).await;
    let issued = issued(&store, &town).await;
    let changes: [(&str, Change); 5] = [
        ("the draft", |i| i.draft_json = "{}".into()),
        ("the number", |i| i.invoice_number = Some("26622000000000000002".into())),
        ("the hash", |i| i.content_hash = Some(vec![1])),
        ("the time", |i| i.issued_at = Some(MORNING + 10)),
        ("the state", |i| i.state = "rejected".into()),
    ];
    for (what, change) in changes {
        let mut other = issued.clone();
        change(&mut other);
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let refused = tx.advance_invoice(&other, "issued").await.unwrap_err();
        assert!(refused.to_string().contains("invoice_immutable"), "{what}: {refused}");
    }
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.hold_invoice(id(91), Some("differs"), MORNING).await.unwrap());
    assert!(!tx.hold_invoice(id(91), Some("differs"), MORNING).await.unwrap());
    tx.put_documents(id(91), &[], MORNING).await.unwrap();
    tx.commit().await.unwrap();
}

async fn only_a_blue_one_that_could_not_be_signed_may_be_void_after_all(store: Store) {
    let town = seed::town(&store, 1).await;
    let issued = issued(&store, &town).await;
    for (colour, from, fits) in [("blue", "unsigned", true), ("red", "unsigned", false)] {
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let number = id(if colour == "red" { 93 } else { 92 });
        let asked = InvoiceRow {
            invoice_id: number,
            colour: colour.into(),
            request_no: format!("BW{colour}"),
            ..invoice(&town)
        };
        tx.insert_invoice(&asked, &[]).await.unwrap();
        let unsigned = InvoiceRow {
            state: from.into(),
            invoice_number: Some(format!("2662200000000000000{}", number.as_u128() % 10)),
            issued_at: Some(MORNING + 9),
            ..asked
        };
        assert!(tx.advance_invoice(&unsigned, "requested").await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let void = InvoiceRow { state: "void".into(), ..unsigned };
        let stored = tx.advance_invoice(&void, from).await;
        assert_eq!(stored.is_ok(), fits, "{colour}: {stored:?}");
        if fits {
            tx.advance_invoice(&InvoiceRow { state: "issued".into(), ..void }, "void")
                .await
                .unwrap_err();
        }
    }
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let void = InvoiceRow { state: "void".into(), ..issued };
    tx.advance_invoice(&void, "issued").await.unwrap_err();
}

async fn whoever_is_deleted_leaves_no_title_on_what_was_never_issued(store: Store) {
    let town = seed::town(&store, 1).await;
    let issued = issued(&store, &town).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let rejected = InvoiceRow {
        invoice_id: id(92),
        request_no: "BW0000000002".into(),
        state: "rejected".into(),
        ..invoice(&town)
    };
    tx.insert_invoice(&rejected, &[]).await.unwrap();
    tx.unlink_account(id(51), ("deleted", "driver"), MORNING).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let gone = tx.invoice(id(92)).await.unwrap().unwrap();
    assert_eq!((gone.draft_json.as_str(), gone.account_id), ("", Uuid::nil()));
    let kept = tx.invoice(id(91)).await.unwrap().unwrap();
    assert_eq!((kept.draft_json, kept.account_id), (issued.draft_json, Uuid::nil()));
}

async fn an_order_never_carries_more_than_was_paid_and_kept(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_order(&seed::order(id(61), &town, id(41))).await.unwrap();
    let mut order = tx.lock_order(id(61)).await.unwrap().unwrap();
    (order.total_fen, order.paid_fen, order.refunded_fen, order.invoiced_fen) =
        (500, 500, 100, 400);
    tx.update_order(&order).await.unwrap();
    tx.commit().await.unwrap();
    for change in [
        |o: &mut store::OrderRow| o.invoiced_fen = 401,
        |o: &mut store::OrderRow| o.refunding_fen = 1,
        |o: &mut store::OrderRow| o.paid_fen = 499,
        |o: &mut store::OrderRow| o.invoiced_fen = -1,
    ] {
        let mut other = order.clone();
        change(&mut other);
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let refused = tx.update_order(&other).await.unwrap_err();
        assert!(refused.to_string().contains("order_invoiced_fits"), "{refused}");
    }
}

async fn a_red_document_counts_from_its_issue_on_and_is_found_by_its_blue_one(store: Store) {
    let town = seed::town(&store, 1).await;
    issued(&store, &town).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let red = InvoiceRow {
        invoice_id: id(92),
        colour: "red".into(),
        original_id: Some(id(91)),
        request_no: "BW0000000002".into(),
        draft_json: String::new(),
        gross_fen: -120,
        reason: "service_stopped".into(),
        ..invoice(&town)
    };
    let part = InvoiceOrderRow { invoice_id: id(92), order_id: id(61), gross_fen: -120 };
    tx.insert_invoice(&red, &[part]).await.unwrap();
    assert_eq!(tx.red_under_way_fen(id(61)).await.unwrap(), 120);
    assert_eq!(tx.order_sums(id(61)).await.unwrap().invoiced_fen, 200, "it is not issued");
    let blue = tx.blues_of_order(id(61)).await.unwrap();
    assert_eq!(
        (blue[0].invoice_id, blue[0].covered_fen, blue[0].taken_back_fen),
        (id(91), 200, 120)
    );
    assert_eq!(tx.invoice_of_order(id(61)).await.unwrap(), Some(id(91)));
    let stored = tx.invoice(id(92)).await.unwrap().unwrap();
    let done = InvoiceRow {
        state: "issued".into(),
        invoice_number: Some("26622000000000000009".into()),
        issued_at: Some(MORNING + 20),
        draft_json: "{}".into(),
        ..stored
    };
    assert!(tx.advance_invoice(&done, "requested").await.unwrap());
    assert_eq!(tx.order_sums(id(61)).await.unwrap().invoiced_fen, 80);
    assert_eq!(tx.red_under_way_fen(id(61)).await.unwrap(), 0);
    assert_eq!(tx.reds_of_invoice(id(91)).await.unwrap().len(), 1);
    let all = InvoiceFilter::default();
    assert_eq!(tx.find_invoices(&all, 10).await.unwrap().len(), 2);
    let red = InvoiceFilter { colour: Some("red".into()), order_id: Some(id(61)), ..all.clone() };
    assert_eq!(tx.find_invoices(&red, 10).await.unwrap()[0].invoice_id, id(92));
    let other = InvoiceFilter { operator: Some(id(77)), ..all };
    assert!(tx.find_invoices(&other, 10).await.unwrap().is_empty());
    let page = tx.invoices_page(id(51), None, 1).await.unwrap();
    let rest = tx.invoices_page(id(51), Some((page[0].requested_at, page[0].invoice_id)), 9).await;
    assert_eq!(rest.unwrap().len(), 1);
    assert_eq!(tx.invoice_counts().await.unwrap().len(), 2);
}

async fn a_link_holds_until_it_ends_or_is_taken_back(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    let link = |number, expires_at| InvoiceLinkRow {
        link_id: id(number),
        invoice_id: id(91),
        made_by: "driver".into(),
        made_at: 0,
        expires_at,
        revoked_at: None,
    };
    tx.insert_invoice_link(&link(1, 100), b"a").await.unwrap();
    tx.insert_invoice_link(&link(2, 200), b"b").await.unwrap();
    assert_eq!(tx.invoice_link(b"a", 99).await.unwrap().unwrap().link_id, id(1));
    assert_eq!(tx.invoice_link(b"a", 100).await.unwrap(), None);
    assert_eq!(tx.invoice_links(id(91), 150).await.unwrap().len(), 1);
    assert!(!tx.revoke_invoice_link(id(92), id(2), 150).await.unwrap(), "of another invoice");
    assert!(tx.revoke_invoice_link(id(91), id(2), 150).await.unwrap());
    assert!(!tx.revoke_invoice_link(id(91), id(2), 150).await.unwrap());
    assert_eq!(tx.invoice_link(b"b", 151).await.unwrap(), None);
    assert_eq!(tx.forget_invoice_links(160).await.unwrap(), 2);
}

async fn a_mail_to_one_address_is_asked_for_once_and_ends_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = requested(&store, &town).await;
    let mail = |number| InvoiceMailRow {
        mail_id: id(number),
        invoice_id: id(91),
        address: "a@example.com".into(),
        state: "waiting".into(),
        asked_at: MORNING,
        sent_at: None,
        failure: None,
    };
    assert!(tx.insert_invoice_mail(&mail(1)).await.unwrap());
    assert!(!tx.insert_invoice_mail(&mail(2)).await.unwrap());
    assert!(tx.waiting_mails(9).await.unwrap().is_empty(), "its documents are not there");
    tx.put_documents(id(91), &[], MORNING).await.unwrap();
    assert_eq!(tx.waiting_mails(9).await.unwrap().len(), 1);
    assert!(tx.end_invoice_mail(id(1), ("failed", Some("no")), MORNING + 1).await.unwrap());
    assert!(!tx.end_invoice_mail(id(1), ("sent", None), MORNING + 2).await.unwrap());
    assert!(tx.insert_invoice_mail(&mail(2)).await.unwrap(), "one that failed may be tried again");
    assert_eq!(tx.invoice_mails(id(91)).await.unwrap().len(), 2);
    assert_eq!(tx.forget_mail_addresses(MORNING + 2, 9).await.unwrap(), 1);
}

async fn an_account_has_one_default_title(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let account = tx.put_account(id(51), "openid", MORNING).await.unwrap();
    let title = |number, is_default| InvoiceTitleRow {
        title_id: id(number),
        account_id: account,
        kind: "person".into(),
        name: format!("张{number}"),
        tax_id: None,
        email: None,
        is_default,
        made_at: MORNING,
        changed_at: MORNING,
    };
    tx.put_invoice_title(&title(1, true)).await.unwrap();
    tx.put_invoice_title(&title(2, true)).await.unwrap();
    let kept = tx.invoice_titles(account).await.unwrap();
    assert_eq!((kept.len(), kept[0].title_id, kept[1].is_default), (2, id(2), false));
    assert!(!tx.delete_invoice_title(id(52), id(2)).await.unwrap(), "of another account");
    assert!(tx.delete_invoice_title(account, id(2)).await.unwrap());
    for _ in 0..2 {
        tx.give_consent(account, ("invoice_titles", "1"), MORNING).await.unwrap();
    }
    assert_eq!(tx.consents(account).await.unwrap().len(), 1);
}

on_both_databases! {
    an_invoice_is_found_by_the_orders_it_covers,
    an_invoice_moves_on_only_from_the_state_it_is_in,
    a_document_is_stored_once_and_never_changed,
    a_request_number_names_one_invoice,
    a_rejected_invoice_no_longer_counts_against_its_orders,
    what_is_issued_never_changes_whoever_writes,
    only_a_blue_one_that_could_not_be_signed_may_be_void_after_all,
    whoever_is_deleted_leaves_no_title_on_what_was_never_issued,
    an_order_never_carries_more_than_was_paid_and_kept,
    a_red_document_counts_from_its_issue_on_and_is_found_by_its_blue_one,
    a_link_holds_until_it_ends_or_is_taken_back,
    a_mail_to_one_address_is_asked_for_once_and_ends_once,
    an_account_has_one_default_title,
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
        colour: "blue".into(),
        asked_by: "driver".into(),
        requested_at: MORNING,
        changed_at: MORNING,
        ..InvoiceRow::default()
    }
}

/// Invoice 91, issued.
async fn issued(store: &Store, town: &Town) -> InvoiceRow {
    let mut tx = requested(store, town).await;
    let asked = tx.invoice(id(91)).await.unwrap().unwrap();
    let issued = InvoiceRow {
        state: "issued".into(),
        invoice_number: Some("26622000000000000001".into()),
        issued_at: Some(MORNING + 9),
        content_hash: Some(vec![7]),
        ..asked
    };
    assert!(tx.advance_invoice(&issued, "requested").await.unwrap());
    tx.commit().await.unwrap();
    issued
}
