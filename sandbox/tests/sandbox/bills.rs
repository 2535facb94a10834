//! Trade bills: of a day of Beijing's, from 10:00 the next day on, packed, hashed, and for a while.

use std::io::Read;

use chrono::{DateTime, Days, NaiveDate};
use flate2::read::GzDecoder;
use openssl::hash::{MessageDigest, hash};
use reqwest::Method;
use serde_json::{Value, json};

use crate::merchant::now_s;
use crate::shop::{OPENID, Shop, open_shop_at, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";
/// A day in 1.7 seconds.
const FAST: u32 = 50_000;

async fn ask(shop: &Shop, day: NaiveDate, more: &str) -> crate::merchant::Answer {
    shop.get(&format!("/v3/bill/tradebill?bill_date={day}{more}")).await
}

/// Waits until the bill of a day is there.
async fn until_ready(shop: &Shop, day: NaiveDate, more: &str) -> Value {
    for _ in 0..2_000 {
        let answer = ask(shop, day, more).await;
        if answer.status == 200 {
            return answer.body;
        }
        let code = refusal(&answer).1.to_owned();
        assert!(["NO_STATEMENT_EXIST", "STATEMENT_CREATING"].contains(&code.as_str()), "{code}");
    }
    panic!("the bill of {day} never came");
}

async fn download(shop: &Shop, url: &str) -> (u16, Vec<u8>, bool) {
    let path = url.strip_prefix(&shop.base).expect("it lies here");
    let authorization = shop.merchant.authorization("GET", path, "", now_s());
    let request = shop.merchant.http.request(Method::GET, url);
    let answer = request
        .header("authorization", authorization)
        .header("accept", "*/*")
        .header("user-agent", "bowei-test")
        .send()
        .await
        .unwrap();
    let signed = answer.headers().contains_key("wechatpay-signature");
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec(), signed)
}

async fn day_of(shop: &Shop, number: &str) -> NaiveDate {
    let at = shop.query(number).await.body["success_time"].clone();
    DateTime::parse_from_rfc3339(at.as_str().unwrap()).unwrap().date_naive()
}

#[tokio::test]
async fn the_bill_of_a_day_lists_its_payments_and_refunds_and_adds_up() {
    let (_server, shop) = open_shop_at(FAST).await;
    let transaction_id = shop.sell("bowei-0001", NOWHERE).await;
    let refund = json!({
        "out_trade_no": "bowei-0001", "out_refund_no": "refund-1",
        "amount": {"refund": 250, "total": 900, "currency": "CNY"},
    });
    let given = shop.post("/v3/refund/domestic/refunds", &refund).await;
    assert_eq!(given.status, 200, "{given:?}");
    let day = day_of(&shop, "bowei-0001").await;
    let refunded_at = given.body["create_time"].as_str().unwrap();
    let refunded_on = DateTime::parse_from_rfc3339(refunded_at).unwrap().date_naive();

    let place = until_ready(&shop, day, "&bill_type=ALL&tar_type=GZIP").await;
    assert_eq!(place["hash_type"], "SHA1");
    let (status, packed, signed) = download(&shop, place["download_url"].as_str().unwrap()).await;
    assert_eq!((status, signed), (200, false), "a download bears no signature");
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let digest = hash(MessageDigest::sha1(), text.as_bytes()).unwrap();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(place["hash_value"], digest, "the hash is of the unpacked text");

    let lines: Vec<&str> = text.lines().collect();
    let columns: Vec<&str> = lines[0].split(',').collect();
    assert_eq!(columns.len(), 27);
    assert_eq!((columns[0], columns[5], columns[26]), ("交易时间", "微信订单号", "费率备注"));
    let paid: Vec<&str> = lines[1].split(',').collect();
    assert!(paid.iter().all(|field| field.starts_with('`')), "{paid:?}");
    assert_eq!(paid.len(), 27);
    let transaction = format!("`{transaction_id}");
    // 0.60 % of 9.00 yuan is 0.054, which is 0.05 in whole fen.
    for (column, expected) in [
        (5, transaction.as_str()),
        (6, "`bowei-0001"),
        (8, "`JSAPI"),
        (9, "`SUCCESS"),
        (11, "`CNY"),
        (12, "`9.00"),
        (16, "`0.00"),
        (20, "`白银路停车费"),
        (21, "`visit-1"),
        (22, "`0.05000"),
        (23, "`0.60%"),
        (24, "`9.00"),
        (25, "`0.00"),
    ] {
        assert_eq!(paid[column], expected, "{}", columns[column]);
    }
    assert_eq!(paid[7], format!("`{OPENID}"));
    let expected_sums = if refunded_on == day {
        let back: Vec<&str> = lines[2].split(',').collect();
        // 0.60 % of 2.50 yuan is 0.015, which is 0.02 in whole fen.
        for (column, expected) in [
            (9, "`REFUND"),
            (12, "`0.00"),
            (15, "`refund-1"),
            (16, "`2.50"),
            (18, "`ORIGINAL"),
            (22, "`-0.02000"),
            (24, "`0.00"),
            (25, "`2.50"),
        ] {
            assert_eq!(back[column], expected, "{}", columns[column]);
        }
        "`2,`9.00,`2.50,`0.00,`0.03000,`9.00,`2.50"
    } else {
        "`1,`9.00,`0.00,`0.00,`0.05000,`9.00,`0.00"
    };
    assert_eq!(lines[lines.len() - 2].split(',').count(), 7);
    assert_eq!(lines[lines.len() - 1], expected_sums);
    assert!(text.ends_with("\r\n"));
}

#[tokio::test]
async fn a_bill_that_is_not_there_is_refused_by_its_name() {
    let (_server, shop) = open_shop_at(FAST).await;
    shop.sell("bowei-0001", NOWHERE).await;
    let day = day_of(&shop, "bowei-0001").await;
    let before = day.checked_sub_days(Days::new(1)).unwrap();
    assert_eq!(refusal(&ask(&shop, before, "").await), (400, "NO_STATEMENT_EXIST"));
    let future = day.checked_add_days(Days::new(4_000)).unwrap();
    assert_eq!(refusal(&ask(&shop, future, "").await), (400, "NO_STATEMENT_EXIST"));
    let long_ago = day.checked_sub_days(Days::new(100)).unwrap();
    assert_eq!(refusal(&ask(&shop, long_ago, "").await), (400, "PARAM_ERROR"));
    for more in ["&bill_type=NONE", "&tar_type=ZIP"] {
        assert_eq!(refusal(&ask(&shop, before, more).await), (400, "PARAM_ERROR"), "{more}");
    }
    let malformed = shop.get("/v3/bill/tradebill?bill_date=20260915").await;
    assert_eq!(refusal(&malformed), (400, "PARAM_ERROR"));
    let place = until_ready(&shop, day, "").await;
    let url = place["download_url"].as_str().unwrap();
    let (status, text, _) = download(&shop, url).await;
    assert_eq!(status, 200);
    assert!(text.starts_with("交易时间".as_bytes()), "without tar_type it is not packed");
    let (status, _, _) = download(&shop, &format!("{url}0")).await;
    assert_eq!(status, 400, "a token that nobody gave out");
    let bare = shop.merchant.http.get(url).header("accept", "*/*").header("user-agent", "x");
    assert_eq!(bare.send().await.unwrap().status().as_u16(), 401, "only the merchant may have it");
}

#[tokio::test]
async fn a_bill_can_be_late_or_spoiled_on_the_way() {
    let (_server, shop) = open_shop_at(FAST).await;
    shop.sell("bowei-0001", NOWHERE).await;
    let day = day_of(&shop, "bowei-0001").await;
    until_ready(&shop, day, "").await;
    let sha1 = |bytes: &[u8]| {
        let digest = hash(MessageDigest::sha1(), bytes).unwrap();
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for (trouble, same_hash, has_summary) in [
        ("normal", true, true),
        ("wrong_hash", false, true),
        ("truncated", false, false),
        ("cut_off", true, false),
    ] {
        shop.trouble(json!({"bill": trouble})).await;
        let place = ask(&shop, day, "").await.body;
        let (status, text, _) = download(&shop, place["download_url"].as_str().unwrap()).await;
        assert_eq!(status, 200, "{trouble}");
        assert_eq!(place["hash_value"] == sha1(&text), same_hash, "{trouble}");
        let whole = String::from_utf8_lossy(&text).contains("总交易单数");
        assert_eq!(whole, has_summary, "{trouble}");
    }
    shop.trouble(json!({"bill": "late"})).await;
    assert_eq!(refusal(&ask(&shop, day, "").await), (400, "STATEMENT_CREATING"));
}

#[tokio::test]
async fn bills_of_payments_and_of_refunds_alone_have_other_columns() {
    let (_server, shop) = open_shop_at(FAST).await;
    shop.sell("bowei-0001", NOWHERE).await;
    let day = day_of(&shop, "bowei-0001").await;
    let place = until_ready(&shop, day, "&bill_type=SUCCESS").await;
    let (_, text, _) = download(&shop, place["download_url"].as_str().unwrap()).await;
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0].split(',').count(), 20);
    assert_eq!(lines[1].split(',').count(), 20);
    let none = ask(&shop, day, "&bill_type=REFUND").await;
    assert_eq!(refusal(&none), (400, "NO_STATEMENT_EXIST"));
}
