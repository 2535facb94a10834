//! Money to the end: a driver pays, the provider's bill and the bank's receipt are compared with the
//! books, and whoever changes a row past the program is found out.

mod daily;
mod days;
mod later;

use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};

use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::mosquitto::Mosquitto;
use crate::harness::programs::{run, text};
use crate::harness::radio::Radio;
use crate::harness::raw;
use crate::harness::sandbox::charges_in;
use crate::harness::served::{Served, Source, path};
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
/// The town's clock begins at noon of this day.
const DAY: &str = "2026-09-15";

struct Books {
    served: Served,
}

impl Books {
    fn file(&self, name: &str, content: &str) -> PathBuf {
        let file = self.served.dir.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    fn gateway(&self, arguments: &[&str]) -> Output {
        let config = self.served.config_file();
        run("gateway", &[arguments, &["--config", path(&config)]].concat())
    }

    /// The answer as JSON, and whether it was a yes.
    fn asks(&self, arguments: &[&str]) -> (Value, bool) {
        let output = self.gateway(&[arguments, &["--json"]].concat());
        let out = text(&output.stdout);
        let answer = serde_json::from_str(&out)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{out}\n{}", text(&output.stderr)));
        (answer, output.status.success())
    }

    fn reconcile(&self, bill: &str) -> (Value, bool) {
        let bill = self.file("bill.csv", bill);
        self.asks(&["reconcile", "--date", DAY, "--bill", path(&bill)])
    }

    /// The merchant whose keys the gateway has.
    fn merchant(&self) -> String {
        let file = self.served.sandbox_dir().join("merchant/app.json");
        let account: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        account["mchid"].as_str().unwrap().to_owned()
    }

    /// What accounts stand at, debit above 0, in fen.
    fn stand(&self, account: &str) -> i64 {
        let (trial, _) = self.asks(&["ledger", "trial-balance", "--as-of", "2027-12-31"]);
        assert_eq!(trial["debit_fen"], trial["credit_fen"]);
        let lines = trial["lines"].as_array().unwrap();
        let line = lines.iter().find(|l| l["account"] == account);
        line.map_or(0, |l| l["balance_fen"].as_i64().unwrap())
    }
}

/// The provider's bill of the day, made by hand: what a driver paid (0.6 %: 1.8 fen of 3.00 are 2),
/// and a payment of 5.00 that nobody here knows, with a fee of 3 fen.
fn bill(merchant: &str, out_trade_no: &str, transaction: &str, yuan: &str) -> String {
    let row = |time: &str, id: &str, number: &str, yuan: &str, fee: &str| {
        format!(
            "`{DAY} {time},`wx1,`{merchant},`0,`,`{id},`{number},`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`{yuan},`0.00,`0,`0,`0.00,`0.00,`,`,`停车费,`,`{fee},`0.60%,`{yuan},`0.00,`"
        )
    };
    let total = if yuan == "3.00" { "8.00" } else { "7.50" };
    [
        HEADER,
        &row("12:10:00", transaction, out_trade_no, yuan, "0.02000"),
        &row("12:20:00", "4200999", "stranger1", "5.00", "0.03000"),
        SUMMARY,
        &format!("`2,`{total},`0.00,`0.00,`0.05000,`{total},`0.00"),
    ]
    .join("\r\n")
}

async fn a_driver_pays() -> (Books, Mosquitto) {
    let mosquitto = Mosquitto::start();
    let source = Source::External(mosquitto.url());
    let file = town::file().to_string();
    let mut served = Served::start(Kind::Postgres, &source, TownClock::at_noon(), &file).await;
    let driver = Driver::sign_in(served.api(), &served.sandbox, "lin").await;
    let mut radio = Radio::to(&mosquitto.url());
    let now = served.api().now().await;
    radio.say("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    wait::until("the bay to be occupied", PATIENCE, async || {
        let bay = served.api().get("/api/v1/bays/TS01", None).await.expect(200).json();
        (bay["state"] == "occupied").then_some(())
    })
    .await;
    let claim = driver.claim("TS01", "甘D12345").await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap();
    radio.say("ts-1", &town::leaves(served.api().now().await)).await;
    driver.order_when(order_id, "due").await;
    driver.pay(order_id).await;
    // The books are looked at on the next day, when the day is over.
    served.stop_gateways();
    let tomorrow = TownClock::at_noon().city_origin_ms + 24 * 3_600_000;
    let sql = format!("update city_clock set last_city_at = {tomorrow}");
    raw::run(&served.database.url, &sql).await.unwrap();
    (Books { served }, mosquitto)
}

/// 3.00 at 9 %: 2.75 and 0.25. The stranger's 5.00 lie in suspense; 0.05 are kept by the channel.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_driver_paid_is_reconciled_to_the_bank_and_a_forged_row_is_found() {
    let (books, _mosquitto) = a_driver_pays().await;
    let charge = charges_in(&books.served.sandbox_dir()).remove(0);
    let number = charge["out_trade_no"].as_str().unwrap();
    let transaction = charge["transaction_id"].as_str().unwrap();

    let merchant = books.merchant();
    let (answer, clean) = books.reconcile(&bill(&merchant, number, transaction, "3.00"));
    let day = &answer["days"][0];
    assert!(!clean, "{answer}");
    assert_eq!(
        (&day["outcomes"]["matched"], &day["outcomes"]["missing_here"]),
        (&1.into(), &1.into())
    );
    assert_eq!((&day["booked"], &day["cases_opened"]), (&2.into(), &1.into()));
    assert_eq!(day["exceptions"][0]["number"], "stranger1");
    for (account, fen) in [
        ("channel_clearing:wechat", 795),
        ("suspense", -500),
        ("channel_fee:wechat", 5),
        ("receivable", 0),
        ("vat_payable", -25),
    ] {
        assert_eq!(books.stand(account), fen, "{account}");
    }
    let (again, _) = books.reconcile(&bill(&merchant, number, transaction, "3.00"));
    let day = &again["days"][0];
    assert_eq!((&day["booked"], &day["cases_opened"]), (&0.into(), &0.into()), "{again}");

    let head =
        "settlement_no,channel,payee,paid_on,from_on,to_on,gross,fee,net,received_in,receipt";
    let row = format!("S1,wechat,,2026-09-16,{DAY},{DAY},8.00,0.05,7.95,bank,B77");
    let payouts = books.file("payouts.csv", &format!("{head}\n{row}\n"));
    let (answer, clean) = books.asks(&["reconcile", "--settlement", path(&payouts)]);
    assert_eq!(answer["payouts"]["outcomes"]["matched"], 1, "{answer}");
    assert!(clean);
    assert_eq!((books.stand("bank"), books.stand("channel_clearing:wechat")), (795, 0));
    let (again, _) = books.asks(&["reconcile", "--settlement", path(&payouts)]);
    assert_eq!((&again["payouts"]["booked"], books.stand("bank")), (&0.into(), 795));

    let (statement, _) = books.asks(&["ledger", "statement", "--month", "2026-09"]);
    let rate =
        &statement["rates"].as_array().unwrap().iter().find(|r| r["rate_bp"] == 900).unwrap();
    let shown = ["earned_fen", "earned_net_fen", "tax_fen", "received_fen", "uninvoiced_fen"];
    assert_eq!(shown.map(|name| rate[name].as_i64().unwrap()), [300, 275, 25, 300, 300]);

    let (proved, clean) = books.asks(&["ledger", "verify"]);
    assert!(clean, "{proved}");
    forge(&books, transaction).await;
    let (proved, clean) = books.asks(&["ledger", "verify"]);
    assert!(!clean);
    let told = proved["differences"].to_string();
    assert!(told.contains("what is stored is not what was booked"), "{told}");
    let whole = books.gateway(&["verify"]);
    assert_eq!(whole.status.code(), Some(1), "{}", text(&whole.stdout));
}

/// Moves 1.00 of the payment to another account, and its balance with it, as somebody with the
/// database's password could: both entries still balance.
async fn forge(books: &Books, transaction: &str) {
    let sql = format!(
        "alter table posting disable trigger all; \
         update posting set account = 'bank' where account = 'channel_clearing:wechat' \
         and entry_id = (select entry_id from entry where entry_key = 'pay:{transaction}'); \
         alter table posting enable trigger all; \
         update balance set debit_fen = debit_fen - 300 where account = 'channel_clearing:wechat' \
         and booked_on = '{DAY}'; \
         insert into balance (payee_id, account, booked_on, debit_fen, credit_fen) \
         select payee_id, 'bank', '{DAY}', 300, 0 from balance where account = 'receivable' limit 1"
    );
    raw::run(&books.served.database.url, &sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_that_cannot_be_used_changes_nothing_and_says_why() {
    let (books, _mosquitto) = a_driver_pays().await;
    let good = bill(&books.merchant(), "x", "4200000", "2.50");
    for (content, code) in [
        (bill("1999999999", "x", "4200000", "2.50"), "bill_of_another_merchant"),
        (
            good.replace("`7.50,`0.00,`0.00,`0.05", "`7.51,`0.00,`0.00,`0.05"),
            "bill_summary_differs",
        ),
        (good.replacen(DAY, "2026-09-16", 1), "bill_of_another_day"),
        (String::new(), "bill_not_of_type_all"),
    ] {
        let file = books.file("bad.csv", &content);
        let output = books.gateway(&["reconcile", "--date", DAY, "--bill", path(&file)]);
        assert_eq!(output.status.code(), Some(2), "{code}");
        assert!(text(&output.stderr).contains(code), "{}", text(&output.stderr));
    }
    let file = books.file("bad.csv", &good);
    for day in ["2026-09-16", "2026-12-31"] {
        let output = books.gateway(&["reconcile", "--date", day, "--bill", path(&file)]);
        assert_eq!(output.status.code(), Some(2), "{day}");
        assert!(text(&output.stderr).contains("day_not_over"), "{}", text(&output.stderr));
    }
    assert_eq!((books.stand("suspense"), books.stand("channel_fee:wechat")), (0, 0));
    // Our payment is on no bill, two payments on the bill are nobody's here.
    let (answer, clean) = books.reconcile(&good);
    assert!(!clean);
    let outcomes = &answer["days"][0]["outcomes"];
    let shown = ["missing_here", "missing_there", "matched"].map(|name| outcomes[name].as_i64());
    assert_eq!(shown, [Some(2), Some(1), Some(0)]);
    assert_eq!(books.stand("suspense"), -750);
    let (kept, _) = books.asks(&["ledger", "account", "suspense", "--from", DAY, "--to", DAY]);
    assert_eq!(kept["lines"].as_array().unwrap().len(), 2, "{kept}");
    assert_eq!((&kept["opening_fen"], &kept["closing_fen"]), (&0.into(), &json!(-750)));
}
