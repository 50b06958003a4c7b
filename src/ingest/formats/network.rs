//! Network addresses as messages write them.

use std::net::IpAddr;

/// An IP address, whatever its spelling: long form, mapped from IPv4, in brackets, with a zone, as `urn:ipv6:`. Nothing
/// else is one.
pub(super) fn ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = ["urn:ipv6:", "urn:ipv4:", "urn:ip:"]
        .iter()
        .find_map(|prefix| text.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)))
        .map_or(text, |prefix| &text[prefix.len()..]);
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// A host name, which may stand in for a workstation; a URI or free text is none.
pub(super) fn host(text: &str) -> Option<&str> {
    let text = text.trim();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'$');
    (!text.is_empty() && text.len() <= 255 && text.bytes().all(fits) && ip(text).is_none()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{host, ip};

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let said = |text| ip(text).map(|ip| ip.to_string());
        assert_eq!(said("2001:0db8:85a3:0000:0000:8a2e:0370:7334").as_deref(), Some("2001:db8:85a3::8a2e:370:7334"));
        assert_eq!(said("urn:ipv6:2001:0db8::1").as_deref(), Some("2001:db8::1"));
        assert_eq!(said("::ffff:127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(said("fe80::5999:d1ef:63de:a8bb%11").as_deref(), Some("fe80::5999:d1ef:63de:a8bb"));
        assert_eq!(said("localhost"), None);
    }

    #[test]
    fn a_host_is_a_name_and_not_a_page() {
        assert_eq!(host(" ws-7.example.org "), Some("ws-7.example.org"));
        assert_eq!((host("http://server.example.com/fhir"), host("10.0.0.1"), host("John Smith")), (None, None, None));
    }
}
