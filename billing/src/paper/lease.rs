//! The stay of a line in words: under the line, unless the remark says all of them.

use crate::invoice::{Lease, Site};

/// One text a line of the document; empty ones where the remark has everything.
pub(super) fn details<'a>(
    lines: impl Iterator<Item = (&'a str, Option<&'a Lease>)> + Clone,
    remark: &str,
) -> Vec<String> {
    let said = lines.clone().all(|(order, lease)| {
        let stay = lease.map(stay).unwrap_or_default();
        remark.contains(order) && remark.contains(&stay)
    });
    let detail = |order, lease| if said { String::new() } else { chinese(order, lease) };
    lines.map(|(order, lease)| detail(order, lease)).collect()
}

fn stay(lease: &Lease) -> String {
    let (from, to) = lease.minutes();
    format!("{from}至{to}")
}

fn chinese(order: &str, lease: Option<&Lease>) -> String {
    let order = format!("订单号{order}");
    lease.map_or(order.clone(), |lease| format!("{} {order}", whole(lease)))
}

/// Plate, place, address and stay.
pub(super) fn whole(lease: &Lease) -> String {
    let mut parts: Vec<String> = lease.plate.iter().cloned().collect();
    parts.push(lease.place.clone());
    parts.extend(lease.site.as_ref().map(Site::full_address));
    parts.push(stay(lease));
    parts.join(" ")
}
