//! Vehicles that a driver keeps. Personal data: deleted with the account, with the consent, and when nobody used one for long.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, rows, run};
use crate::{Result, Tx};

/// A vehicle. Instants are city time.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct SavedVehicleRow {
    pub vehicle_id: Uuid,
    pub account_id: Uuid,
    /// In normal form; once in an account.
    pub plate: String,
    pub plate_colour: Option<String>,
    pub name: Option<String>,
    pub is_usual: bool,
    pub made_at: i64,
    pub changed_at: i64,
}

impl std::fmt::Debug for SavedVehicleRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SavedVehicleRow({})", self.vehicle_id)
    }
}

impl Tx {
    /// Locks an account until the transaction ends; false if there is none.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_account(&mut self, account_id: Uuid) -> Result<bool> {
        let found: Option<(Uuid,)> =
            lock_row!(self, "select account_id from account where account_id = $1", account_id);
        Ok(found.is_some())
    }

    /// The vehicles of an account, the usual one first, then oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn saved_vehicles(&mut self, account_id: Uuid) -> Result<Vec<SavedVehicleRow>> {
        Ok(rows!(
            self,
            "select vehicle_id, account_id, plate, plate_colour, name, is_usual, made_at, changed_at \
             from saved_vehicle where account_id = $1 order by is_usual desc, made_at, vehicle_id",
            account_id
        ))
    }

    /// Stores a vehicle, new or changed. One that is the usual one takes that from the others. Lock the account first.
    ///
    /// # Errors
    /// `Database`; a plate is kept once.
    pub async fn put_saved_vehicle(&mut self, v: &SavedVehicleRow) -> Result<()> {
        if v.is_usual {
            run!(
                self,
                "update saved_vehicle set is_usual = $3 where account_id = $1 and vehicle_id <> $2 and is_usual",
                v.account_id,
                v.vehicle_id,
                false
            );
        }
        run!(
            self,
            "insert into saved_vehicle (vehicle_id, account_id, plate, plate_colour, name, is_usual, made_at, changed_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (vehicle_id) do update set plate_colour = $4, name = $5, \
             is_usual = $6, changed_at = $8",
            v.vehicle_id,
            v.account_id,
            &v.plate,
            &v.plate_colour,
            &v.name,
            v.is_usual,
            v.made_at,
            v.changed_at
        );
        Ok(())
    }

    /// Deletes a vehicle; false if the account has none of that id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn delete_saved_vehicle(
        &mut self,
        account_id: Uuid,
        vehicle_id: Uuid,
    ) -> Result<bool> {
        Ok(run!(
            self,
            "delete from saved_vehicle where account_id = $1 and vehicle_id = $2",
            account_id,
            vehicle_id
        ) == 1)
    }

    /// Deletes the vehicles that a driver kept; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn drop_saved_vehicles(&mut self, account_id: Uuid) -> Result<u64> {
        Ok(run!(self, "delete from saved_vehicle where account_id = $1", account_id))
    }

    /// Deletes vehicles that were not saved again since `before`, and with which the account has not parked since; how many.
    ///
    /// # Errors
    /// `Database`.
    pub(crate) async fn forget_saved_vehicles(&mut self, before: i64, limit: i64) -> Result<u64> {
        Ok(run!(
            self,
            "delete from saved_vehicle where vehicle_id in (select s.vehicle_id from saved_vehicle s \
             where s.changed_at < $1 and not exists (select 1 from visit v where v.account_id = s.account_id \
             and v.plate = s.plate and v.opened_at >= $1) order by s.changed_at limit $2)",
            before,
            limit
        ))
    }
}
