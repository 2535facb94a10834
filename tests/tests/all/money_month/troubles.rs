//! What goes wrong at the provider while ten minutes pass, by the sandbox's own switches.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// A trouble: its name, and the switches while it lasts.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) name: &'static str,
    pub(super) switches: Value,
    /// It begins when the payer has a handle: the charge is made, and nobody can be asked.
    pub(super) after_the_handle: bool,
}

/// Everything behaves again.
pub(super) fn calm() -> Value {
    json!({"notify": "normal", "http": "normal", "pay": "normal", "refund": "normal"})
}

/// One of the troubles around payments.
pub(super) fn of_payments(chance: &mut ChaCha8Rng) -> Trouble {
    let table = [
        ("callback late", json!({"notify": "late", "notify_late_ms": 60_000}), false),
        ("callback repeated", json!({"notify": "twice"}), false),
        ("callback lost", json!({"notify": "lost"}), false),
        ("callback not sent", json!({"notify": "off"}), false),
        ("callbacks out of order", json!({"notify": "out_of_order"}), false),
        ("callback forged", json!({"notify": "forged_signature"}), false),
        ("callback with a wrong signature", json!({"notify": "wrong_signature"}), false),
        ("callback of ten minutes ago", json!({"notify": "stale_signature"}), false),
        ("callback of another merchant", json!({"notify": "wrong_merchant"}), false),
        ("callback of another amount", json!({"notify": "wrong_amount"}), false),
        ("probes before callbacks", json!({"notify": "probe"}), false),
        ("SYSTEM_ERROR", json!({"http": "error500", "http_left": 3}), false),
        ("FREQUENCY_LIMITED", json!({"http": "frequency_limited", "http_left": 3}), false),
        ("answer lost", json!({"http": "answer_lost", "http_left": 3}), false),
        ("502 in between", json!({"http": "broken_off", "http_left": 3}), false),
        (
            "answer with a wrong signature",
            json!({"http": "wrong_signature", "http_left": 2}),
            false,
        ),
        ("PAYERROR", json!({"pay": "pay_error"}), false),
        ("USERPAYING", json!({"pay": "user_paying"}), false),
        ("charged, then silence", json!({"http": "error500", "notify": "off"}), true),
    ];
    let (name, switches, after_the_handle) = table[chance.random_range(0..table.len())].clone();
    Trouble { name, switches, after_the_handle }
}

/// One of the troubles around refunds.
pub(super) fn of_refunds(chance: &mut ChaCha8Rng) -> Trouble {
    let table = [
        ("refund ABNORMAL", json!({"refund": "abnormal"})),
        ("refund CLOSED", json!({"refund": "closed"})),
        ("refund NOT_ENOUGH", json!({"refund": "not_enough"})),
        (
            "refund's answer lost",
            json!({"http": "answer_lost", "http_on": "refunds", "http_left": 3}),
        ),
        (
            "refund's SYSTEM_ERROR",
            json!({"http": "error500", "http_on": "refunds", "http_left": 3}),
        ),
    ];
    let (name, switches) = table[chance.random_range(0..table.len())].clone();
    Trouble { name, switches, after_the_handle: false }
}
