//! Accounts, staff, sessions, the audit log and cases.

use store::{Lane, NewCase, SessionRow, StaffRow, Store};

use crate::harness::seed::{MORNING, id};

async fn a_driver_has_one_account(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert_eq!(tx.put_account(id(51), "openid-1", MORNING).await.unwrap(), id(51));
    assert_eq!(tx.put_account(id(52), "openid-1", MORNING + 1).await.unwrap(), id(51));
    assert_eq!(tx.put_account(id(53), "openid-2", MORNING).await.unwrap(), id(53));
    assert_eq!(tx.openid(id(51)).await.unwrap().as_deref(), Some("openid-1"));
}

async fn a_login_is_given_once(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_staff(&staff(id(18), "李")).await.unwrap());
    assert!(!tx.insert_staff(&staff(id(19), "李")).await.unwrap());
    assert!(tx.insert_staff(&staff(id(20), "王")).await.unwrap());
    assert_eq!(tx.staff_by_login("李").await.unwrap().unwrap().staff_id, id(18));
    assert_eq!(tx.staff(id(20)).await.unwrap().unwrap().login, "王");
    assert!(tx.staff_by_login("张").await.unwrap().is_none());
}

async fn a_session_is_found_by_its_token_until_it_is_forgotten(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (token, expires_at) in [(b"a", MORNING), (b"b", MORNING + 10)] {
        let session = SessionRow { subject_kind: "account".into(), subject_id: id(51), expires_at };
        tx.insert_session(token, &session, 0).await.unwrap();
    }
    let found = tx.session(b"b").await.unwrap().unwrap();
    assert_eq!((found.subject_id, found.expires_at), (id(51), MORNING + 10));
    assert_eq!(tx.forget_sessions(MORNING + 10).await.unwrap(), 1);
    assert!(tx.session(b"a").await.unwrap().is_none());
    assert!(tx.session(b"b").await.unwrap().is_some());
}

async fn what_staff_did_is_counted_in_the_audit_log(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for _ in 0..2 {
        tx.audit(MORNING, "李", "capture", ("bay", "BY0001"), "{}").await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.count_audit("capture").await.unwrap(), 2);
    assert_eq!(tx.count_audit("refund").await.unwrap(), 0);
}

async fn one_matter_is_one_case(store: Store) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.open_case(&case(1, "payment_refused:1")).await.unwrap());
    assert!(!tx.open_case(&case(2, "payment_refused:1")).await.unwrap());
    assert!(tx.open_case(&case(3, "payment_refused:2")).await.unwrap());
    assert_eq!(tx.count_open_cases("payment_refused").await.unwrap(), 2);
    assert_eq!(tx.count_open_cases("other").await.unwrap(), 0);
}

on_both_databases! {
    a_driver_has_one_account,
    a_login_is_given_once,
    a_session_is_found_by_its_token_until_it_is_forgotten,
    what_staff_did_is_counted_in_the_audit_log,
    one_matter_is_one_case,
}

fn staff(staff_id: uuid::Uuid, login: &str) -> StaffRow {
    StaffRow {
        staff_id,
        operator_id: None,
        login: login.into(),
        password_hash: "hash".into(),
        role: "inspector".into(),
        created_at: MORNING,
        disabled_at: None,
    }
}

fn case(number: u128, key: &str) -> NewCase<'_> {
    NewCase {
        case_id: id(number),
        case_key: key,
        operator_id: None,
        kind: "payment_refused",
        source: "system",
        subject_kind: "payment",
        subject_id: "1",
        detail: "退回",
        opened_at: MORNING,
    }
}
