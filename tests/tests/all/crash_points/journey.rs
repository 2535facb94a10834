//! The life of one stay's money, by those outside who ask until they are answered.

mod red;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gateway::config::Config;
use gateway::flow::import_town;
use gateway::flow::reconcile_day::Reconciled;
use gateway::flow::sign_in::{Role, add_staff};
use gateway::flow::store_readings::{Incoming, store_messages};
use sensing::Policy;
use serde_json::{Value, json};
use store::{CrashPoint, Moment};
use vocabulary::Timestamp;

use super::books;
use super::process::Process;
use crate::harness::ahead::Ahead;
use crate::harness::app::config;
use crate::harness::database::{Database, Kind};
use crate::harness::reconciled::reconciled;
use crate::harness::running::free_port;
use crate::harness::sandbox::{Sandbox, login_code, pay_at_cashier};
use crate::harness::town;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const CITY: i64 = 8 * 60 * MINUTE;
/// Seconds are enough; a machine that does ten other things takes longer over a start and a document.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How a journey ended.
pub(super) struct End {
    pub(super) books: Vec<String>,
    pub(super) deaths: u64,
    /// Commits of the program that was to die.
    pub(super) commits: u64,
    /// Of them, before the first red invoice was wanted.
    pub(super) before_red: u64,
}

struct Journey<'a> {
    sandbox: &'a Sandbox,
    ahead: &'a Ahead,
    config: Config,
    /// Of the program that runs now, or is to be started.
    crash: Arc<CrashPoint>,
    /// Of the first program.
    point: Arc<CrashPoint>,
    process: Option<Process>,
    deaths: u64,
    before_red: u64,
}

/// Lives it once on a fresh database with a gateway that dies at `point`.
pub(super) async fn live(
    kind: Kind,
    (sandbox, ahead): (&Sandbox, &Ahead),
    point: CrashPoint,
) -> End {
    let database = Database::fresh(kind).await;
    prepare(&database, ahead).await;
    let http = format!("127.0.0.1:{}", free_port()).parse().expect("an address");
    let point = Arc::new(point);
    let mut config = config(&database.url, sandbox, http);
    // The journey reconciles its day itself.
    config.reconcile.daily = false;
    let mut journey = Journey {
        sandbox,
        ahead,
        config,
        crash: Arc::clone(&point),
        point: Arc::clone(&point),
        process: None,
        deaths: 0,
        before_red: 0,
    };
    let office = red::Office::of(sandbox);
    // The driver parks a while after whoever came before; all happens within one day of the channel.
    let today = (ahead.now() + CITY) / DAY * DAY - CITY;
    let begins = if ahead.now() > today + 9 * 60 * MINUTE { today + DAY } else { today };
    ahead.reach(begins + 10 * 60 * MINUTE);
    journey.walk(begins).await;
    let (deaths, before_red) = (journey.deaths, journey.before_red);
    drop(journey);
    office.wrote_each_document_once(sandbox);
    let store = database.open().await;
    let report = gateway::verify::verify(&store, &Policy::default(), None).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
    store.close().await;
    let books = books::read(&database.url).await;
    End { books, deaths, commits: point.commits(), before_red }
}

/// What is there before the program is started.
async fn prepare(database: &Database, ahead: &Ahead) {
    let store = database.open().await;
    let file = import_town::read(&town::file().to_string()).unwrap();
    let began = Timestamp::from_ms(ahead.now() - DAY);
    import_town::import_town(&store, &file, began).await.unwrap();
    for role in [Role::Reviewer, Role::Finance, Role::Manager] {
        assert!(add_staff(&store, role.name(), "correct horse", role, ahead.now()).await.unwrap());
    }
    store.close().await;
}

impl Journey<'_> {
    /// Asks until there is an answer, of whichever program is alive. Time passes meanwhile.
    async fn until<T>(&mut self, what: &str, mut ask: impl AsyncFnMut(&Process) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let in_time = began.elapsed() < PATIENCE;
            assert!(in_time, "waited in vain for: {what}; to die at {:?}", self.point);
            let Some(process) = &self.process else {
                let crash = Arc::clone(&self.crash);
                self.process = Process::start(&self.config, self.ahead, crash).await;
                if self.process.is_none() {
                    self.bury();
                }
                continue;
            };
            tokio::select! {
                biased;
                () = process.crash.died() => self.bury(),
                answer = ask(process) => match answer {
                    Some(answer) => return answer,
                    None => {
                        tokio::time::sleep(LOOK_EVERY).await;
                        self.ahead.pass(500);
                        // What became due by that is not noticed by whoever sleeps in the computer's time.
                        process.app.job_bell.notify_one();
                    }
                }
            }
        }
    }

    /// Nothing is left of it; the next one does not die.
    fn bury(&mut self) {
        self.process = None;
        self.deaths += 1;
        self.crash = Arc::new(CrashPoint::new(u64::MAX, Moment::Before));
    }

    async fn walk(&mut self, begins: i64) {
        let (openid, driver) = self.sign_in().await;
        let parked_at = self.ahead.now();
        let arrived = vec![
            town::reading(1, "vacant", false, Timestamp::from_ms(parked_at - 140 * MINUTE)),
            town::reading(2, "occupied", true, Timestamp::from_ms(parked_at - 125 * MINUTE)),
        ];
        let beats = (3..).zip([105, 85, 65, 45, 25, 5]).map(|(number, ago)| {
            let at = Timestamp::from_ms(parked_at - ago * MINUTE);
            town::reading(number, "heartbeat", true, at)
        });
        self.hear(arrived.into_iter().chain(beats).collect()).await;
        let claim = json!({"bay_code": "TS01", "plate": "甘D12345"});
        let claimed = self.post("claim", "/api/v1/claims", &driver, &claim, 201).await;
        let order = text(&claimed["order_id"]);
        self.hear(vec![town::leaves(Timestamp::from_ms(self.ahead.now()))]).await;
        self.ahead.pass(2 * MINUTE);
        self.order_when(&order, &driver, |o| o["state"] == "due").await;
        self.pay(&order, &driver, &openid).await;
        self.appeal(&order, &driver).await;
        self.order_when(&order, &driver, |o| o["refunded_fen"] == 100).await;
        let blue = self.invoice(&order, &driver).await;
        self.before_red = self.crash.commits();
        self.give_back_what_is_invoiced(&order, &driver).await;
        self.correct_the_title(&blue, &driver).await;
        // The bill of a day is there at ten o'clock on the next one.
        self.ahead.reach(begins + DAY + (10 * 60 + 5) * MINUTE);
        let report = self.reconcile(begins).await;
        assert!(report.is_clean(), "{report:?}");
        self.until("the last job to end", async |process| {
            let app = Arc::clone(&process.app);
            let jobs = process
                .inside(async move { app.store.read().await.unwrap().count_jobs().await.unwrap() });
            (jobs.await == (0, 0)).then_some(())
        })
        .await;
        self.check_sandbox().await;
    }

    /// A code is good once: who gets no answer asks for another.
    async fn sign_in(&mut self) -> (String, String) {
        let phone = self.sandbox.api.clone();
        self.until("to be signed in", async |process| {
            let (code, openid) = login_code(&phone, "lin").await;
            let body = json!({"wechat_code": code});
            let answer = process.api.post("/api/v1/sessions", None, None, &body).await;
            (answer.status == 201).then(|| (openid, text(&answer.json()["token"])))
        })
        .await
    }

    /// A sensor says it until it is stored.
    async fn hear(&mut self, readings: Vec<Value>) {
        let payload = Value::Array(readings).to_string();
        let received_at = Timestamp::from_ms(self.ahead.now());
        self.until("readings to be stored", async |process| {
            let message = Incoming {
                topic: "bowei/v1/ts-1/up".into(),
                payload: payload.clone().into(),
                received_at,
            };
            let app = Arc::clone(&process.app);
            let stored = process.inside(async move { store_messages(&app, &[message]).await });
            stored.await.ok().map(|stored| assert_eq!(stored.rejected, 0, "{stored:?}"))
        })
        .await;
    }

    /// Posts under one key until it is done; a refusal may be one of the moment.
    async fn post(
        &mut self,
        key: &str,
        path: &str,
        token: &str,
        body: &Value,
        status: u16,
    ) -> Value {
        self.until(path, async |process| {
            let answer = process.api.post(path, Some(token), Some(key), body).await;
            (answer.status == status).then(|| answer.json())
        })
        .await
    }

    async fn order_when(
        &mut self,
        order: &str,
        driver: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let path = format!("/api/v1/orders/{order}");
        self.until("the order to be so", async |process| {
            let order = process.api.get(&path, Some(driver)).await.expect(200).json();
            is_so(&order).then_some(order)
        })
        .await
    }

    async fn pay(&mut self, order: &str, driver: &str, openid: &str) {
        let path = format!("/api/v1/orders/{order}/payments");
        self.post("pay", &path, driver, &json!({"channel": "wechat"}), 201).await;
        let has_handle = |o: &Value| o["payments"][0]["pay"].is_object();
        let ready = self.order_when(order, driver, has_handle).await;
        let paid = pay_at_cashier(&self.sandbox.api, &ready["payments"][0]["pay"], openid).await;
        assert_eq!(paid["trade_state"], "SUCCESS");
        self.order_when(order, driver, |o| o["state"] == "paid").await;
    }

    /// The token of the member of staff of that role.
    async fn staff(&mut self, role: Role) -> String {
        let login = json!({"login": role.name(), "password": "correct horse"});
        self.until("somebody of staff to be signed in", async |process| {
            let answer = process.api.post("/api/v1/staff/sessions", None, None, &login).await;
            (answer.status == 201).then(|| text(&answer.json()["token"]))
        })
        .await
    }

    /// A reviewer gives a third back.
    async fn appeal(&mut self, order: &str, driver: &str) {
        let reviewer = self.staff(Role::Reviewer).await;
        let path = format!("/api/v1/orders/{order}/appeals");
        let body = json!({"ground": "times_wrong", "text": "我十一点就走了"});
        let appeal = self.post("appeal", &path, driver, &body, 201).await;
        let path = format!("/api/v1/staff/appeals/{}/review", text(&appeal["appeal_id"]));
        let part = json!({"do": "grant", "new_total_fen": 200, "reason": "照片属实，按两小时计费"});
        self.post("take", &path, &reviewer, &json!({"do": "take"}), 200).await;
        self.post("grant", &path, &reviewer, &part, 200).await;
    }

    /// Its id.
    async fn invoice(&mut self, order: &str, driver: &str) -> String {
        let body = json!({"order_ids": [order], "title": {"kind": "person", "name": "张三"}});
        let asked = self.post("invoice", "/api/v1/invoices", driver, &body, 202).await;
        let invoice_id = text(&asked["invoice_id"]);
        let path = format!("/api/v1/invoices/{invoice_id}");
        self.until("the invoice to be issued", async |process| {
            let invoice = process.api.get(&path, Some(driver)).await.expect(200).json();
            (invoice["state"] == "issued").then_some(())
        })
        .await;
        invoice_id
    }

    async fn reconcile(&mut self, begins: i64) -> Reconciled {
        self.until("the day to be reconciled", async |process| {
            let app = Arc::clone(&process.app);
            let at = Timestamp::from_ms(begins);
            process.inside(async move { reconciled(&app, at).await.ok() }).await
        })
        .await
    }

    /// One charge and two refunds at the channel: by the appeal, and with the red invoice.
    async fn check_sandbox(&mut self) {
        let number = "select out_trade_no from payment";
        let numbers = crate::harness::raw::texts(&self.config.database, number).await;
        assert_eq!(numbers.len(), 1, "{numbers:?}");
        let own = |rows: Vec<Value>| {
            rows.into_iter().filter(|row| row["out_trade_no"] == numbers[0]).count()
        };
        assert_eq!((own(self.sandbox.charges()), own(self.sandbox.refunds())), (1, 2));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
