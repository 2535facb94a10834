//! Cases: matters that a person has to look at, with append-only events.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// A case to open. `case_key` is the business fact, so that one matter is one case.
#[derive(Clone, Debug)]
pub struct NewCase<'a> {
    pub case_id: Uuid,
    pub case_key: &'a str,
    pub operator_id: Option<Uuid>,
    pub kind: &'a str,
    pub source: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub detail: &'a str,
    pub opened_at: i64,
}

/// A case as it stands. `owner`, `handler` and `closer` are ids of staff.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CaseRow {
    pub case_id: Uuid,
    pub case_key: String,
    pub operator_id: Option<Uuid>,
    pub kind: String,
    pub source: String,
    pub external_number: Option<String>,
    pub subject_kind: String,
    pub subject_id: String,
    pub state: String,
    pub opened_at: i64,
    pub take_by_at: Option<i64>,
    pub due_at: Option<i64>,
    pub taken_at: Option<i64>,
    pub handled_at: Option<i64>,
    pub owner: Option<String>,
    pub handler: Option<String>,
    pub closer: Option<String>,
    pub closed_at: Option<i64>,
    pub reopened: i64,
    pub outcome: Option<String>,
    pub account_id: Option<Uuid>,
    pub policy: Option<String>,
}

/// What was done about a case, or said.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CaseEventRow {
    pub line: i64,
    pub made_at: i64,
    pub actor: String,
    pub kind: String,
    pub detail: String,
}

/// Which cases; every field left out asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    pub operator: Option<Uuid>,
    pub state: Option<String>,
    pub kind: Option<String>,
    pub source: Option<String>,
    /// The one who owns or handles it.
    pub person: Option<String>,
    pub external_number: Option<String>,
    /// The id of what it is about.
    pub subject_id: Option<String>,
    /// Not closed, and due before this instant.
    pub overdue_at: Option<i64>,
    /// Closed ones too.
    pub closed_too: bool,
    /// Only those after `(opened_at, case_id)` in order of age.
    pub after: Option<(i64, Uuid)>,
}

/// How many cases of a kind are in a state, how many too late, and since when the oldest waits.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CaseCount {
    pub kind: String,
    pub state: String,
    pub cases: i64,
    pub overdue: i64,
    pub oldest_at: i64,
}

macro_rules! case_columns {
    ($rest:literal) => {
        concat!(
            "select case_id, case_key, operator_id, kind, source, external_number, subject_kind, subject_id, state, \
             opened_at, take_by_at, due_at, taken_at, handled_at, owner, handler, closer, closed_at, reopened, outcome, \
             account_id, policy from case_file ",
            $rest
        )
    };
}

impl Tx {
    /// Opens a case; false if the matter has one already.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_case(&mut self, case: &NewCase<'_>) -> Result<bool> {
        let fresh = run!(
            self,
            "insert into case_file (case_id, case_key, operator_id, kind, source, subject_kind, subject_id, state, \
             opened_at) values ($1, $2, $3, $4, $5, $6, $7, 'open', $8) on conflict (case_key) do nothing",
            case.case_id,
            case.case_key,
            case.operator_id,
            case.kind,
            case.source,
            case.subject_kind,
            case.subject_id,
            case.opened_at
        ) == 1;
        if fresh {
            let event = CaseEventRow {
                line: 0,
                made_at: case.opened_at,
                actor: case.source.to_owned(),
                kind: "opened".into(),
                detail: case.detail.to_owned(),
            };
            self.append_case_event(case.case_id, &event).await?;
        }
        Ok(fresh)
    }

    /// Says who filed a case, and its number elsewhere (12345, 12315).
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_case_origin(
        &mut self,
        case_id: Uuid,
        account_id: Option<Uuid>,
        external_number: Option<&str>,
    ) -> Result<()> {
        run!(
            self,
            "update case_file set account_id = $2, external_number = $3 where case_id = $1",
            case_id,
            account_id,
            external_number
        );
        Ok(())
    }

    /// Appends to a case; its line is given here.
    ///
    /// # Errors
    /// `Database`.
    pub async fn append_case_event(&mut self, case_id: Uuid, event: &CaseEventRow) -> Result<()> {
        run!(
            self,
            "insert into case_event (case_id, line, made_at, actor, kind, detail) \
             select $1, coalesce(max(line), -1) + 1, $2, $3, $4, $5 from case_event where case_id = $1",
            case_id,
            event.made_at,
            &event.actor,
            &event.kind,
            &event.detail
        );
        Ok(())
    }

    /// A case.
    ///
    /// # Errors
    /// `Database`.
    pub async fn case(&mut self, case_id: Uuid) -> Result<Option<CaseRow>> {
        Ok(row!(self, case_columns!("where case_id = $1"), case_id))
    }

    /// The case of a matter.
    ///
    /// # Errors
    /// `Database`.
    pub async fn case_by_key(&mut self, case_key: &str) -> Result<Option<CaseRow>> {
        Ok(row!(self, case_columns!("where case_key = $1"), case_key))
    }

    /// A case, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_case(&mut self, case_id: Uuid) -> Result<Option<CaseRow>> {
        Ok(lock_row!(self, case_columns!("where case_id = $1"), case_id))
    }

    /// Stores what changed in a case that this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_case(&mut self, case: &CaseRow) -> Result<()> {
        run!(
            self,
            "update case_file set state = $2, owner = $3, handler = $4, closer = $5, closed_at = $6, reopened = $7, \
             outcome = $8, taken_at = $9, handled_at = $10, take_by_at = $11, due_at = $12, policy = $13, \
             external_number = $14 where case_id = $1",
            case.case_id,
            &case.state,
            &case.owner,
            &case.handler,
            &case.closer,
            case.closed_at,
            case.reopened,
            &case.outcome,
            case.taken_at,
            case.handled_at,
            case.take_by_at,
            case.due_at,
            &case.policy,
            &case.external_number
        );
        Ok(())
    }

    /// What happened to a case, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn case_events(&mut self, case_id: Uuid) -> Result<Vec<CaseEventRow>> {
        Ok(rows!(
            self,
            "select line, made_at, actor, kind, detail from case_event where case_id = $1 order by line",
            case_id
        ))
    }

    /// Cases, oldest first, `limit` of them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cases(&mut self, filter: &CaseFilter, limit: i64) -> Result<Vec<CaseRow>> {
        let (after_at, after_id) = filter.after.unwrap_or((i64::MIN, Uuid::nil()));
        Ok(rows!(
            self,
            case_columns!(
                "where (opened_at > $1 or (opened_at = $1 and case_id > $2)) \
                 and ($3 is null or operator_id is null or operator_id = $3) \
                 and ($4 is null or state = $4) and ($5 is null or kind = $5) and ($6 is null or source = $6) \
                 and ($7 is null or owner = $7 or handler = $7) and ($8 is null or external_number = $8) \
                 and ($9 is null or subject_id = $9) and ($10 is null or (due_at < $10 and state <> 'closed')) \
                 and ($11 = 1 or state <> 'closed') order by opened_at, case_id limit $12"
            ),
            after_at,
            after_id,
            filter.operator,
            &filter.state,
            &filter.kind,
            &filter.source,
            &filter.person,
            &filter.external_number,
            &filter.subject_id,
            filter.overdue_at,
            i64::from(filter.closed_too),
            limit
        ))
    }

    /// Cases whose deadlines nobody has set yet, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unplanned_cases(&mut self, limit: i64) -> Result<Vec<CaseRow>> {
        Ok(rows!(
            self,
            case_columns!("where due_at is null and state <> 'closed' order by opened_at limit $1"),
            limit
        ))
    }

    /// Sets the deadlines of a case that has none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn plan_case(
        &mut self,
        case_id: Uuid,
        take_by_at: i64,
        due_at: i64,
        policy: &str,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "update case_file set take_by_at = $2, due_at = $3, policy = $4 where case_id = $1 and due_at is null",
            case_id,
            take_by_at,
            due_at,
            policy
        ) == 1)
    }

    /// Cases that are not closed, counted by kind and state.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_cases(&mut self, now: i64) -> Result<Vec<CaseCount>> {
        Ok(rows!(
            self,
            "select kind, state, count(*) as cases, cast(sum(case when due_at < $1 then 1 else 0 end) as bigint) as overdue, \
             min(opened_at) as oldest_at from case_file where state <> 'closed' group by kind, state order by kind, state",
            now
        ))
    }

    /// Closed cases since an instant: how many, and how many of them in time, by kind.
    ///
    /// # Errors
    /// `Database`.
    pub async fn closed_in_time(&mut self, since: i64) -> Result<Vec<(String, i64, i64)>> {
        Ok(rows!(
            self,
            "select kind, count(*), cast(sum(case when due_at is null or closed_at <= due_at then 1 else 0 end) as bigint) \
             from case_file where state = 'closed' and closed_at >= $1 group by kind order by kind",
            since
        ))
    }

    /// Whether a matter has a case, open or closed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_case(&mut self, case_key: &str) -> Result<bool> {
        let cases: i64 = both!(self, |c| sqlx::query_scalar(
            "select count(*) from case_file where case_key = $1"
        )
        .bind(case_key)
        .fetch_one(c)
        .await?);
        Ok(cases > 0)
    }

    /// How many cases of a kind are not closed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_open_cases(&mut self, kind: &str) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select count(*) from case_file where kind = $1 and state <> 'closed'"
        )
        .bind(kind)
        .fetch_one(c)
        .await?))
    }

    /// Cases of a kind about a subject that are not closed, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_cases_about(&mut self, kind: &str, subject_id: &str) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select case_id from case_file where kind = $1 and subject_id = $2 and state <> 'closed' \
             order by opened_at, case_id",
            kind,
            subject_id
        ))
    }
}
