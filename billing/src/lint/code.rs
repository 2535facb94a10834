//! The kinds of findings, each with a stable name and a severity.

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The tariff is wrong: it cannot be used, or breaks what stands above it.
    Error,
    /// Probably not what was meant, or not what a driver expects.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal $severity:ident,)*) => {
        /// What kind of thing was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)* }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// Stable name for interfaces.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// How grave it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// The text is not a tariff, or a key has a value that means nothing.
    Invalid "invalid" Error,
    /// Authority, document, superior rule or sign version is empty.
    FieldMissing "field_missing" Error,
    /// A price, or free minutes, have no value for somebody.
    ValueMissing "value_missing" Error,
    /// A time of day has no window.
    WindowsGap "windows_gap" Error,
    /// A time of day has two windows.
    WindowsOverlap "windows_overlap" Error,
    /// A day has two versions.
    VersionsOverlap "versions_overlap" Error,
    /// Authority, document, superior rule or sign version is only a placeholder.
    FieldUnverified "field_unverified" Warning,
    /// No version holds any more.
    Expired "expired" Warning,
    /// Days between two versions have none.
    VersionsGap "versions_gap" Warning,
    /// Two versions are shown by the same printing of the sign.
    SignVersionRepeated "sign_version_repeated" Warning,
    /// No source is named.
    SourceMissing "source_missing" Note,
    /// There is no calendar of the name.
    CalendarUnknown "calendar_unknown" Error,
    /// The calendar does not know a year in which the version holds.
    YearUnknown "year_unknown" Warning,
    /// A stay within the free minutes that the superior rule demands costs something.
    SuperiorMinima "superior_minima" Error,
    /// A window that never holds.
    WindowUnreachable "window_unreachable" Warning,
    /// A tier that is never come to.
    TierUnreachable "tier_unreachable" Warning,
    /// A rule for free minutes that never applies.
    FreeMinutesUnreachable "free_minutes_unreachable" Warning,
    /// A cap that never lowers a bill.
    CapNeverBinds "cap_never_binds" Warning,
    /// A cap whose table leaves somebody out.
    CapMissingValue "cap_missing_value" Warning,
    /// A factor that changes nothing.
    FactorWithoutEffect "factor_without_effect" Warning,
    /// A pass for windows that cost nothing.
    PassWithoutEffect "pass_without_effect" Warning,
    /// A rule of `classify` that never applies.
    ClassifyUnreachable "classify_unreachable" Warning,
    /// A class that no plate and no rule leads to.
    ClassUnreachable "class_unreachable" Note,
    /// Vehicles with a common plate have no price.
    ClassMissing "class_missing" Note,
    /// Two classes of street that differ in nothing.
    StreetsAlike "streets_alike" Note,
    /// A window shorter than a unit.
    WindowShorterThanUnit "window_shorter_than_unit" Warning,
    /// A longer stay costs less.
    NonMonotone "non_monotone" Warning,
    /// Two stays cost less than one over the same time, and not for their free minutes.
    CheaperToReturn "cheaper_to_return" Warning,
    /// The same, since each visit has free minutes.
    FreeMinutesAgain "free_minutes_again" Note,
    /// The rounding of the total brings it above a cap.
    RoundingAboveCap "rounding_above_cap" Error,
    /// A price of the tariff lies outside the bounds of its demand table.
    DemandOutOfBounds "demand_out_of_bounds" Error,
    /// Prices may change again at once.
    DemandNoInterval "demand_no_interval" Warning,
    /// The demand table changes no price.
    DemandWithoutEffect "demand_without_effect" Warning,
}
