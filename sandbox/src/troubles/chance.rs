//! Troubles of the tax platform drawn by chance, from a seed: the same seed and the same request number meet the
//! same fate; of the requests themselves the count decides, so their order matters.

use super::Troubles;
use super::kinds::{HttpTrouble, NotifyTrouble, RedTrouble, TaxTrouble};

impl Troubles {
    /// What becomes of a document.
    pub(crate) fn tax_of(&self, request_no: &str) -> TaxTrouble {
        let Some(seed) = self.tax_chance else { return self.tax };
        match draw(seed, "document", request_no) {
            0..6 => TaxTrouble::Reject,
            6..9 => TaxTrouble::SignFailed,
            9..11 => TaxTrouble::Void,
            11..16 => TaxTrouble::DocumentLate,
            _ => TaxTrouble::Normal,
        }
    }

    /// What becomes of a confirmation form.
    pub(crate) fn red_of(&self, request_no: &str) -> RedTrouble {
        let Some(seed) = self.tax_chance else { return self.red };
        match draw(seed, "form", request_no) {
            0..10 => RedTrouble::Used,
            10..15 => RedTrouble::Refused,
            _ => RedTrouble::Normal,
        }
    }

    /// What becomes of the callbacks about a document.
    pub(crate) fn tax_notify_of(&self, request_no: &str) -> NotifyTrouble {
        let Some(seed) = self.tax_chance else { return self.tax_notify };
        match draw(seed, "callback", request_no) {
            0..10 => NotifyTrouble::Lost,
            10..20 => NotifyTrouble::Late,
            20..30 => NotifyTrouble::Twice,
            30..40 => NotifyTrouble::OutOfOrder,
            40..45 => NotifyTrouble::WrongSignature,
            _ => NotifyTrouble::Normal,
        }
    }

    /// Whether the login is lost for one more request: for a while, now and then.
    pub(crate) fn is_login_lost(&self) -> bool {
        match self.tax_chance {
            Some(seed) => draw(seed, "login", &(self.tax_requests / 40).to_string()) < 3,
            None => self.tax_login == super::TaxLogin::Lost,
        }
    }
}

/// What becomes of a request.
pub(super) fn http(seed: u64, count: u64) -> HttpTrouble {
    match draw(seed, "request", &count.to_string()) {
        0..4 => HttpTrouble::Error500,
        4..9 => HttpTrouble::AnswerLost,
        9..12 => HttpTrouble::BrokenOff,
        12..14 => HttpTrouble::FrequencyLimited,
        _ => HttpTrouble::Normal,
    }
}

/// 0 to 99 (FNV-1a, mixed once more as SplitMix64 does).
fn draw(seed: u64, what: &str, about: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    for byte in what.bytes().chain(about.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)) % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_comes_about_as_often_as_it_should() {
        let troubles = Troubles { tax_chance: Some(7), ..Troubles::default() };
        let numbers: Vec<String> = (0..10_000).map(|n| format!("r{n}")).collect();
        let of = |trouble| numbers.iter().filter(|no| troubles.tax_of(no) == trouble).count();
        for (trouble, of_100) in
            [(TaxTrouble::Reject, 6), (TaxTrouble::SignFailed, 3), (TaxTrouble::DocumentLate, 5)]
        {
            let count = of(trouble);
            assert!(count.abs_diff(of_100 * 100) < 150, "{trouble:?}: {count} of 10000");
        }
        let normal = Troubles::default();
        assert!(numbers.iter().all(|no| normal.tax_of(no) == TaxTrouble::Normal));
    }
}
