//! Whose word counts for a stay. The tables stand in the header of `binding`.

use super::{Holder, Method, Word};

/// What becomes of a claim on a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The stay becomes the claim's visit.
    Bind,
    /// It says what is known; an account takes over a visit that had none.
    Join,
    /// The stay goes to the claim's vehicle; the holder's visit loses it.
    Replace,
    /// The holder keeps it, and a person decides.
    Dispute,
    /// Another vehicle or account holds it.
    Refuse,
    /// Kept for those who look, binds nothing.
    Hint,
}

/// Decides; `sure_pct` is what a camera has to reach for its word to count.
#[must_use]
pub fn verdict(holder: Option<&Holder>, word: &Word, sure_pct: u8) -> Verdict {
    let rank = rank(word, sure_pct);
    let Some(holder) = holder else {
        return if rank == 0 { Verdict::Hint } else { Verdict::Bind };
    };
    if holder.word.plate == word.plate {
        return same_plate(&holder.word, word);
    }
    if rank == 0 {
        return Verdict::Hint;
    }
    let held = self::rank(&holder.word, sure_pct);
    if rank > held {
        return if holder.paid { Verdict::Dispute } else { Verdict::Replace };
    }
    if rank == held && saw(word.method) && saw(holder.word.method) {
        return Verdict::Dispute;
    }
    Verdict::Refuse
}

/// The surest of the words that agree on a vehicle: it is the one that holds the stay.
#[must_use]
pub fn surest(words: Vec<Word>, sure_pct: u8) -> Option<Word> {
    words.into_iter().max_by_key(|word| rank(word, sure_pct))
}

/// Whether a word that names the colour of a plate holds against the one by which the vehicle is known, of the
/// same plate: a surer one does, and where nobody named a colour one as sure by who saw it.
#[must_use]
pub fn names_colour(known: &Word, named: bool, word: &Word, sure_pct: u8) -> bool {
    let (held, rank) = (rank(known, sure_pct), rank(word, sure_pct));
    rank > held || (rank == held && !named && saw(word.method))
}

/// Whether somebody saw the vehicle who has nothing of it.
fn saw(method: Method) -> bool {
    matches!(method, Method::Inspector | Method::Video | Method::Correction)
}

fn same_plate(held: &Word, word: &Word) -> Verdict {
    match (held.account, word.account) {
        (Some(holder), Some(other)) if holder != other => Verdict::Refuse,
        _ => Verdict::Join,
    }
}

fn rank(word: &Word, sure_pct: u8) -> u8 {
    match word.method {
        Method::Correction => 5,
        Method::Inspector => 4,
        Method::Video if word.confidence_pct.is_some_and(|pct| pct >= sure_pct) => 3,
        Method::Driver => 2,
        Method::Payment => 1,
        Method::Video => 0,
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::{AccountId, Plate};

    use super::*;
    use Verdict::{Bind, Dispute, Hint, Join, Refuse, Replace};

    const OURS: &str = "甘D12345";
    const OTHER: &str = "甘D54321";

    /// `driver a`, `driver b`, `inspector`, `video 95`, `payment`, `correction`.
    fn word(who: &str, plate: &str) -> Word {
        let (method, rest) = who.split_once(' ').unwrap_or((who, ""));
        let account = |number: u8| -> AccountId {
            format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
        };
        Word {
            method: Method::from_name(method).unwrap(),
            plate: Plate::parse(plate).unwrap(),
            account: (method == "driver").then(|| account(rest.as_bytes()[0])),
            confidence_pct: rest.parse().ok(),
        }
    }

    fn check(holder: Option<(&str, &str, bool)>, who: &str, plate: &str, expected: Verdict) {
        let holder =
            holder.map(|(held_by, plate, paid)| Holder { word: word(held_by, plate), paid });
        assert_eq!(verdict(holder.as_ref(), &word(who, plate), 90), expected, "{holder:?} {who}");
    }

    #[test]
    fn the_surest_who_names_a_colour_says_which_it_is() {
        for (known, named, who, expected) in [
            ("driver a", true, "inspector", true),
            ("driver a", false, "inspector", true),
            ("driver a", true, "video 90", true),
            ("driver a", false, "video 89", false),
            ("driver a", false, "driver a", false),
            ("driver a", true, "payment", false),
            ("payment", true, "driver a", true),
            ("inspector", true, "driver a", false),
            ("inspector", false, "driver a", false),
            ("inspector", false, "video 95", false),
            ("inspector", true, "inspector", false),
            ("inspector", false, "inspector", true),
            ("video 95", false, "video 90", true),
            ("video 95", true, "inspector", true),
            ("correction", false, "inspector", false),
            ("correction", true, "inspector", false),
        ] {
            let (known_word, who_word) = (word(known, OURS), word(who, OURS));
            let holds = names_colour(&known_word, named, &who_word, 90);
            assert_eq!(holds, expected, "{known} {named} {who}");
        }
    }

    #[test]
    fn an_unclaimed_stay_is_bound_by_all_but_a_camera_in_doubt() {
        for (who, expected) in [
            ("driver a", Bind),
            ("inspector", Bind),
            ("payment", Bind),
            ("correction", Bind),
            ("video 90", Bind),
            ("video 89", Hint),
            ("video", Hint),
        ] {
            check(None, who, OURS, expected);
        }
    }

    #[test]
    fn the_same_plate_joins_but_not_for_a_second_account() {
        for (holder, who, expected) in [
            ("driver a", "driver a", Join),
            ("driver a", "driver b", Refuse),
            ("driver a", "inspector", Join),
            ("inspector", "driver a", Join),
            ("payment", "driver a", Join),
            ("video 95", "driver a", Join),
            ("driver a", "video 20", Join),
        ] {
            for paid in [false, true] {
                check(Some((holder, OURS, paid)), who, OURS, expected);
            }
        }
    }

    #[test]
    fn of_words_that_agree_the_surest_holds_the_stay() {
        for (words, expected) in [
            (vec!["payment"], "payment"),
            (vec!["payment", "driver a"], "driver a"),
            (vec!["driver a", "inspector", "video 95"], "inspector"),
            // A camera in doubt adds nothing.
            (vec!["payment", "video 20"], "payment"),
            (vec!["driver a", "video 95"], "video 95"),
            (vec!["correction", "inspector"], "correction"),
        ] {
            let all = words.iter().map(|who| word(who, OURS)).collect();
            assert_eq!(surest(all, 90), Some(word(expected, OURS)), "{words:?}");
        }
        assert_eq!(surest(vec![], 90), None);
    }

    #[test]
    fn another_plate_needs_the_higher_rank_and_never_moves_money_by_itself() {
        let methods = ["video 20", "payment", "driver a", "video 95", "inspector", "correction"];
        let seen = |who: &str| ["video 95", "inspector", "correction"].contains(&who);
        for (held, holder) in methods.into_iter().enumerate().skip(1) {
            for (rank, who) in methods.into_iter().enumerate() {
                let expected = match rank.cmp(&held) {
                    _ if rank == 0 => (Hint, Hint),
                    std::cmp::Ordering::Greater => (Replace, Dispute),
                    std::cmp::Ordering::Equal if seen(who) => (Dispute, Dispute),
                    _ => (Refuse, Refuse),
                };
                check(Some((holder, OURS, false)), who, OTHER, expected.0);
                check(Some((holder, OURS, true)), who, OTHER, expected.1);
            }
        }
        // By hand, so that the table above does not only prove itself.
        check(Some(("driver a", OURS, false)), "driver b", OTHER, Refuse);
        check(Some(("driver a", OURS, false)), "inspector", OTHER, Replace);
        check(Some(("driver a", OURS, true)), "inspector", OTHER, Dispute);
        check(Some(("inspector", OURS, false)), "driver a", OTHER, Refuse);
        check(Some(("inspector", OURS, false)), "inspector", OTHER, Dispute);
        check(Some(("video 95", OURS, false)), "driver a", OTHER, Refuse);
    }
}
