//! Which column of a table is what.

use crate::input::Wrong;

/// What a column can say of a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Id,
    VehicleId,
    Vehicle,
    PlateColour,
    Seats,
    Bays,
    Start,
    End,
    Street,
    Road,
}

const ALL: [What; 10] = [
    What::Id,
    What::VehicleId,
    What::Vehicle,
    What::PlateColour,
    What::Seats,
    What::Bays,
    What::Start,
    What::End,
    What::Street,
    What::Road,
];

/// The places of the columns in a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    places: [Option<usize>; ALL.len()],
}

impl What {
    pub(super) fn name(self) -> &'static str {
        match self {
            What::Id => "id",
            What::VehicleId => "vehicle_id",
            What::Vehicle => "vehicle",
            What::PlateColour => "plate_colour",
            What::Seats => "seats",
            What::Bays => "bays",
            What::Start => "start",
            What::End => "end",
            What::Street => "street",
            What::Road => "road",
        }
    }
}

impl Columns {
    /// Reads the header of a table; columns of other names are not asked.
    pub(super) fn read(header: &[u8], has_default_class: bool) -> Result<Self, Wrong> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(header);
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).map_err(|error| format!("the header: {error}"))?;
        let mut columns = Columns::default();
        for (place, name) in record.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let Some(what) = ALL.iter().position(|what| what.name() == name) else { continue };
            if columns.places[what].replace(place).is_some() {
                return Err(format!("the table has the column {name} twice"));
            }
        }
        let has_class = columns.place(What::Vehicle).or(columns.place(What::PlateColour)).is_some();
        let missing = match columns {
            _ if columns.place(What::Start).is_none() => "start",
            _ if columns.place(What::End).is_none() => "end",
            _ if !has_class && !has_default_class => {
                return Err("the table has neither vehicle nor plate_colour; --vehicle names one \
                            class for all"
                    .to_owned());
            }
            _ => return Ok(columns),
        };
        Err(format!("the table has no column {missing}"))
    }

    pub(super) fn place(&self, what: What) -> Option<usize> {
        let number = ALL.iter().position(|known| *known == what)?;
        self.places[number]
    }
}
