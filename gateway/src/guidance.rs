//! Drivers on their way to a bay: told at once when it is taken, and where to go instead.
//!
//! Sessions are anonymous and live in this gateway's memory only, bounded in number and in time: where somebody drives is
//! nobody's business a moment later. Fed from the tail of changes, so that it does not matter which gateway heard the
//! sensor. **Invariants:** [`wayfinding::guidance`] decides, here is only remembered and told; no lock is held while another one is
//! taken, but that of a session before that of the list.

mod next_best;
mod sweep;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use vocabulary::{BayCode, BayId, Point};
use wayfinding::route::Stop;
use wayfinding::{Metric, State};

use crate::app::App;
use crate::flow::search_bays::may_stand;
use crate::flow::{Outcome, Refusal};
use crate::lang::Lang;
use crate::trip::{self, Wanted};

pub use sweep::run;
pub use wayfinding::guidance::{Goal, Next, Offer, Phase, Seen, Session, Why, Wish};
pub use words::told;

/// Sessions that go on at once.
const SESSIONS_LIMIT: usize = 10_000;
/// Streams of one session at once: a telephone that changes networks leaves one behind.
const STREAMS_LIMIT: usize = 4;
/// Nobody drives to a bay for longer (machine time).
pub const LASTS_MS: i64 = 3 * 3_600_000;

/// The drivers on their way.
#[derive(Debug)]
pub struct Guidance {
    sessions: Mutex<Sessions>,
    /// Bays that changed and that somebody drives to.
    heard: Mutex<HashSet<BayId>>,
    bell: Notify,
    closing: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<Uuid, Arc<Guided>>,
    by_bay: HashMap<BayId, HashSet<Uuid>>,
}

/// One session and those who listen to it.
#[derive(Debug)]
pub struct Guided {
    pub id: Uuid,
    token_hash: [u8; 32],
    opened_ms: i64,
    session: Mutex<Session>,
    lang: Mutex<Lang>,
    told: watch::Sender<i64>,
    streams: AtomicUsize,
    /// When the driver was heard last (machine time), and when it ended; never as long as it goes on.
    heard_ms: AtomicI64,
    ended_ms: AtomicI64,
    /// Edition of the roads that the way was found on.
    edition: AtomicU64,
}

/// What a driver sends; done in this order. A wrong bay does nothing, an offer that is gone only what comes before it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub at: Option<Point>,
    pub lang: Option<Lang>,
    pub accept: Option<u32>,
    pub decline: Option<u32>,
    pub bay: Option<BayCode>,
    pub obstructed: bool,
}

/// Somebody listens as long as this lives.
#[derive(Debug)]
pub struct Listening(Arc<Guided>);

impl Default for Guidance {
    fn default() -> Self {
        Guidance {
            sessions: Mutex::default(),
            heard: Mutex::default(),
            bell: Notify::new(),
            closing: watch::channel(false).0,
        }
    }
}

impl Guidance {
    /// Opens a session; it and its token, which is stored nowhere.
    ///
    /// # Errors
    /// `bay_unknown`, `guidance_full`.
    pub fn open(
        app: &App,
        code: &BayCode,
        lang: Lang,
        wish: impl FnOnce(Goal) -> Wish,
    ) -> Outcome<(Arc<Guided>, String)> {
        let session = Session::open(wish(goal(app, code)?));
        let (mut id, mut secret) = ([0; 16], [0; 32]);
        rand::rng().fill_bytes(&mut id);
        rand::rng().fill_bytes(&mut secret);
        let token = URL_SAFE_NO_PAD.encode(secret);
        let now_ms = app.clock.machine_now_ms();
        let guided = Arc::new(Guided {
            id: uuid::Builder::from_random_bytes(id).into_uuid(),
            token_hash: Sha256::digest(token.as_bytes()).into(),
            opened_ms: now_ms,
            told: watch::channel(session.seq).0,
            session: Mutex::new(session),
            lang: Mutex::new(lang),
            streams: AtomicUsize::new(0),
            heard_ms: AtomicI64::new(now_ms),
            ended_ms: AtomicI64::new(i64::MAX),
            edition: AtomicU64::new(0),
        });
        {
            let mut sessions = app.guidance.lock();
            if sessions.by_id.len() >= SESSIONS_LIMIT {
                return Err(Refusal::TooOften { code: "guidance_full", after_ms: 60_000 });
            }
            sessions.by_id.insert(guided.id, Arc::clone(&guided));
        }
        guided.work(app, |session| {
            guided.found_way(app, session);
            guided.look(app, session);
        });
        Ok((guided, token))
    }

    /// A session, for who has its token.
    ///
    /// # Errors
    /// `guidance_unknown`, whether the id or the token is wrong.
    pub fn find(&self, id: Uuid, token: &str) -> Outcome<Arc<Guided>> {
        let found = self.lock().by_id.get(&id).map(Arc::clone);
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let own = found.filter(|guided| openssl::memcmp::eq(&guided.token_hash, &hash));
        own.ok_or_else(|| {
            let detail = "no guidance has this id and token here, or it has ended: open a new one";
            Refusal::missing("guidance_unknown", detail)
        })
    }

    /// Bays changed; those who drive there are told soon.
    pub fn heard(&self, bays: impl Iterator<Item = BayId>) {
        let concerned: Vec<BayId> = {
            let sessions = self.lock();
            if sessions.by_bay.is_empty() {
                return;
            }
            bays.filter(|bay| sessions.by_bay.contains_key(bay)).collect()
        };
        if !concerned.is_empty() {
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).extend(concerned);
            self.bell.notify_one();
        }
    }

    fn take_heard(&self) -> Vec<BayId> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *heard).into_iter().collect()
    }

    /// Somebody claimed a bay: who is at it has arrived.
    pub fn claimed(&self, app: &App, bay: &BayCode) {
        let bay = app.live.look(|index| index.bay_by_code(bay).map(|bay| bay.id));
        let Some(bay) = bay else { return };
        for guided in self.bound_for(&[bay]) {
            guided.work(app, |session| session.claimed(bay));
        }
    }

    /// How many go on.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().by_id.len()
    }

    /// Ends every stream, now and from now on, so that the service can stop.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves once the service stops.
    pub async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as the app.
        let _gone = closing.wait_for(|closing| *closing).await;
    }

    fn bound_for(&self, bays: &[BayId]) -> Vec<Arc<Guided>> {
        let sessions = self.lock();
        let ids: HashSet<&Uuid> =
            bays.iter().filter_map(|bay| sessions.by_bay.get(bay)).flatten().collect();
        ids.into_iter().filter_map(|id| sessions.by_id.get(id)).map(Arc::clone).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    /// Notes which bays a session is about now.
    fn note(&mut self, id: Uuid, before: &[BayId], after: &[BayId]) {
        for bay in before.iter().filter(|bay| !after.contains(bay)) {
            if let Some(ids) = self.by_bay.get_mut(bay) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_bay.remove(bay);
                }
            }
        }
        for bay in after {
            self.by_bay.entry(*bay).or_default().insert(id);
        }
    }
}

impl Guided {
    /// The session as it is.
    #[must_use]
    pub fn session(&self) -> Session {
        self.lock().clone()
    }

    /// In which its driver is told.
    #[must_use]
    pub fn lang(&self) -> Lang {
        *self.lang.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it ends at the latest (machine time).
    #[must_use]
    pub fn expires_ms(&self) -> i64 {
        self.opened_ms.saturating_add(LASTS_MS)
    }

    /// What was told last, as it grows.
    ///
    /// # Errors
    /// `too_many_streams`.
    pub fn listen(guided: &Arc<Guided>) -> Outcome<(watch::Receiver<i64>, Listening)> {
        let listening = Listening(Arc::clone(guided));
        if guided.streams.fetch_add(1, Ordering::SeqCst) >= STREAMS_LIMIT {
            return Err(Refusal::TooOften { code: "too_many_streams", after_ms: 10_000 });
        }
        Ok((guided.told.subscribe(), listening))
    }

    /// Does what the driver sends, then looks at the bays.
    ///
    /// # Errors
    /// `bay_unknown`, `offer_gone`.
    pub fn change(&self, app: &App, change: &Change) -> Outcome<()> {
        let chosen = change.bay.as_ref().map(|code| goal(app, code)).transpose()?;
        self.heard_ms.fetch_max(app.clock.machine_now_ms(), Ordering::SeqCst);
        if let Some(lang) = change.lang {
            *self.lang.lock().unwrap_or_else(PoisonError::into_inner) = lang;
        }
        self.work(app, |session| {
            if session.phase == Phase::Ended {
                return Ok(());
            }
            let seq = session.seq;
            let is_off = change.at.is_some_and(|at| session.move_to(at));
            let stands = change.accept.is_none_or(|offer| session.accept(offer))
                && change.decline.is_none_or(|offer| session.decline(offer));
            if stands {
                if let Some(bay) = chosen {
                    session.choose(bay);
                }
                if change.obstructed {
                    session.report();
                }
            }
            if is_off && session.seq == seq {
                session.reroute();
            }
            if session.seq != seq {
                self.found_way(app, session);
            }
            self.look(app, session);
            if stands { Ok(()) } else { Err(offer_gone()) }
        })
    }

    /// Ends it.
    pub fn end(&self, app: &App, why: Why) {
        self.work(app, |session| session.end(why));
    }

    /// Works on the session, and tells what came of it.
    fn work<T>(&self, app: &App, work: impl FnOnce(&mut Session) -> T) -> T {
        let mut session = self.lock();
        let before = session.bays();
        let done = work(&mut session);
        if session.phase == Phase::Ended {
            self.ended_ms.fetch_min(app.clock.machine_now_ms(), Ordering::SeqCst);
        }
        app.guidance.lock().note(self.id, &before, &session.bays());
        self.told.send_if_modified(|told| std::mem::replace(told, session.seq) != session.seq);
        done
    }

    fn look(&self, app: &App, session: &mut Session) {
        let (now, vehicle) = (app.clock.city_now(), session.wish.vehicle);
        let seen = |bay: BayId| {
            app.live.look(|index| {
                let bay = index.bay(bay)?;
                let is_forbidden =
                    bay.state == State::Free && !may_stand(app, index, &bay, vehicle, now);
                Some(if is_forbidden { Seen::Forbidden } else { bay.state.into() })
            })
        };
        session.look(seen, |session| next_best::next_best(app, session));
    }

    /// Remembers the way to the bay, so that who leaves it is noticed; whether it is another one.
    fn found_way(&self, app: &App, session: &mut Session) -> bool {
        let wish = &session.wish;
        let wanted = Wanted {
            from: wish.at,
            to: Stop::bay(wish.bay.at),
            dest: None,
            metric: Metric::Fastest,
        };
        let found = app.roads.ask(|current, navigator| {
            self.edition.store(current.facts.edition, Ordering::SeqCst);
            trip::find(&current.roads, navigator, &wanted)
        });
        let line = found.and_then(Result::ok).map(|trip| trip.drive.line).unwrap_or_default();
        session.follow(&line)
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::SeqCst);
    }
}

fn goal(app: &App, code: &BayCode) -> Outcome<Goal> {
    let bay = app.live.look(|index| index.bay_by_code(code).map(next_best::goal_of));
    bay.ok_or_else(|| Refusal::missing("bay_unknown", format!("no bay has the code {code}")))
}

fn offer_gone() -> Refusal {
    Refusal::conflict("offer_gone", "this offer does not stand any more")
}
