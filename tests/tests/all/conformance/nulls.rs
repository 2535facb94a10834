//! Every optional field that was left empty is read back as empty.
//!
//! sqlx's SQLite driver reads NULL into a plain integer as 0 (transact-rs/sqlx#4191): a field that
//! should have been an `Option` would turn "never" into 1970 and "unknown" into free of charge.

use store::{InvoiceRow, Lane, NewCase, RejectedRow, StaffRow, Store};

use crate::harness::seed::{self, MORNING, Town, id};

async fn what_was_never_said_of_a_bay_is_read_as_nothing(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.insert_readings(&[seed::reading(town.bays[0], town.devices[0], 1)]).await.unwrap();
    let bay = tx.lock_live(&[1]).await.unwrap().remove(0);
    tx.append_changes(&[(town.bays[0], &bay)], MORNING, "import").await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.bay_by_code("BY0000").await.unwrap().unwrap().setup_json, None);
    let bay = tx.live(1).await.unwrap().unwrap();
    assert_eq!((bay.observed_at, bay.changed_at, bay.again_at), (None, None, None));
    assert_eq!(bay.last_seq, None);
    assert_eq!(bay.state, "unknown");
    assert_eq!(tx.bay_places(MORNING).await.unwrap()[0].observed_at, None);
    assert_eq!(tx.changes_after(0, 10).await.unwrap()[0].observed_at, None);
    assert_eq!(tx.devices().await.unwrap()[0].firmware, None);
    assert_eq!(tx.chain(Some(1), 0, 9).await.unwrap()[0].occupied, None);
    let heard = tx.chain(Some(1), 0, 9).await.unwrap().remove(0);
    assert_eq!((heard.device_at, heard.earliest_at, heard.payload_hash), (None, None, None));
    assert!(tx.bays_to_look_at(i64::MAX, 10).await.unwrap().is_empty());
}

async fn what_is_not_known_of_a_stay_is_read_as_nothing(store: Store) {
    let town = seed::town(&store, 1).await;
    stay_with_claim(&store, &town).await;

    let mut tx = store.read().await.unwrap();
    let stay = tx.stay(id(11)).await.unwrap().unwrap();
    assert_eq!((stay.left_at, stay.superseded_by), (None, None));
    let claim = tx.waiting_claims(town.bays[0], 0).await.unwrap().remove(0);
    assert_eq!((claim.plate_colour, claim.account_id, claim.staff_id), (None, None, None));
    assert_eq!(claim.confidence_pct, None);
    assert_eq!(tx.visit(id(13)).await.unwrap().unwrap().account_id, None);
}

async fn what_is_not_settled_of_an_order_is_read_as_nothing(store: Store) {
    let town = seed::town(&store, 1).await;
    stay_with_claim(&store, &town).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_order(&seed::order(id(14), &town, id(13))).await.unwrap());
    assert!(tx.insert_payment(&seed::payment(id(15), id(14))).await.unwrap());
    tx.insert_invoice(&invoice(&town), &[]).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    let order = tx.order(id(14)).await.unwrap().unwrap();
    assert_eq!((order.account_id, order.due_at, order.paid_at), (None, None, None));
    let payment = tx.payment(id(15)).await.unwrap().unwrap();
    assert_eq!((payment.payer, payment.prepay_id, payment.transaction_id), (None, None, None));
    assert_eq!(payment.succeeded_at, None);
    let invoice = tx.invoice(id(16)).await.unwrap().unwrap();
    assert_eq!((invoice.serial_no, invoice.invoice_number), (None, None));
    assert_eq!((invoice.reject_reason, invoice.issued_at), (None, None));
    assert_eq!((invoice.original_id, invoice.held, invoice.documents_at), (None, None, None));
    assert_eq!((invoice.content_hash, invoice.held_since_at), (None, None));
    assert!(tx.bill(id(14)).await.unwrap().is_none());
    assert_eq!(tx.document(id(16), "xml").await.unwrap(), None);
}

async fn what_is_not_known_of_people_and_work_is_read_as_nothing(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_staff(&staff()).await.unwrap());
    tx.insert_rejected(&[rejected()]).await.unwrap();
    assert!(tx.open_case(&case()).await.unwrap());
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    let staff = tx.staff_by_login("li").await.unwrap().unwrap();
    assert_eq!((staff.operator_id, staff.disabled_at), (None, None));
    let rejected = tx.rejected(1).await.unwrap().remove(0);
    assert_eq!((rejected.network, rejected.device_key), (None, None));
    assert_eq!(tx.next_job_at().await.unwrap(), None);
    assert_eq!(tx.clock().await.unwrap(), None);
    assert_eq!(tx.openid(id(99)).await.unwrap(), None);
}

on_both_databases! {
    what_was_never_said_of_a_bay_is_read_as_nothing,
    what_is_not_known_of_a_stay_is_read_as_nothing,
    what_is_not_settled_of_an_order_is_read_as_nothing,
    what_is_not_known_of_people_and_work_is_read_as_nothing,
}

async fn stay_with_claim(store: &Store, town: &Town) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.write_stays(&[(seed::stay(id(11), town.bays[0]), "opened")], MORNING).await.unwrap();
    tx.insert_claim(&seed::claim(id(12), town.bays[0])).await.unwrap();
    tx.insert_visit(&seed::visit(id(13), town)).await.unwrap();
    tx.commit().await.unwrap();
}

fn invoice(town: &Town) -> InvoiceRow {
    InvoiceRow {
        invoice_id: id(16),
        operator_id: town.operator_id,
        payee_id: town.payee_id,
        account_id: id(17),
        regime: "vat".into(),
        state: "requested".into(),
        request_no: "r1".into(),
        draft_json: "{}".into(),
        gross_fen: 200,
        requested_at: MORNING,
        ..InvoiceRow::default()
    }
}

fn staff() -> StaffRow {
    StaffRow {
        staff_id: id(18),
        operator_id: None,
        login: "li".into(),
        password_hash: "hash".into(),
        role: "inspector".into(),
        created_at: MORNING,
        disabled_at: None,
    }
}

fn rejected() -> RejectedRow {
    RejectedRow {
        received_at: MORNING,
        topic: "somewhere".into(),
        payload: vec![0, 159, 146, 150],
        payload_bytes: 4,
        reason: "unknown_topic".into(),
        detail: String::new(),
        network: None,
        device_key: None,
    }
}

fn case() -> NewCase<'static> {
    NewCase {
        case_id: id(19),
        case_key: "job_failed:1",
        operator_id: None,
        kind: "job_failed",
        source: "system",
        subject_kind: "job",
        subject_id: "1",
        detail: "",
        opened_at: MORNING,
    }
}
