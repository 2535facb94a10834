//! What comes after payment: appeals, cases, arrears and their notices, exemptions, coupons, passes, and
//! whose data stands where.

mod appeals;
mod arrears;
mod cases;
mod entitled;
mod passes;
mod privacy;
mod staff;
