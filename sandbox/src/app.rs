//! The one value every route works on: keys, clock, the memory of the sandbox behind one lock.
//!
//! The lock is only taken in `blocking` work, since it is held while a line goes to disk, and
//! never across an await.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::Notify;

use crate::clock::{CityClock, Now};
use crate::config::Config;
use crate::keys::Keys;
use crate::keys::certificates::Certificates;
use crate::tax::red_form::RedForms;
use crate::tax::register::{Invoice, Register};
use crate::troubles::Troubles;
use crate::wechat::bills::Downloads;
use crate::wechat::book::Book;
use crate::wechat::login::LoginCodes;
use crate::wechat::notices::{About, Notices, Schedule};
use crate::wechat::parking::Parkings;

/// How long a merchant may take to answer a notification (WeChat Pay: 5 s).
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct App {
    pub(crate) keys: Keys,
    pub(crate) http: reqwest::Client,
    /// Rung when a notification became due earlier than the delivery loop expects.
    pub(crate) bell: Notify,
    clock: CityClock,
    memory: Mutex<Memory>,
    /// Held for its lock on the data folder.
    _folder: File,
}

/// Everything that changes.
pub(crate) struct Memory {
    pub(crate) book: Book,
    pub(crate) notices: Notices,
    pub(crate) register: Register,
    pub(crate) red_forms: RedForms,
    pub(crate) codes: LoginCodes,
    pub(crate) troubles: Troubles,
    pub(crate) certificates: Certificates,
    pub(crate) parkings: Parkings,
    pub(crate) downloads: Downloads,
}

impl Memory {
    /// Owes a notification from `due_ms` on, or from later if that is the trouble.
    pub(crate) fn owe(&mut self, about: About, url: &str, due_ms: i64) {
        let first_ms = self.troubles.first_sent_ms(due_ms);
        self.notices.plan(about, url, first_ms);
    }

    /// Owes the callbacks about a document, if its merchant wants any.
    pub(crate) fn owe_news(&mut self, invoice: &Invoice) {
        let Some(url) = invoice.notify_url() else { return };
        for (status, due_ms) in invoice.news() {
            let request_no = invoice.request_no().to_owned();
            let first_ms = self.troubles.tax_first_sent_ms(&request_no, due_ms);
            self.notices.plan(About::Document { request_no, status }, url, first_ms);
        }
    }
}

impl App {
    pub(crate) fn open(config: &Config) -> anyhow::Result<App> {
        let data = &config.data;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data)
            .with_context(|| format!("cannot make the folder {}", data.display()))?;
        let folder = lock(data)?;
        let now = config.clock.now();
        let (keys, certificates) = Keys::read_or_make(data, now.machine_ms)?;
        let book = Book::open(data)?;
        let mut notices = Notices::open(data, Schedule::new(config.notify_retry_ms))?;
        for charge in book.charges() {
            let url = &book.order(&charge.out_trade_no).expect("Book::open checked it").notify_url;
            notices.plan(About::payment(charge), url, now.machine_ms.max(charge.settles_ms));
        }
        for refund in book.refunds() {
            if let (Some(url), Some(at_ms)) = (&refund.notify_url, refund.settles_ms()) {
                notices.plan(About::refund(refund), url, at_ms);
            }
        }
        let parkings = Parkings::open(data)?;
        for order in book.orders() {
            if let Some((about, at_ms)) = About::failure(order) {
                notices.plan(about, &order.notify_url, at_ms);
            }
        }
        let register = Register::open(data)?;
        for invoice in register.all() {
            let Some(url) = invoice.notify_url() else { continue };
            for (status, at_ms) in invoice.news() {
                let request_no = invoice.request_no().to_owned();
                notices.plan(About::Document { request_no, status }, url, at_ms);
            }
        }
        let red_forms = RedForms::open(data)?;
        // The folder entries of new files must be on disk before anything in them is relied on.
        fs::File::open(data)?.sync_all()?;
        let memory = Memory {
            book,
            notices,
            register,
            red_forms,
            codes: LoginCodes::default(),
            troubles: Troubles::default(),
            certificates,
            parkings,
            downloads: Downloads::default(),
        };
        Ok(App {
            keys,
            http: notify_client()?,
            bell: Notify::new(),
            clock: config.clock.clone(),
            memory: Mutex::new(memory),
            _folder: folder,
        })
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// City time at a machine time.
    pub(crate) fn city_ms(&self, machine_ms: i64) -> i64 {
        self.clock.city_ms(machine_ms)
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("a holder that panicked may have left disk and memory apart")
    }

    /// Runs `work` where it may wait for the disk or sign. It is finished even if the caller hangs up.
    pub(crate) async fn blocking<T, F>(self: &Arc<Self>, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&App) -> T + Send + 'static,
    {
        let app = self.clone();
        match tokio::task::spawn_blocking(move || work(&app)).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path);
    let file = file.with_context(|| format!("cannot make {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            bail!("another sandbox already uses the folder {}", data.display())
        }
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

fn notify_client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(NOTIFY_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("Mozilla/4.0")
        .build()
        .context("cannot make the HTTP client for notifications")
}
