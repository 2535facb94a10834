//! Every table and every SQL statement of Bowei, for SQLite and PostgreSQL. No rule lives here.
//!
//! One [`Store`], two typed implementations. A statement that reads the same in both dialects is
//! written once and compiled for each (`both!`); where a database has its own best way (bulk
//! writes, locks, partitions) it is written twice, side by side. One conformance suite runs on both.
//!
//! **Invariant:** every nullable column is read into an `Option` (sqlx's SQLite driver reads NULL
//! into a plain integer as 0), and every write of the product runs in a [`Tx`] that the caller commits.
#![forbid(unsafe_code)]

mod audit;
mod bay;
mod billed;
mod binding;
mod bulk;
mod capture;
mod case;
mod cash;
mod chain;
mod channel_bill;
mod checkpoint;
mod claim;
mod clock;
mod command;
mod credential;
mod credit;
mod device;
mod device_event;
mod earlier;
mod error;
mod figures;
mod fold;
mod idempotency;
mod installation;
mod invoice;
mod job;
mod ledger;
mod live;
mod migrate;
mod month;
mod news;
mod notice;
mod order;
mod order_event;
mod parking_entry;
mod payment;
mod people;
mod place;
mod proof;
mod reading;
mod reconcile;
mod refund;
mod register;
mod retention;
mod route;
mod schema;
mod settlement;
mod statement;
mod stay;
mod suspense;
mod town;
mod tx;
mod usage;
mod zone;

pub use bay::{BayPlace, BayRow, ChangeRow};
pub use billed::BilledRow;
pub use capture::{CapturePhotoRow, CaptureRow};
pub use case::NewCase;
pub use cash::{CashDepositRow, CashRangeRow, CashReceiptRow, CashShiftRow};
pub use chain::row_hash;
pub use channel_bill::{BillLineRow, ChannelBillRow};
pub use checkpoint::CheckpointRow;
pub use claim::{ClaimRow, LinkRow, VehicleRow, VisitRow};
pub use clock::ClockRow;
pub use command::CommandRow;
pub use credential::{CredentialRow, NativeDevice};
pub use credit::{RefundRequest, RefundablePayment};
pub use device::{DeviceFacts, DeviceFilter, NewDevice};
pub use device_event::{ConditionRow, DeviceEventRow};
pub use earlier::EarlierRow;
pub use error::{Result, StoreError};
pub use figures::{BlockBays, BlockFees, BlockStays};
pub use fold::{FoldRow, TailRow};
pub use idempotency::{Begun, Remembered};
pub use installation::{InstallationRow, PhotoRow};
pub use invoice::{InvoiceOrderRow, InvoiceRow};
pub use job::JobRow;
pub use ledger::{Booked, Booking, ChainRow, EntryRow, PostingRow};
pub use live::{LiveRow, StampRow};
pub use month::{MonthRow, ProofRow};
pub use news::Listener;
pub use notice::NoticeRow;
pub use order::{BillRow, OrderRow};
pub use order_event::{OrderEventRow, WaiverRow};
pub use parking_entry::ParkingEntryRow;
pub use payment::PaymentRow;
pub use people::{SessionRow, StaffRow};
pub use place::{BayName, BayVersionFacts, ClosureRow};
pub use proof::{BalanceRow, OrderSums};
pub use reading::{ObservationRow, ReadingRow, RejectedRow};
pub use reconcile::OwnRow;
pub use refund::{PaymentLeft, RefundRow};
pub use register::RegisterState;
pub use retention::Forgettable;
pub use route::RouteRow;
pub use settlement::SettlementRow;
pub use statement::{AccountLineRow, FactSumRow, IssuedRow, PayeeName, TrialRow};
pub use stay::{RevisionRow, StayRow};
pub use suspense::{SuspenseDecisionRow, SuspenseRow};
pub use town::{BayVersionRow, DeviceRow, PayeeRow, TariffRow, TermsRow, ZoneVersionRow};
pub use tx::{Lane, Store, Tx};
pub use usage::{DueRow, UsageRow};
pub use zone::{BlockRow, ZoneRow, ZoneVersionFacts};
