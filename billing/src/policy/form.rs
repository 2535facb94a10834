//! The YAML form of a policy, and what is refused in it.

use chrono::NaiveDate;
use serde::Deserialize;
use vocabulary::Fen;

use super::{
    AppealRule, ArrearsRule, Authority, CaseRule, Channel, ContactRule, Policy, PolicyReject, Step,
    Version,
};
use crate::tariff::{DAY_MS, WallClock};
use crate::working_time::Allowance;

/// Longest text read, in bytes.
const TEXT_LIMIT: usize = 256 * 1024;
/// Most steps, rules and versions.
const LIST_LIMIT: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyForm {
    format: Format,
    id: String,
    title: String,
    time_zone: String,
    calendar: String,
    versions: Vec<VersionForm>,
}

#[derive(Deserialize)]
enum Format {
    #[serde(rename = "bowei-policy/1")]
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionForm {
    valid_from: NaiveDate,
    authority: AuthorityForm,
    working_hours: Vec<String>,
    cases: Vec<CaseForm>,
    appeals: AppealForm,
    money: MoneyForm,
    arrears: ArrearsForm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorityForm {
    body: String,
    document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseForm {
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    sources: Vec<String>,
    take: String,
    close: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppealForm {
    file_within: String,
    most_for_one_order: u32,
    second_person_above_fen: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyForm {
    manager_above_fen: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArrearsForm {
    limitation_years: u32,
    contact: ContactForm,
    steps: Vec<StepForm>,
    #[serde(default)]
    refuse_bay: bool,
    refuse_bay_decree: Option<AuthorityForm>,
    #[serde(default)]
    report_credit: bool,
    report_credit_decree: Option<AuthorityForm>,
    surcharge: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactForm {
    from: String,
    to: String,
    most_a_day: u32,
    most_a_week: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepForm {
    name: String,
    after: String,
    channels: Vec<String>,
    what_follows: String,
    what_follows_en: String,
}

pub(super) fn read(yaml: &str) -> Result<Policy, PolicyReject> {
    if yaml.len() > TEXT_LIMIT {
        return Err(PolicyReject(format!("longer than {TEXT_LIMIT} bytes")));
    }
    let form: PolicyForm =
        serde_saphyr::from_str(yaml).map_err(|e| PolicyReject(e.without_snippet().to_string()))?;
    let Format::First = form.format;
    let time_zone = form
        .time_zone
        .parse()
        .map_err(|_| PolicyReject(format!("time_zone: no zone is called {}", form.time_zone)))?;
    if form.versions.is_empty() || form.versions.len() > LIST_LIMIT {
        return Err(PolicyReject(format!("versions: 1 to {LIST_LIMIT}")));
    }
    let mut versions: Vec<Version> = Vec::with_capacity(form.versions.len());
    for (number, version) in (1_u32..).zip(form.versions) {
        let at = format!("versions[{}]", number.saturating_sub(1));
        if versions.last().is_some_and(|last| last.valid_from >= version.valid_from) {
            return Err(PolicyReject(format!("{at}.valid_from: versions come in order of time")));
        }
        versions.push(read_version(&at, number, version)?);
    }
    let clock = WallClock::of(time_zone);
    let PolicyForm { id, title, calendar, .. } = form;
    Ok(Policy { id, title, time_zone, calendar, versions, clock })
}

fn read_version(at: &str, number: u32, form: VersionForm) -> Result<Version, PolicyReject> {
    if form.cases.len() > LIST_LIMIT {
        return Err(PolicyReject(format!("{at}.cases: at most {LIST_LIMIT}")));
    }
    let cases = form.cases.into_iter().map(|rule| {
        Ok(CaseRule {
            kinds: rule.kinds,
            sources: rule.sources,
            take: allowance(&format!("{at}.cases.take"), &rule.take)?,
            close: allowance(&format!("{at}.cases.close"), &rule.close)?,
        })
    });
    let appeals = AppealRule {
        file_within: allowance(&format!("{at}.appeals.file_within"), &form.appeals.file_within)?,
        most_for_one_order: form.appeals.most_for_one_order,
        second_person_above: fen(at, form.appeals.second_person_above_fen)?,
    };
    Ok(Version {
        number,
        valid_from: form.valid_from,
        authority: authority(&format!("{at}.authority"), form.authority)?,
        cases: cases.collect::<Result<_, PolicyReject>>()?,
        appeals,
        manager_above: fen(at, form.money.manager_above_fen)?,
        arrears: arrears(&format!("{at}.arrears"), form.arrears)?,
        stretches: stretches(&format!("{at}.working_hours"), &form.working_hours)?,
    })
}

fn arrears(at: &str, form: ArrearsForm) -> Result<ArrearsRule, PolicyReject> {
    if form.surcharge.is_some() {
        let why = "this version charges no surcharge on what is owed: leave it out";
        return Err(PolicyReject(format!("{at}.surcharge: {why}")));
    }
    if !(1..=100).contains(&form.limitation_years) {
        return Err(PolicyReject(format!("{at}.limitation_years: 1 to 100")));
    }
    if form.steps.is_empty() || form.steps.len() > LIST_LIMIT {
        return Err(PolicyReject(format!("{at}.steps: 1 to {LIST_LIMIT}")));
    }
    let mut steps: Vec<Step> = Vec::with_capacity(form.steps.len());
    for (place, step) in form.steps.into_iter().enumerate() {
        let at = format!("{at}.steps[{place}]");
        if step.name.trim().is_empty() || steps.iter().any(|s| s.name == step.name) {
            return Err(PolicyReject(format!("{at}.name: must not be empty, nor twice the same")));
        }
        steps.push(read_step(&at, step)?);
    }
    Ok(ArrearsRule {
        limitation_years: form.limitation_years,
        contact: contact(&format!("{at}.contact"), &form.contact)?,
        steps,
        refuse_bay: decree(&format!("{at}.refuse_bay"), form.refuse_bay, form.refuse_bay_decree)?,
        report_credit: decree(
            &format!("{at}.report_credit"),
            form.report_credit,
            form.report_credit_decree,
        )?,
    })
}

fn read_step(at: &str, form: StepForm) -> Result<Step, PolicyReject> {
    let channels = form.channels.iter().map(|name| {
        Channel::from_name(name)
            .ok_or_else(|| PolicyReject(format!("{at}.channels: {name} is no channel")))
    });
    let channels: Vec<Channel> = channels.collect::<Result<_, _>>()?;
    if channels.is_empty() {
        return Err(PolicyReject(format!("{at}.channels: a step is taken by a notice")));
    }
    Ok(Step {
        after: allowance(&format!("{at}.after"), &form.after)?,
        name: form.name,
        channels,
        what_follows: form.what_follows,
        what_follows_en: form.what_follows_en,
    })
}

fn contact(at: &str, form: &ContactForm) -> Result<ContactRule, PolicyReject> {
    let (from_ms, to_ms) = (of_day(at, &form.from)?, of_day(at, &form.to)?);
    if from_ms >= to_ms {
        return Err(PolicyReject(format!("{at}: from lies before to")));
    }
    if form.most_a_day == 0 || form.most_a_week == 0 {
        return Err(PolicyReject(format!("{at}: at least one contact a day and a week")));
    }
    Ok(ContactRule { from_ms, to_ms, most_a_day: form.most_a_day, most_a_week: form.most_a_week })
}

/// What is only allowed by a decree is off unless one is named.
fn decree(
    at: &str,
    on: bool,
    by: Option<AuthorityForm>,
) -> Result<Option<Authority>, PolicyReject> {
    match (on, by) {
        (false, _) => Ok(None),
        (true, None) => Err(PolicyReject(format!("{at}: name the decree that allows it"))),
        (true, Some(form)) => authority(&format!("{at}_decree"), form).map(Some),
    }
}

fn authority(at: &str, form: AuthorityForm) -> Result<Authority, PolicyReject> {
    if form.body.trim().is_empty() || form.document.trim().is_empty() {
        return Err(PolicyReject(format!("{at}: name the body and the document")));
    }
    Ok(Authority { body: form.body, document: form.document })
}

fn allowance(at: &str, text: &str) -> Result<Allowance, PolicyReject> {
    Allowance::parse(text).ok_or_else(|| {
        PolicyReject(format!(
            "{at}: {text:?} is no time: `4 working hours`, `5 working days`, `24 hours`, `30 days`"
        ))
    })
}

fn fen(at: &str, amount: i64) -> Result<Fen, PolicyReject> {
    if amount < 0 {
        return Err(PolicyReject(format!("{at}: an amount is 0 or more")));
    }
    Ok(Fen(amount))
}

/// `HH:MM-HH:MM`, in order, apart.
fn stretches(at: &str, texts: &[String]) -> Result<Vec<(i64, i64)>, PolicyReject> {
    let mut stretches: Vec<(i64, i64)> = Vec::with_capacity(texts.len());
    for text in texts {
        let (from, to) = text
            .split_once('-')
            .ok_or_else(|| PolicyReject(format!("{at}: {text:?} is not HH:MM-HH:MM")))?;
        let (from_ms, to_ms) = (of_day(at, from)?, of_day(at, to)?);
        let after = stretches.last().is_none_or(|(_, end)| *end <= from_ms);
        if from_ms >= to_ms || !after {
            return Err(PolicyReject(format!("{at}: {text:?} is not in order")));
        }
        stretches.push((from_ms, to_ms));
    }
    if stretches.is_empty() {
        return Err(PolicyReject(format!("{at}: an office is open at some time")));
    }
    Ok(stretches)
}

/// Milliseconds of the day of `HH:MM`; `24:00` is its end.
fn of_day(at: &str, text: &str) -> Result<i64, PolicyReject> {
    let wrong = || PolicyReject(format!("{at}: {text:?} is not a time of day"));
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
    if hours.len() != 2 || minutes.len() != 2 {
        return Err(wrong());
    }
    let hours: i64 = hours.parse().map_err(|_| wrong())?;
    let minutes: i64 = minutes.parse().map_err(|_| wrong())?;
    let ms = hours.saturating_mul(60).saturating_add(minutes).saturating_mul(60_000);
    if !(0..60).contains(&minutes) || !(0..=DAY_MS).contains(&ms) {
        return Err(wrong());
    }
    Ok(ms)
}
