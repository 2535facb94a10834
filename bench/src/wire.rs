//! MQTT 3.1.1 as bytes, as far as a sensor needs it: connect, publish at QoS 1, count PUBACKs.
//!
//! Written by hand so that publishing costs next to nothing: packets are made beforehand and sent
//! as one stretch of memory; an acknowledgement is four bytes that are only counted.

/// The length of a PUBACK.
pub(crate) const PUBACK_BYTES: usize = 4;
/// The length of a CONNACK.
pub(crate) const CONNACK_BYTES: usize = 4;
const KEEP_ALIVE_S: u16 = 600;

/// A CONNECT with a clean session and without login.
#[must_use]
pub(crate) fn connect(client_id: &str) -> Vec<u8> {
    let mut body = text("MQTT");
    body.extend([4, 0b10]);
    body.extend(KEEP_ALIVE_S.to_be_bytes());
    body.extend(text(client_id));
    let mut packet = vec![0x10];
    push_length(&mut packet, body.len());
    packet.extend(body);
    packet
}

/// Appends a PUBLISH at QoS 1; `count` is how many came before on this connection.
pub(crate) fn push_publish(packets: &mut Vec<u8>, topic: &str, payload: &[u8], count: usize) {
    packets.push(0x32);
    push_length(packets, 2 + topic.len() + 2 + payload.len());
    packets.extend(text(topic));
    let id = u16::try_from(count % usize::from(u16::MAX) + 1).expect("it is at most 65535");
    packets.extend(id.to_be_bytes());
    packets.extend(payload);
}

fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("topics and names are short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

fn push_length(packet: &mut Vec<u8>, mut length: usize) {
    loop {
        let digit = u8::try_from(length % 128).expect("it is below 128");
        length /= 128;
        packet.push(if length > 0 { digit | 0x80 } else { digit });
        if length == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // MQTT 3.1.1 §2.2.3: 321 = 65 + 2 × 128 is written as 193, 2; §3.1, §3.3.
    #[test]
    fn packets_are_those_of_the_standard() {
        let mut length = Vec::new();
        push_length(&mut length, 321);
        assert_eq!(length, [193, 2]);
        assert_eq!(connect("a"), b"\x10\x0d\x00\x04MQTT\x04\x02\x02\x58\x00\x01a");
        let mut packets = Vec::new();
        push_publish(&mut packets, "a/b", b"hi", 9);
        assert_eq!(packets, b"\x32\x09\x00\x03a/b\x00\x0ahi");
        let mut wrapped = Vec::new();
        push_publish(&mut wrapped, "a", b"", 65_535);
        assert_eq!(wrapped, b"\x32\x05\x00\x01a\x00\x01", "packet ids begin again at 1");
    }
}
