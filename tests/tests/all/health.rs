//! What devices suffer from, seen live on every gateway; bays that turn by themselves; what native
//! devices need not keep; what is forgotten.

mod forgetting;
mod other_gateway;
mod ring;
mod seen_live;
mod turning;
