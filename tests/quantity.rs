//! Quantities: what is printed reads back as itself, canonical forms are those of Kubernetes and Go, and no text panics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use plimsoll::quantity::{
    Bytes, CpuSet, Decimal, GoDuration, Kernel, Micro, Milli, Minor, Threshold, Version, ceil_div, ppm,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_read_back(n in 0..=i64::MAX, shift in 0_u32..63) {
        // A shifted number has a suffix; an unshifted one almost never does.
        for bytes in [Bytes(n), Bytes((n >> shift) << shift)] {
            prop_assert_eq!(Bytes::parse(&bytes.to_string()), Ok(bytes));
        }
    }

    #[test]
    fn bytes_of_any_suffix_have_one_canonical_form(n in 0_i64..4_096, suffix in "(Ki|Mi|Gi|Ti|k|M|G|T|e3|E6|)", half in any::<bool>()) {
        let text = if half { format!("{n}.5{suffix}") } else { format!("{n}{suffix}") };
        if let Ok(bytes) = Bytes::parse(&text) {
            let canonical = bytes.to_string();
            prop_assert_eq!(Bytes::parse(&canonical).unwrap().to_string(), canonical);
        } else {
            prop_assert!(half && suffix.is_empty(), "{} is a whole number of bytes", text);
        }
    }

    #[test]
    fn milli_reads_back(n in 0..=i64::MAX) {
        for milli in [Milli(n), Milli(n / 1_000 * 1_000)] {
            prop_assert_eq!(Milli::parse(&milli.to_string()), Ok(milli));
        }
    }

    #[test]
    fn micro_reads_back(n in 0..=i64::MAX) {
        for micro in [Micro(n), Micro(n / 1_000 * 1_000), Micro(n / 1_000_000 * 1_000_000)] {
            prop_assert_eq!(Micro::parse(&micro.to_string()), Ok(micro));
        }
    }

    #[test]
    fn durations_read_back(n in 0..=i64::MAX, unit in 0_usize..6) {
        let unit = [1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000][unit];
        for duration in [GoDuration(n), GoDuration(n / unit * unit), GoDuration(n % 1_000 * unit)] {
            prop_assert_eq!(GoDuration::parse(&duration.to_string()), Ok(duration));
        }
    }

    #[test]
    fn cpu_sets_read_back(cpus in prop::collection::btree_set(0_u32..512, 1..64)) {
        let set = CpuSet(cpus);
        let text = set.to_string();
        prop_assert_eq!(CpuSet::parse(&text), Ok(set.clone()));
        // Canonical: no two parts touch.
        let ends: Vec<(u32, u32)> = text.split(',').map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            (from.parse().unwrap(), to.parse().unwrap())
        }).collect();
        prop_assert!(ends.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{}", text);
    }

    #[test]
    fn thresholds_read_back(share in 0_i64..=1_000_000, bytes in 1..=i64::MAX, capacity in 0..=1_i64 << 50) {
        for threshold in [Threshold::Share(share), Threshold::Absolute(Bytes(bytes))] {
            prop_assert_eq!(Threshold::parse(&threshold.to_string()), Ok(threshold));
        }
        let part = Threshold::Share(share).of(Bytes(capacity)).0;
        // 32-bit floating point has 24 bits: the kubelet's own error is less than two in ten million.
        let exact = i128::from(capacity) * i128::from(share) / 1_000_000;
        let off = (i128::from(part) - exact).abs();
        prop_assert!(share == 1_000_000 || off <= i128::from(capacity) / 5_000_000 + 1, "{} of {} is {}", share, capacity, part);
    }

    #[test]
    fn versions_read_back(major in 0_u32..10, minor in 0_u32..1_000, patch in prop::option::of(0_u32..1_000)) {
        let version = Version { minor: Minor(major, minor), patch };
        prop_assert_eq!(Version::parse(&version.to_string()), Ok(version));
        prop_assert_eq!(Version::parse(&format!("v{version}")), Ok(version));
        prop_assert_eq!(Minor::parse(&version.minor.to_string()), Some(version.minor));
        prop_assert_eq!(Kernel::parse(&format!("{version}-91-generic")), Ok(Kernel(major, minor)));
    }

    #[test]
    fn no_text_panics(any in ".*", near in "[0-9.eEKMGTPim%+hnsuµ,v-]{0,24}") {
        for text in [&any, &near] {
            let _ = (Bytes::parse(text), Milli::parse(text), Micro::parse(text), GoDuration::parse(text), CpuSet::parse(text));
            let _ = (Threshold::parse(text), Version::parse(text), Kernel::parse(text), Minor::parse(text));
            let _ = (Decimal::parse(text).map(|d| d.times(i128::MAX, 3)), ppm(text));
        }
    }

    #[test]
    fn ceil_div_is_the_least_that_covers(value in -1_000_000_i64..1_000_000, by in 1_i64..1_000) {
        let up = ceil_div(value, by);
        prop_assert!(up * by >= value && (up - 1) * by < value);
    }
}

/// `resource.NewQuantity(n, resource.BinarySI).String()`.
#[test]
fn bytes_print_as_binary_quantities() {
    let table = [
        (0, "0"),
        (1, "1"),
        (1_000, "1000"),
        (1_023, "1023"),
        (1_024, "1Ki"),
        (1_025, "1025"),
        (1_536, "1536"),
        (1 << 20, "1Mi"),
        (3 << 19, "1536Ki"),
        (3 << 29, "1536Mi"),
        (104_857_600, "100Mi"),
        (1 << 30, "1Gi"),
        (68_719_476_736, "64Gi"),
        (1 << 40, "1Ti"),
        (1 << 50, "1Pi"),
        (1 << 60, "1Ei"),
        (i64::MAX, "9223372036854775807"),
    ];
    for (bytes, text) in table {
        assert_eq!(Bytes(bytes).to_string(), text);
    }
}

/// Texts of apimachinery's `TestQuantityParse` and of the documentation, as far as they are whole bytes.
#[test]
fn bytes_read_what_kubernetes_reads() {
    let table = [
        ("0", 0),
        ("0n1", -1),
        ("100", 100),
        ("00001Gi", 1 << 30),
        ("+1Gi", 1 << 30),
        (".5Gi", 1 << 29),
        ("5.Gi", 5 << 30),
        ("0.5Gi", 1 << 29),
        ("1.5Gi", 3 << 29),
        ("129e6", 129_000_000),
        ("129M", 129_000_000),
        ("123Mi", 128_974_848),
        ("128974848", 128_974_848),
        ("12e6", 12_000_000),
        ("1E3", 1_000),
        ("1E", 1_000_000_000_000_000_000),
        ("5k", 5_000),
        ("5G", 5_000_000_000),
        ("1Ki", 1_024),
        ("1Ti", 1 << 40),
        ("1Pi", 1 << 50),
        ("7Ei", 7 << 60),
    ];
    for (text, bytes) in table {
        assert_eq!(Bytes::parse(text).map_or(-1, |b| b.0), bytes, "{text}");
    }
    for text in [
        "", " 1Gi", "1 Gi", "1Gi ", "1K", "1GB", "1gi", "1GiB", "Gi", "-1Gi", "1..5Gi", "1,5Gi", "8Ei", "1m", "1.1Ki",
        "0x10", "1e19", "1e-3", "∞",
    ] {
        assert!(Bytes::parse(text).is_err(), "{text}");
    }
}

/// `resource.MustParse(text).String()` for CPU.
#[test]
fn milli_is_canonical() {
    for (text, canonical) in [
        ("0", "0"),
        ("1", "1"),
        ("1000m", "1"),
        ("0.5", "500m"),
        (".25", "250m"),
        ("1.5", "1500m"),
        ("15890m", "15890m"),
        ("0.001", "1m"),
        ("2.0", "2"),
    ] {
        assert_eq!(Milli::parse(text).unwrap().to_string(), canonical, "{text}");
    }
    for text in ["", "m", "0.5m", "0.0001", "1k", "-1", "1 m", "1M"] {
        assert!(Milli::parse(text).is_err(), "{text}");
    }
}

/// `resource.MustParse(text).String()` for CPU that is finer than a thousandth of a core.
#[test]
fn micro_is_canonical() {
    for (text, canonical) in [
        ("0", "0"),
        ("900u", "900u"),
        ("0.9m", "900u"),
        ("0.0009", "900u"),
        ("1500u", "1500u"),
        ("2000u", "2m"),
        ("90m", "90m"),
        ("2", "2"),
        ("2000000u", "2"),
    ] {
        assert_eq!(Micro::parse(text).unwrap().to_string(), canonical, "{text}");
    }
    for text in ["", "u", "0.5u", "0.0001m", "1n", "-1u", "1 u", "1µ"] {
        assert!(Micro::parse(text).is_err(), "{text}");
    }
}

/// The cases of Go's own `TestDurationString`.
#[test]
fn durations_print_as_go_prints_them() {
    let (us, ms, s, m, h) = (1_000_i64, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000);
    let table = [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200 * us, "2.2ms"),
        (3_300 * ms, "3.3s"),
        (4 * m + 5 * s, "4m5s"),
        (4 * m + 5_001 * ms, "4m5.001s"),
        (5 * h + 6 * m + 7_001 * ms, "5h6m7.001s"),
        (8 * m + 1, "8m0.000000001s"),
        (i64::MAX, "2562047h47m16.854775807s"),
        (h, "1h0m0s"),
        (m, "1m0s"),
        (90 * s, "1m30s"),
        (24 * h, "24h0m0s"),
        (999, "999ns"),
    ];
    for (nanos, text) in table {
        assert_eq!(GoDuration(nanos).to_string(), text);
    }
}

/// The cases of Go's own `TestParseDuration` that are not negative and not finer than a nanosecond.
#[test]
fn durations_read_what_go_reads() {
    let (us, ms, s, m, h) = (1_000_i64, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000);
    let table = [
        ("0", 0),
        ("5s", 5 * s),
        ("30s", 30 * s),
        ("1478s", 1_478 * s),
        ("+5s", 5 * s),
        ("+0", 0),
        ("-0", 0),
        ("5.0s", 5 * s),
        ("5.6s", 5_600 * ms),
        ("5.s", 5 * s),
        (".5s", 500 * ms),
        ("1.004s", 1_004 * ms),
        ("1.0040s", 1_004 * ms),
        ("100.00100s", 100_001 * ms),
        ("10ns", 10),
        ("11us", 11 * us),
        ("12µs", 12 * us),
        ("12μs", 12 * us),
        ("13ms", 13 * ms),
        ("15m", 15 * m),
        ("16h", 16 * h),
        ("3h30m", 3 * h + 30 * m),
        ("10.5s4m", 4 * m + 10_500 * ms),
        ("1h2m3s4ms5us6ns", h + 2 * m + 3 * s + 4 * ms + 5 * us + 6),
        ("39h9m14.425s", 39 * h + 9 * m + 14_425 * ms),
        ("52763797000ns", 52_763_797_000),
        ("0.100000000000000000000h", 6 * m),
        ("9223372036854775807ns", i64::MAX),
        ("9223372036854775.807us", i64::MAX),
        ("9223372036s854ms775us807ns", i64::MAX),
    ];
    for (text, nanos) in table {
        assert_eq!(GoDuration::parse(text), Ok(GoDuration(nanos)), "{text}");
    }
    for text in [
        "",
        "3",
        "-",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        "-5s",
        "9223372036854775808ns",
        "3000000h",
        "1.5ns",
        "5 s",
        "1h ",
        "0x1s",
    ] {
        assert!(GoDuration::parse(text).is_err(), "{text}");
    }
}

/// The kubelet's `TestParse` of CPU sets; a CPU that is named twice is a slip here, not a union.
#[test]
fn cpu_lists_are_those_of_linux() {
    for (text, canonical) in [
        ("5", "5"),
        ("1,2,3,4,5", "1-5"),
        ("1-5", "1-5"),
        ("1-2,3-5", "1-5"),
        ("5,4,3,2,1", "1-5"),
        ("0-31,64-95", "0-31,64-95"),
        ("0, 2", "0,2"),
    ] {
        assert_eq!(CpuSet::parse(text).unwrap().to_string(), canonical, "{text}");
    }
    for text in [
        "",
        "nonnumeric",
        "non-numeric",
        "no,numbers",
        "0-a",
        "a-0",
        "0,a",
        "-2",
        "1-2-3",
        "3-1",
        "3-6,1-5",
        "0-99999999999",
        ",",
    ] {
        assert!(CpuSet::parse(text).is_err(), "{text}");
    }
    assert_eq!(CpuSet::first(3).0, BTreeSet::from([0, 1, 2]));
}

#[test]
fn thresholds_are_the_kubelets() {
    assert_eq!(Threshold::parse("10%"), Ok(Threshold::Share(100_000)));
    assert_eq!(Threshold::parse("12.5%"), Ok(Threshold::Share(125_000)));
    assert_eq!(Threshold::parse("1.5Gi"), Ok(Threshold::Absolute(Bytes(3 << 29))));
    for text in ["0", "-1%", "101%", "%", "10 %", "0.00001%", "ten%", "-100Mi"] {
        assert!(Threshold::parse(text).is_err(), "{text}");
    }
    // 15% in 32-bit floating point is 0.15000000596…, so a terabyte's is 6 KB more than the decimal share.
    assert_eq!(Threshold::Share(150_000).of(Bytes(1_000_000_000_000)), Bytes(150_000_005_960));
    for off in ["0%", "100%"] {
        assert_eq!(Threshold::parse(off).unwrap().of(Bytes(1 << 40)), Bytes(0), "{off} switches a signal off");
    }
}

#[test]
fn versions_and_ratios() {
    for text in ["", "1", "1.", ".1", "1.34.", "1.34.2.1", "1.x", "vv1.34", "1.34-rc1", "1.9999999999"] {
        assert!(Version::parse(text).is_err(), "{text}");
    }
    for (text, kernel) in [
        ("6.8", Kernel(6, 8)),
        ("5.15.0-91-generic", Kernel(5, 15)),
        ("6.1.0+deb12", Kernel(6, 1)),
        ("4.18.0~el8", Kernel(4, 18)),
    ] {
        assert_eq!(Kernel::parse(text), Ok(kernel));
    }
    assert!(Kernel::parse("linux").is_err());
    assert_eq!((ppm("0.075"), ppm("1"), ppm("0.000_001")), (Ok(75_000), Ok(1_000_000), Ok(1)));
    assert!(ppm("0.0000001").is_err());
}
