//! What is known of a bay now.

/// What is known of a bay now. `Unknown` is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Free,
    Occupied,
    Unknown,
}

impl State {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Free => "free",
            State::Occupied => "occupied",
            State::Unknown => "unknown",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<State> {
        [State::Free, State::Occupied, State::Unknown].into_iter().find(|s| s.name() == name)
    }
}
