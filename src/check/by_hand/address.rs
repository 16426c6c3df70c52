//! Addresses and ranges as upstream reads them (k8s.io/utils/net): leading zeros in IPv4 are taken, spaces are not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    /// Whether it is of IPv6.
    pub six: bool,
    /// Length of the prefix, in bits.
    pub ones: u32,
}

impl Cidr {
    /// Bits of an address that are left to hosts.
    pub fn host_bits(self) -> u32 {
        let all = if self.six { 128 } else { 32 };
        all - self.ones
    }
}

/// An address.
pub(super) fn ip(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(|six| six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4));
    }
    let octets: Vec<u8> = text.split('.').map(octet).collect::<Option<_>>()?;
    let octets: [u8; 4] = octets.try_into().ok()?;
    Some(IpAddr::V4(Ipv4Addr::from(octets)))
}

fn octet(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|c| c.is_ascii_digit()) && !text.is_empty();
    digits.then(|| text.trim_start_matches('0')).and_then(|t| if t.is_empty() { Some(0) } else { t.parse().ok() })
}

/// A range.
pub(super) fn cidr(text: &str) -> Option<Cidr> {
    let (address, ones) = text.split_once('/')?;
    let address = ip(address)?;
    let ones: u32 = ones.bytes().all(|c| c.is_ascii_digit()).then(|| ones.parse().ok())??;
    // A mapped address has the long mask, and upstream counts it by its form.
    let six = text.contains(':');
    let family = Cidr {
        six: six && address.is_ipv6(),
        ones: if six && address.is_ipv4() { ones.checked_sub(96)? } else { ones },
    };
    (family.ones <= if family.six { 128 } else { 32 }).then_some(family)
}

/// An address with a port from 1 to 65535, or what is wrong with it.
pub(super) fn with_port(text: &str) -> Result<(), &'static str> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:").ok_or("is not `IP:port`")?,
        None => text.rsplit_once(':').ok_or("is not `IP:port`")?,
    };
    if !text.starts_with('[') && host.contains(':') {
        return Err("is not `IP:port`: an IPv6 address stands in brackets");
    }
    if ip(host).is_none() {
        return Err("begins with no IP address");
    }
    let port = port.parse::<i64>().ok().filter(|p| (1..=65535).contains(p));
    port.map(|_| ()).ok_or("has no port from 1 to 65535")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_upstream_does() {
        assert!(ip("010.0.0.1").is_some() && ip("10.0.0").is_none() && ip("fd00::1").is_some() && ip("x").is_none());
        assert_eq!(cidr("10.0.0.0/8"), Some(Cidr { six: false, ones: 8 }));
        assert_eq!(cidr("fd00::/64").map(Cidr::host_bits), Some(64));
        assert!(cidr("10.0.0.0/33").is_none() && cidr("10.0.0.0").is_none() && cidr(" fd00::/8").is_none());
        assert!(with_port("0.0.0.0:10256").is_ok() && with_port("[::]:10256").is_ok());
        assert!(with_port("::1:80").is_err() && with_port("localhost:80").is_err() && with_port("1.2.3.4:0").is_err());
    }
}
