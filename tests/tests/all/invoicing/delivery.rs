//! Handing out: links without sign-in, the driver's list, titles that are kept, drawn documents.

use serde_json::{Value, json};

use super::{documents, make_paid, paid};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;
use crate::harness::town_clock::TownClock;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_hands_the_documents_out_until_it_is_taken_back() {
    let (town, driver, order_id) = paid(Kind::Postgres).await;
    let invoice = driver.invoice(&order_id).await;
    let links = format!("/api/v1/invoices/{}/links", invoice["invoice_id"].as_str().unwrap());
    driver.post(&links, &json!({"days": 0})).await.expect_problem(422, "days_out_of_bounds");
    let made = driver.post_as("one", &links, &json!({"days": 2})).await.expect(201).json();
    let path = made["path"].as_str().unwrap().to_owned();
    let again = driver.post_as("one", &links, &json!({"days": 2})).await.expect(201).json();
    assert_eq!((&again["link_id"], &again["path"]), (&made["link_id"], &Value::Null));

    let told = town.api.get(&path, None).await.expect(200);
    let shown = told.json();
    assert_eq!(shown["invoice_number"], invoice["invoice_number"]);
    assert_eq!((&shown["gross_fen"], &shown["taken_back_fen"]), (&json!(300), &json!(0)));
    for personal in ["张三", super::PLATE, order_id.as_str()] {
        assert!(!told.text.contains(personal), "{personal}");
    }
    let file = shown["documents"][0]["path"].as_str().unwrap();
    let xml = town.api.get(file, None).await.expect(200);
    assert_eq!(xml.media_type, "application/xml");
    assert!(xml.text.contains(invoice["invoice_number"].as_str().unwrap()));

    let stranger = town.driver("stranger").await;
    stranger.get(&links).await.expect_problem(404, "invoice_unknown");
    stranger.post(&links, &json!({})).await.expect_problem(404, "invoice_unknown");
    let held = driver.get(&links).await.expect(200).json();
    assert_eq!(held["links"].as_array().unwrap().len(), 1);
    let revoke = format!("{links}/{}/revoke", made["link_id"].as_str().unwrap());
    stranger.post(&revoke, &json!({})).await.expect_problem(404, "invoice_unknown");
    driver.post(&revoke, &json!({})).await.expect(200);
    driver.post(&revoke, &json!({})).await.expect_problem(404, "link_unknown");
    town.api.get(&path, None).await.expect_problem(404, "link_unknown");
    town.api.get(file, None).await.expect_problem(404, "link_unknown");
    // Who tries tokens is slowed down.
    let tried = format!("/api/v1/invoice-links/{}", "0".repeat(64));
    let mut refused = 0;
    for _ in 0..20 {
        refused += u32::from(town.api.get(&tried, None).await.status == 429);
    }
    assert!(refused >= 10, "{refused} of 20");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_orders_says_whose_they_are_and_what_may_still_be_invoiced() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (town, driver, order_id) = paid(kind).await;
        let entry = async || {
            let list = driver.get("/api/v1/orders").await.expect(200).json();
            assert_eq!(list["orders"].as_array().unwrap().len(), 1);
            list["orders"][0].clone()
        };
        let shown = entry().await;
        assert_eq!(shown["order_id"], order_id.as_str());
        assert_eq!(
            (&shown["plate"], &shown["bay_codes"]),
            (&json!(super::PLATE), &json!(["TS01"]))
        );
        assert_eq!((&shown["invoiced_fen"], &shown["invoiceable_fen"]), (&json!(0), &json!(300)));
        assert_eq!((&shown["regime"], shown["left_at"].is_string()), (&json!("vat"), true));
        let payee: uuid::Uuid = shown["payee_id"].as_str().unwrap().parse().unwrap();
        let payee = town.app.store.read().await.unwrap().payee(payee).await.unwrap().unwrap();
        assert_eq!(shown["payee"], payee.name.as_str());
        driver.invoice(&order_id).await;
        let shown = entry().await;
        assert_eq!((&shown["invoiced_fen"], &shown["invoiceable_fen"]), (&json!(300), &json!(0)));
        town.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_keeps_titles_and_the_default_one_is_taken_when_none_is_named() {
    let (town, driver, order_id) = paid(Kind::Sqlite).await;
    let titles = "/api/v1/me/titles";
    let none = json!({"order_ids": [order_id]});
    driver.post("/api/v1/invoices", &none).await.expect_problem(422, "title_missing");
    let person = json!({"kind": "person", "name": "李四"});
    driver.post(titles, &person).await.expect_problem(400, "malformed_json");
    let without = json!({"kind": "person", "name": "李四", "consent": false});
    driver.post(titles, &without).await.expect_problem(422, "consent_missing");
    for name in ["", "李\u{7}四", "李\u{202e}四"] {
        let malformed = json!({"kind": "person", "name": name, "consent": true});
        driver.post(titles, &malformed).await.expect_problem(422, "title_malformed");
    }
    let company = |tax_id: &str| {
        json!({"kind": "company", "name": "白银某某商贸有限公司", "tax_id": tax_id, "consent": true,
            "is_default": true})
    };
    driver
        .post(titles, &company("91350100M000100Y44"))
        .await
        .expect_problem(422, "tax_id_check_digit");
    driver.post(titles, &company("123")).await.expect_problem(422, "bad_tax_id");
    driver.post(titles, &company("")).await.expect_problem(422, "title_malformed");
    let kept = json!({"kind": "person", "name": "李四", "consent": true});
    let first = driver.post(titles, &kept).await.expect(201).json();
    assert_eq!(first["is_default"], true, "the first one is the default one");
    let second = driver.post(titles, &company("91350100m000100y43")).await.expect(201).json();
    assert_eq!(second["tax_id"], "91350100M000100Y43");
    let listed = driver.get(titles).await.expect(200).json();
    let defaults: Vec<&Value> =
        listed["titles"].as_array().unwrap().iter().map(|title| &title["is_default"]).collect();
    assert_eq!(defaults, [&json!(true), &json!(false)]);

    let asked = driver.post("/api/v1/invoices", &none).await.expect(202).json();
    let issued = driver.invoice_when(asked["invoice_id"].as_str().unwrap(), "issued").await;
    let xml = format!("/api/v1/invoices/{}/document.xml", issued["invoice_id"].as_str().unwrap());
    assert!(driver.get(&xml).await.expect(200).text.contains("91350100M000100Y43"));

    let stranger = town.driver("stranger").await;
    let other = json!({"order_ids": [order_id], "title_id": first["title_id"]});
    stranger.post("/api/v1/invoices", &other).await.expect_problem(404, "title_unknown");
    let data = driver.get("/api/v1/me/export").await.expect(200).json();
    assert_eq!(data["invoice_titles"].as_array().unwrap().len(), 2);
    assert_eq!(data["consents"][0]["purpose"], "invoice_titles");
    driver.post("/api/v1/me/deletion", &json!({})).await.expect(200);
    let account: uuid::Uuid = data["account"]["account_id"].as_str().unwrap().parse().unwrap();
    let left = town.app.store.read().await.unwrap().invoice_titles(account).await.unwrap();
    assert!(left.is_empty(), "titles go with the account");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pdf_and_ofd_are_drawn_with_the_platforms_xml_inside() {
    let all = |config: &mut gateway::config::Config| {
        config.documents.formats = ["xml", "pdf", "ofd"].map(str::to_owned).to_vec();
    };
    let mut town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, all).await;
    let (driver, order_id) = super::make_paid(&mut town).await;
    let invoice = driver.invoice(&order_id).await;
    assert_eq!(invoice["documents"], json!(["ofd", "pdf", "xml"]));
    let id: uuid::Uuid = invoice["invoice_id"].as_str().unwrap().parse().unwrap();
    let mut tx = town.app.store.read().await.unwrap();
    let sources: Vec<_> =
        tx.documents(id).await.unwrap().into_iter().map(|d| (d.format, d.source)).collect();
    let named = |format: &str, source: &str| (format.to_owned(), source.to_owned());
    let expected = [named("ofd", "rendered"), named("pdf", "rendered"), named("xml", "platform")];
    assert_eq!(sources, expected);
    let pdf = tx.document(id, "pdf").await.unwrap().unwrap();
    let ofd = tx.document(id, "ofd").await.unwrap().unwrap();
    assert!(pdf.starts_with(b"%PDF-") && ofd.starts_with(b"PK"));
    drop(tx);
    for (format, media_type) in [("pdf", "application/pdf"), ("ofd", "application/ofd")] {
        let path = format!("/api/v1/invoices/{id}/documents/{format}");
        assert_eq!(driver.get(&path).await.expect(200).media_type, media_type);
    }
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_says_where_its_ground_lies() {
    let mut file = town::file();
    file["payee"]["region"] = json!({"province": "甘肃省", "city": "白银市", "district": "白银区"});
    let (clock, file) = (TownClock::at_noon(), file.to_string());
    let start = TestApp::start_town(Kind::Sqlite, BrokerKind::Embedded, &file, clock, |_| {});
    let mut town = start.await;
    let (driver, order_id) = make_paid(&mut town).await;
    let invoice = driver.invoice(&order_id).await;
    let stored = documents(&town, &order_id).await.remove(0);
    let draft: Value = serde_json::from_str(&stored.draft_json).unwrap();
    let site = json!({"province": "甘肃省", "city": "白银市", "district": "白银区", "address": "人民路",
        "cross_city": false});
    assert_eq!(draft["lines"][0]["lease"]["site"], site);
    let id = invoice["invoice_id"].as_str().unwrap();
    let xml = driver.get(&format!("/api/v1/invoices/{id}/documents/xml")).await.expect(200);
    let said = "甘肃省-白银市-白银区 人民路 跨地（市）：否";
    assert!(xml.text.contains(said), "{}", xml.text);
    town.finish().await;
}
