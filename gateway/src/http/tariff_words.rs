//! What holds at a bay, in the words of the sign in its street.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use billing::sign::{Card, Fact, sign};
use billing::tariff::{Tariff, Version};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bays::bay_code;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use crate::app::App;
use crate::flow::Refusal;
use crate::flow::visit_case::read_tariff;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(tariff_of_bay))
}

/// The tariff of a bay for people to read.
#[derive(Debug, Serialize, ToSchema)]
struct TariffWords {
    #[serde(flatten)]
    moment: Moment,
    bay_code: String,
    tariff_id: String,
    version: u32,
    title: String,
    /// What one has to know before relying on it.
    note: String,
    /// First day on which it holds.
    #[schema(example = "2026-01-01")]
    valid_from: String,
    /// One for each class of street that the tariff tells apart; one without a name if it tells none.
    streets: Vec<StreetWords>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StreetWords {
    street: Option<String>,
    cards: Vec<CardView>,
    /// Authority, document, validity.
    facts: Vec<FactView>,
}

/// A heading and what is said under it.
#[derive(Debug, Serialize, ToSchema)]
struct CardView {
    #[schema(example = "小型车")]
    heading: String,
    heading_en: String,
    /// Whether it says what costs money.
    is_rate: bool,
    sentences: Vec<SentenceView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SentenceView {
    text: String,
    text_en: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct FactView {
    name: String,
    name_en: String,
    /// Empty where nobody said it.
    value: String,
    value_en: String,
}

impl CardView {
    fn of(card: Card) -> CardView {
        let said = card.sentences.into_iter();
        CardView {
            heading: card.heading.chinese,
            heading_en: card.heading.english,
            is_rate: card.is_rate,
            sentences: said
                .map(|both| SentenceView { text: both.chinese, text_en: both.english })
                .collect(),
        }
    }
}

impl FactView {
    fn of(fact: Fact) -> FactView {
        let (name, value) = (fact.name, fact.value);
        FactView {
            name: name.chinese,
            name_en: name.english,
            value: value.chinese,
            value_en: value.english,
        }
    }
}

/// The tariff that holds at a bay now, in plain words.
#[utoipa::path(
    get,
    path = "/api/v1/bays/{bay_code}/tariff",
    tag = "bays",
    params(("bay_code" = String, Path, description = "As painted; case does not matter")),
    responses(
        (status = OK, body = TariffWords),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`no_tariff_terms`, `no_tariff_in_force`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn tariff_of_bay(
    State(app): State<Arc<App>>,
    Named(code): Named,
) -> Answer<Json<TariffWords>> {
    let code = bay_code(&code)?;
    let moment = Moment::of(&app);
    let mut tx = app.store.read().await?;
    let bay = tx
        .bay_by_code(code.as_str())
        .await?
        .ok_or_else(|| Refusal::missing("bay_unknown", format!("no bay has the code {code}")))?;
    let terms = tx
        .terms(bay.bay_id, moment.now.ms())
        .await?
        .ok_or_else(|| Refusal::refused("no_tariff_terms", "no fee zone covers this bay now"))?;
    let row = tx.tariff(&terms.tariff_id).await?.context("the zone's tariff is not stored")?;
    let tariff = read_tariff(&row.yaml)?;
    let version = tariff.version_at(moment.now).ok_or_else(|| {
        Refusal::refused("no_tariff_in_force", "no version of the tariff holds today")
    })?;
    Ok(Json(TariffWords {
        moment,
        bay_code: code.to_string(),
        tariff_id: tariff.id.clone(),
        version: version.number,
        title: tariff.title.trim().to_owned(),
        note: tariff.note.trim().to_owned(),
        valid_from: version.valid_from.to_string(),
        streets: streets(&tariff, version),
    }))
}

fn streets(tariff: &Tariff, version: &Version) -> Vec<StreetWords> {
    let named = version.streets.iter().map(|street| Some(street.as_str()));
    let all: Vec<Option<&str>> =
        if version.streets.is_empty() { vec![None] } else { named.collect() };
    let words = all.into_iter().filter_map(|street| {
        let sign = sign(tariff, version, street, None)?;
        // Who operates the street is a blank on the sign, to be filled in by hand.
        let facts = sign.facts.into_iter().filter(|fact| !fact.value.chinese.is_empty());
        Some(StreetWords {
            street: street.map(str::to_owned),
            cards: sign
                .cards
                .into_iter()
                .filter(|c| !c.sentences.is_empty())
                .map(CardView::of)
                .collect(),
            facts: facts.map(FactView::of).collect(),
        })
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use vocabulary::Timestamp;

    use super::*;

    #[test]
    fn the_demo_tariff_says_what_its_street_sign_says() {
        let tariff = billing::tariff::parse(billing::DEMO_TARIFF).unwrap();
        let now = Timestamp::parse("2026-09-15T08:00:00+08:00").unwrap();
        let words = streets(&tariff, tariff.version_at(now).unwrap());
        assert_eq!(words.len(), 1, "it tells no streets apart");
        assert_eq!(words[0].street, None);
        let said: Vec<&str> = words[0]
            .cards
            .iter()
            .flat_map(|card| &card.sentences)
            .map(|s| s.text.as_str())
            .collect();
        let cap = said.iter().any(|text| text.contains("5"));
        let free = said.iter().any(|text| text.contains("30分钟"));
        assert!(cap && free, "{said:?}");
        assert!(
            words[0]
                .cards
                .iter()
                .all(|card| !card.heading.is_empty() && !card.heading_en.is_empty())
        );
    }
}
