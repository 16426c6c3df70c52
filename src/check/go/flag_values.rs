//! Texts of flags as the types of Go's flag packages read them: those of pflag and component-base, of the kubelet and of etcd.

use super::{Quantity, boolean, duration, url};
use crate::current::csv;
use crate::quantity::{go_float, go_integer};
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// What a flag's text has to be, as a part of a sentence, where the type does not take `text`; nothing where it does. `bare`:
/// whether an address may be empty.
#[must_use]
pub fn wanted(kind: &str, text: &str, bare: bool) -> Option<&'static str> {
    let (good, what) = match kind.trim_start_matches('*') {
        "bool" | "flag.boolValue" => (boolean(text).is_some(), "`true` or `false`"),
        "duration" | "flag.durationValue" => (duration(text).is_some(), "a duration such as `1m30s`"),
        "float32" | "float64" => (go_float(text).is_some(), "a number"),
        "quantity" => (Quantity::parse(text).is_some(), "a quantity such as `512Mi`"),
        "Level" => (level(text), "a whole number from 0 to 2147483647"),
        "pattern=N,..." => (levels(text), "`pattern=N` pairs with commas between them"),
        "ip" => (bare && text.is_empty() || text.trim().parse::<IpAddr>().is_ok(), "an IP address"),
        "addressOrNone" => (text.is_empty() || address(text), "an IP address"),
        "ipport" => (text.is_empty() || address(text) || address_port(text), "an IP address, with a port or without"),
        "portRange" | "port-range" => (ports(text), "a port, `from-to` or `from+more`"),
        "cidrs" => (cidrs(text), "CIDRs with commas between them"),
        "cidrList" => (text.is_empty() || cidrs(text), "CIDRs with commas between them"),
        "mapStringString" => (pairs(text, '='), "`key=value` pairs with commas between them"),
        "onePair" => (text.contains('='), "`key=value`"),
        "langleSeparated" => (pairs(text, '<'), "`signal<amount` pairs with commas between them"),
        "colonSeparated" => (pairs(text, ':'), "`key:value` pairs with commas between them"),
        "colonSeparatedMultimapStringString" => {
            (gates(text), "`name=true` or `name=false` pairs with commas between them")
        }
        "mapStringBool" => (switches(text), "`name=true` or `name=false` pairs with commas between them"),
        "stringToString" => (string_to_string(text), "`key=value` pairs with commas between them"),
        "stringSlice" => (csv(text).is_some(), "a list with commas, in which a `\"` stands around a whole element"),
        "int32Slice" => (text.split(',').all(|t| whole(t, INT32)), "whole numbers with commas between them"),
        "namedCertKey" => (named_pair(text), "`certificate,key` or `certificate,key:name,name`"),
        "origins" => (text == "*" || urls(text), "`*`, or URLs of http or https with a port and without a path"),
        "severity" => (severity(text), "INFO, WARNING, ERROR, FATAL or a whole number"),
        "traceLocation" => (text.is_empty() || trace_location(text), "`file.go:234`, with a line from 1 on"),
        "[]v1.Taint" | "reserved-memory" => return None,
        other => match range(other) {
            Some(range) => (whole(text, range), "a whole number that its type holds"),
            None => return None,
        },
    };
    (!good).then_some(what)
}

const INT32: RangeInclusive<i128> = i32::MIN as i128..=i32::MAX as i128;
const INT64: RangeInclusive<i128> = i64::MIN as i128..=i64::MAX as i128;

fn range(kind: &str) -> Option<RangeInclusive<i128>> {
    Some(match kind {
        "int32" => INT32,
        "int" | "int64" | "flag.intValue" | "flag.int64Value" => INT64,
        "uint32" | "flags.uint32Value" => 0..=i128::from(u32::MAX),
        "uint" | "uint64" | "flag.uintValue" | "flag.uint64Value" => 0..=i128::from(u64::MAX),
        _ => return None,
    })
}

/// A whole number; those without a sign in their type take none in their text.
fn whole(text: &str, range: RangeInclusive<i128>) -> bool {
    let signed = text.starts_with(['+', '-']);
    go_integer(text).is_some_and(|n| range.contains(&n)) && !(signed && *range.start() == 0)
}

fn level(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit()) && text.parse::<i32>().is_ok()
}

fn levels(text: &str) -> bool {
    text.split(',').filter(|t| !t.is_empty()).all(|item| match item.split('=').collect::<Vec<_>>()[..] {
        [pattern, number] => !pattern.is_empty() && level(number),
        _ => false,
    })
}

/// A severity of klog, by its name or its number (klog severityValue Set).
fn severity(text: &str) -> bool {
    let name = text.to_uppercase();
    ["INFO", "WARNING", "ERROR", "FATAL"].contains(&name.as_str()) || text.parse::<i32>().is_ok()
}

/// A place in a source file (klog traceLocation Set).
fn trace_location(text: &str) -> bool {
    match text.split(':').collect::<Vec<_>>()[..] {
        [file, line] => file.contains('.') && line.parse::<i64>().is_ok_and(|line| line > 0),
        _ => false,
    }
}

/// An address that may have leading zeros (k8s.io/utils/net ParseIPSloppy).
fn address(text: &str) -> bool {
    if text.contains(':') {
        return text.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let octets: Vec<&str> = text.split('.').collect();
    let octet = |t: &&str| t.bytes().all(|c| c.is_ascii_digit()) && t.parse::<u64>().is_ok_and(|n| n <= 255);
    octets.len() == 4 && octets.iter().all(octet)
}

fn address_port(text: &str) -> bool {
    let split = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None => text.rsplit_once(':').filter(|(host, _)| !host.contains(':')),
    };
    split.is_some_and(|(host, port)| address(host) && digits(port).is_some_and(|port| port <= 65535))
}

fn digits(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with(['+', '-']))
}

/// A range of ports (apimachinery pkg/util/net PortRange).
fn ports(text: &str) -> bool {
    let text = text.trim();
    let number = |t: &str| t.parse::<i64>().ok();
    let (low, high) = match (text.split_once('-'), text.split_once('+')) {
        (Some(_), Some(_)) => return false,
        (Some((low, high)), None) => (number(low), number(high)),
        (None, Some((low, more))) => (number(low), number(low).zip(number(more)).map(|(low, more)| low + more)),
        (None, None) if text.is_empty() => return true,
        (None, None) => (number(text), number(text)),
    };
    low.zip(high).is_some_and(|(low, high)| low <= 65535 && high <= 65535 && high >= low)
}

fn cidrs(text: &str) -> bool {
    text.split(',').all(|net| net.trim().parse::<ipnet::IpNet>().is_ok())
}

fn pairs(text: &str, between: char) -> bool {
    text.split(',').all(|pair| pair.is_empty() || pair.contains(between))
}

fn switches(text: &str) -> bool {
    text.split(',').filter(|t| !t.is_empty()).all(|pair| {
        let value = pair.split_once('=').map(|(_, value)| value.trim());
        value.is_some_and(|value| boolean(value).is_some())
    })
}

/// Switches of feature gates, each with or without the component that it is of; there is one component.
fn gates(text: &str) -> bool {
    text.split(',').filter(|t| !t.is_empty()).all(|pair| match pair.split_once(':') {
        Some((component, pair)) => matches!(component.trim(), "kube" | "") && switches(pair),
        None => switches(pair),
    })
}

fn string_to_string(text: &str) -> bool {
    match text.matches('=').count() {
        0 => false,
        1 => true,
        _ => csv(text).is_some_and(|parts| parts.iter().all(|part| part.contains('='))),
    }
}

/// A certificate with its key, and the names that it is for.
fn named_pair(text: &str) -> bool {
    let (pair, names) = text.split_once(':').map_or((text, None), |(pair, names)| (pair, Some(names)));
    names.is_none_or(|names| !names.trim().is_empty()) && pair.trim().split(',').count() == 2
}

/// URLs as etcd reads them (client/pkg/types NewURLs).
fn urls(text: &str) -> bool {
    text.split(',').all(|text| {
        url(text.trim()).is_some_and(|url| match url.scheme.to_ascii_lowercase().as_str() {
            "unix" | "unixs" => true,
            "http" | "https" => url.host.contains(':') && !url.host.ends_with(']') && url.path.is_empty(),
            _ => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_as_upstream_takes_them() {
        let good = [
            ("ip", "::1"),
            ("ip", " 10.0.0.1 "),
            ("addressOrNone", "010.0.0.1"),
            ("addressOrNone", ""),
            ("ipport", "[::]:10249"),
            ("port-range", "1+5"),
            ("portRange", ""),
            ("pattern=N,...", "a=1,,b=2"),
            ("pattern=N,...", ""),
            ("mapStringString", ""),
            ("mapStringBool", "A=t,"),
            ("stringToString", "a,b=c"),
            ("stringSlice", "\"a,b\",c"),
            ("int32Slice", "0x10,2"),
            ("namedCertKey", "a.crt,a.key:x,y"),
            ("namedCertKey", ","),
            ("origins", "http://a:80,unix:x"),
            ("uint", "0x10"),
            ("configurationMap", "anything"),
            ("severity", "warning"),
            ("severity", "-1"),
            ("traceLocation", ""),
            ("traceLocation", "server.go:1"),
        ];
        for (kind, text) in good {
            assert_eq!(wanted(kind, text, false), None, "{kind} {text}");
        }
        let bad = [
            ("ip", ""),
            ("ip", "010.0.0.1"),
            ("ipport", "::1:80x"),
            ("port-range", "5-1"),
            ("portRange", "1-2+3"),
            ("pattern=N,...", "a"),
            ("pattern=N,...", "=1"),
            ("onePair", ""),
            ("langleSeparated", "memory.available=5%"),
            ("mapStringBool", "A=yes"),
            ("stringToString", ""),
            ("stringSlice", "a\"b"),
            ("int32Slice", ""),
            ("namedCertKey", "a.crt"),
            ("namedCertKey", "a,b:"),
            ("origins", ""),
            ("origins", "http://a"),
            ("uint", "-1"),
            ("int32", "2147483648"),
            ("Level", "+1"),
            ("severity", "text"),
            ("severity", ""),
            ("traceLocation", "x"),
            ("traceLocation", ":0"),
            ("traceLocation", "server.go:0"),
        ];
        for (kind, text) in bad {
            assert!(wanted(kind, text, false).is_some(), "{kind} {text}");
        }
        assert_eq!(wanted("ip", "", true), None);
    }
}
