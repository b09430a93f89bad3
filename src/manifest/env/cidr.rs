//! Address ranges in CIDR notation.

// Addresses alone, without the sockets of `std::net`.
use core::net::{IpAddr, Ipv4Addr};
use std::fmt;
use std::str::FromStr;

/// A range of IPv4 addresses. `Display` writes its first address, whichever one of it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Range {
    first: u32,
    prefix: u32,
}

impl Ipv4Range {
    /// Whether all addresses of `other` are in this range.
    pub fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && (other.first & mask(self.prefix)) == self.first
    }

    /// Whether the ranges have an address in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The ranges of this prefix that it consists of, in their order.
    pub(crate) fn parts(self, prefix: u32) -> impl Iterator<Item = Self> {
        let count = 1_u64 << prefix.min(32).saturating_sub(self.prefix);
        let size = 1_u64 << 32_u32.saturating_sub(prefix);
        let part = move |index: u64| {
            let first = u32::try_from(u64::from(self.first) + index * size).ok()?;
            Some(Self { first, prefix })
        };
        (0..if prefix < self.prefix { 0 } else { count }).filter_map(part)
    }

    /// Number of leading bits that all addresses share.
    pub fn prefix(self) -> u32 {
        self.prefix
    }
}

impl FromStr for Ipv4Range {
    type Err = NoRange;

    fn from_str(text: &str) -> Result<Self, NoRange> {
        match split(text) {
            Some((IpAddr::V4(address), prefix)) => {
                Ok(Self { first: u32::from(address) & mask(prefix), prefix })
            }
            _ => Err(NoRange),
        }
    }
}

impl fmt::Display for Ipv4Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

/// The text is no IPv4 range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRange;

impl fmt::Display for NoRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an IPv4 range such as 10.0.0.0/16")
    }
}

impl std::error::Error for NoRange {}

/// The range that is only the address a text is.
pub(crate) fn single(text: &str) -> Option<String> {
    let address: IpAddr = text.parse().ok()?;
    Some(format!("{address}/{}", bits(address)))
}

/// Whether a text is a range of IPv4 or IPv6 addresses.
pub(crate) fn is_range(text: &str) -> bool {
    split(text).is_some()
}

/// The address and the prefix of a range.
fn split(text: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    // A sign would be read as part of a number.
    if !prefix.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let prefix: u32 = prefix.parse().ok()?;
    (prefix <= bits(address)).then_some((address, prefix))
}

fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32_u32.saturating_sub(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_with_their_first_address() {
        for (text, want) in [
            ("10.0.0.0/16", "10.0.0.0/16"),
            ("10.7.3.9/16", "10.7.0.0/16"),
            ("1.2.3.4/32", "1.2.3.4/32"),
            ("1.2.3.4/0", "0.0.0.0/0"),
            ("255.255.255.255/31", "255.255.255.254/31"),
        ] {
            assert_eq!(
                text.parse::<Ipv4Range>().map(|range| range.to_string()),
                Ok(want.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_no_ranges() {
        for text in [
            "",
            "/",
            "hello",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0/8",
            "010.0.0.0/8",
            "10.0.0.0/8/8",
            " 10.0.0.0/8",
            "256.0.0.0/8",
            "2001:db8::/32",
            "10.0.0.0/99999999999",
        ] {
            assert_eq!(text.parse::<Ipv4Range>(), Err(NoRange), "{text}");
        }
        assert!(is_range("2001:db8::/32") && is_range("::/0") && is_range("1.1.1.1/32"));
        assert!(!is_range("2001:db8::/129") && !is_range("::"));
    }

    #[test]
    fn what_lies_in_what() {
        let range = |text: &str| text.parse::<Ipv4Range>().unwrap();
        for (one, other, contains, overlaps) in [
            ("10.0.0.0/16", "10.0.1.0/24", true, true),
            ("10.0.1.0/24", "10.0.0.0/16", false, true),
            ("10.0.0.0/24", "10.0.1.0/24", false, false),
            ("10.0.0.0/16", "10.0.0.0/16", true, true),
            ("0.0.0.0/0", "192.168.0.0/20", true, true),
        ] {
            assert_eq!(range(one).contains(range(other)), contains, "{one} {other}");
            assert_eq!(range(one).overlaps(range(other)), overlaps, "{one} {other}");
        }
    }
}
