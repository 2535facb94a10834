//! A tariff in plain words, Chinese and English: what a sign in the street and the driver's
//! program say, and what a clerk holds against the decree.
//!
//! Every sentence comes from one place of the tariff and says nothing that is not there; a default
//! of the language is said where it matters and passed over where it changes nothing. Which
//! vehicles share all their sentences is found out here; how the words are shown is not.

mod clock;
mod counting;
mod days;
mod free;
mod names;
mod rates;
mod terms;
mod vehicles;
mod visits;

use crate::tariff::{Plan, PlanWindow, Tariff, Version};

pub(crate) use names::first_class;
pub use names::{class_name, minutes, money};

/// What holds on one class of street.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainWords {
    /// Class of street, if the tariff distinguishes any.
    pub street: Option<String>,
    /// Vehicles that pay alike, each with what is said of them alone.
    pub groups: Vec<Group>,
    /// What is said of all vehicles.
    pub everyone: Vec<Sentence>,
    /// Classes that pay nothing.
    pub exempt: Vec<Both>,
}

/// Vehicles of which the tariff says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their classes, as the tariff names them.
    pub classes: Vec<String>,
    /// What is said of them, in the order of a sign: rates, free minutes, caps, the rest.
    pub sentences: Vec<Sentence>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// Where it stands in its version of the tariff: `windows[0].charge`.
    pub path: String,
    /// The words.
    pub text: Both,
}

/// The same in two languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    /// Simplified Chinese.
    pub chinese: String,
    /// English.
    pub english: String,
}

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Hours and what they cost.
    Rate,
    /// Free minutes.
    Free,
    /// Limits of what is paid.
    Cap,
    /// How time is counted.
    Counting,
    /// Factors and the rounding of the sum.
    Sum,
    /// Coming back, leaving, time limits.
    Visit,
    /// Passes.
    Pass,
    /// Prices that follow occupancy.
    Demand,
    /// Who belongs to which class.
    Vehicle,
}

impl Both {
    pub(crate) fn new(chinese: impl Into<String>, english: impl Into<String>) -> Self {
        Both { chinese: chinese.into(), english: english.into() }
    }
}

impl Sentence {
    fn new(
        topic: Topic,
        path: impl Into<String>,
        chinese: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Sentence { topic, path: path.into(), text: Both::new(chinese, english) }
    }
}

/// Whose words are being found.
#[derive(Clone, Copy)]
struct Says<'t> {
    tariff: &'t Tariff,
    version: &'t Version,
    plan: &'t Plan,
}

impl<'t> Says<'t> {
    fn has_free_windows(self) -> bool {
        self.windows().iter().any(|window| window.ladder.is_none() && !window.not_permitted)
    }

    /// Its windows but those that lie wholly under earlier ones for the same days, or every day.
    fn windows(self) -> Vec<&'t PlanWindow> {
        let windows = &self.plan.windows;
        let hidden = |place: usize, window: &PlanWindow| {
            let over = |w: &&PlanWindow| w.days.every_day() || w.days == window.days;
            let earlier = windows.iter().take(place).filter(over);
            let mut covered: Vec<(i64, i64)> = earlier.flat_map(rates::parts).collect();
            covered.sort_unstable();
            rates::parts(window).into_iter().all(|(from, to)| {
                let reach = |at: i64, (f, t): &(i64, i64)| if *f <= at { at.max(*t) } else { at };
                covered.iter().fold(from, reach) >= to
            })
        };
        let all = windows.iter().enumerate();
        all.filter(|(place, window)| !hidden(*place, window)).map(|(_, window)| window).collect()
    }
}

/// What a version says of a class of street, or of all streets where it distinguishes none; nothing
/// where it does not speak of the street.
#[must_use]
pub fn plain_words(tariff: &Tariff, version: &Version, street: Option<&str>) -> Option<PlainWords> {
    let street = street.filter(|_| !version.streets.is_empty());
    let plans = version.plans.iter().filter(|plan| plan.street.as_deref() == street);
    let mut groups: Vec<Group> = Vec::new();
    for plan in plans {
        let sentences = sentences(Says { tariff, version, plan });
        // The name of a price that is no class of its own is for price lists only.
        let named = |class: &&String| version.vehicle_classes.contains(class);
        let classes: Vec<String> = plan.classes.iter().filter(named).cloned().collect();
        match groups.iter_mut().find(|group| group.sentences == sentences) {
            Some(group) => group.classes.extend(classes),
            None => groups.push(Group { classes, sentences }),
        }
    }
    for group in &mut groups {
        names::in_order(&mut group.classes);
    }
    groups.sort_by_key(|group| group.classes.first().map(|class| names::rank(class)));
    let mut everyone = common(&mut groups);
    everyone.extend(terms::of_all(tariff, version));
    everyone.sort_by_key(|sentence| sentence.topic);
    let exempt = version.exempt.iter().map(|class| class_name(class)).collect();
    (!groups.is_empty()).then(|| PlainWords {
        street: street.map(str::to_owned),
        groups,
        everyone,
        exempt,
    })
}

fn sentences(says: Says<'_>) -> Vec<Sentence> {
    let mut sentences = rates::rates(says);
    sentences.extend(free::free_minutes(says));
    sentences.extend(terms::of_plan(says));
    sentences
}

/// Takes out what is said of every group.
fn common(groups: &mut [Group]) -> Vec<Sentence> {
    let [first, others @ ..] = groups else { return Vec::new() };
    if others.is_empty() {
        let is_rate = |s: &Sentence| s.topic == Topic::Rate;
        let (rates, rest) = first.sentences.drain(..).partition(is_rate);
        first.sentences = rates;
        return rest;
    }
    // Where the first of several holds, the rates of a group stay together in their order.
    let ordered = |group: &Group| group.sentences.iter().any(|s| s.path == rates::ORDER);
    let apart = ordered(first) || others.iter().any(ordered);
    let of_all = |s: &Sentence| {
        let movable = s.topic != Topic::Rate || !apart;
        movable && others.iter().all(|group| group.sentences.contains(s))
    };
    let common: Vec<Sentence> = first.sentences.iter().filter(|s| of_all(s)).cloned().collect();
    for group in groups {
        group.sentences.retain(|s| !common.contains(s));
    }
    common
}
