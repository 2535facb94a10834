//! Documents by mail, against a mail server made for this: sent once, whatever has to be repeated.

use std::sync::{Arc, Mutex};

use gateway::config::{Config, MailSecurity};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{make_paid, until_case};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::{Driver, PATIENCE};
use crate::harness::wait;

/// A mail server that keeps what it takes. `answers` are given to the ends of mails in turn, then always 250.
#[derive(Clone)]
struct Catcher {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<&'static str>>>,
}

impl Catcher {
    async fn answering(answers: &[&'static str]) -> Catcher {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut answers = answers.to_vec();
        answers.reverse();
        let catcher = Catcher {
            port: listener.local_addr().unwrap().port(),
            mails: Arc::default(),
            answers: Arc::new(Mutex::new(answers)),
        };
        let taken = catcher.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(taken.clone().speak(stream));
            }
        });
        catcher
    }

    /// As much SMTP (RFC 5321) as a client that sends one mail needs.
    async fn speak(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut mail: Option<String> = None;
        write.write_all(b"220 catcher\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match (&mut mail, line.as_str()) {
                (Some(text), ".") => {
                    let answer = self.answers.lock().unwrap().pop().unwrap_or("250 taken");
                    if answer.starts_with("250") {
                        self.mails.lock().unwrap().push(std::mem::take(text));
                    }
                    mail = None;
                    answer
                }
                (Some(text), line) => {
                    text.push_str(line);
                    text.push('\n');
                    continue;
                }
                (None, "DATA") => {
                    mail = Some(String::new());
                    "354 go on"
                }
                (None, "QUIT") => "221 bye",
                (None, _) => "250 ok",
            };
            if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    async fn until_mails(&self, count: usize) -> Vec<String> {
        wait::until(&format!("{count} mails"), PATIENCE, async || {
            let mails = self.mails();
            (mails.len() >= count).then_some(mails)
        })
        .await
    }
}

async fn town_with(catcher: &Catcher) -> (TestApp, Driver, String) {
    let port = catcher.port;
    let change = |config: &mut Config| {
        config.mail.host = "127.0.0.1".into();
        config.mail.port = Some(port);
        config.mail.security = MailSecurity::None;
        config.mail.from = "停车发票 <invoice@parking.example>".into();
        config.documents.formats = ["xml", "pdf", "ofd"].map(str::to_owned).to_vec();
    };
    let mut town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, change).await;
    let (driver, order_id) = make_paid(&mut town).await;
    (town, driver, order_id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_mailed_once_although_the_server_asks_for_patience_first() {
    let catcher = Catcher::answering(&["451 later", "421 later"]).await;
    let (town, driver, order_id) = town_with(&catcher).await;
    let title = json!({"kind": "person", "name": "张三"});
    let bad = json!({"order_ids": [order_id], "title": title, "email": "nobody"});
    driver.post("/api/v1/invoices", &bad).await.expect_problem(422, "email_malformed");
    let body = json!({"order_ids": [order_id], "title": title, "email": "lin@example.com"});
    let asked = driver.post("/api/v1/invoices", &body).await.expect(202).json();
    let mails = catcher.until_mails(1).await;
    let invoice = driver.invoice_when(asked["invoice_id"].as_str().unwrap(), "issued").await;
    let number = invoice["invoice_number"].as_str().unwrap();
    for part in ["To: lin@example.com", "@parking.example>", "Message-ID: <"] {
        assert!(mails[0].contains(part), "{part} is not in\n{}", mails[0]);
    }
    for format in ["xml", "pdf", "ofd"] {
        assert!(mails[0].contains(&format!("{number}.{format}")), "{format}");
    }
    let id = invoice["invoice_id"].as_str().unwrap();
    wait::until("the mail to be known as sent", PATIENCE, async || {
        let seen = driver.get(&format!("/api/v1/invoices/{id}")).await.expect(200).json();
        (seen["mails"][0]["state"] == "sent").then_some(())
    })
    .await;
    let path = format!("/api/v1/invoices/{id}/mails");
    let same = json!({"email": "lin@EXAMPLE.com"});
    driver.post(&path, &same).await.expect_problem(409, "mailed_already");
    let other = driver.post(&path, &json!({"email": "wang@example.com"})).await.expect(202).json();
    assert_eq!(other["address"], "w***@example.com");
    assert_eq!(catcher.until_mails(2).await.len(), 2);
    // Nothing sends it again.
    let mut tx = town.app.store.begin(store::Lane::Command).await.unwrap();
    let sent = tx.invoice_mails(id.parse().unwrap()).await.unwrap();
    for mail in &sent {
        let (key, at) = (mail.mail_id.to_string(), 0);
        tx.enqueue("send_mail", &key, mail.invoice_id, at).await.unwrap();
    }
    tx.commit().await.unwrap();
    town.finish().await;
    assert_eq!(catcher.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_the_server_refuses_for_good_is_a_case() {
    let catcher = Catcher::answering(&["550 no such user lin@example.com"]).await;
    let (town, driver, order_id) = town_with(&catcher).await;
    let title = json!({"kind": "person", "name": "张三"});
    let body = json!({"order_ids": [order_id], "title": title, "email": "lin@example.com"});
    driver.post("/api/v1/invoices", &body).await.expect(202);
    until_case(&town, "mail_failed", 1).await;
    assert_eq!(catcher.mails().len(), 0);
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_no_mail_is_offered() {
    let (town, driver, order_id) = super::paid(Kind::Sqlite).await;
    let title = json!({"kind": "person", "name": "张三"});
    let body = json!({"order_ids": [order_id], "title": title, "email": "lin@example.com"});
    driver.post("/api/v1/invoices", &body).await.expect_problem(422, "mail_not_offered");
    town.finish().await;
}
