//! Four sets of keys that look like what people subscribe to, made from a number each: the same
//! everywhere, distinct, and none a prefix of another.
//!
//! | Set | Keys | Octets, mean |
//! |---|---|---|
//! | a | market data: exchange and symbol, or an option, and a field | 26 |
//! | b | 16 random octets | 16 |
//! | c | paths, as of a web interface or of MQTT | 69 |
//! | d | dense counters of 8 octets, big-endian | 8 |

const EXCHANGES: [&str; 12] = [
    "NASDAQ", "NYSE", "LSE", "XETRA", "TSE", "HKEX", "EURONEXT", "TSX", "ASX", "BATS", "ARCA",
    "SIX",
];
const FIELDS: [&str; 8] = [
    "quote.",
    "trade.",
    "depth.",
    "ohlc.1m.",
    "ohlc.1d.",
    "status.",
    "imbalance.",
    "stats.",
];
const OPTION_FIELDS: [&str; 4] = ["quote.", "trade.", "greeks.", "oi."];
const EXPIRIES: [&str; 12] = [
    "240119", "240216", "240315", "240419", "240517", "240621", "240719", "240816", "240920",
    "241018", "241115", "241220",
];
const METRICS: [&str; 5] = [
    "temperature/",
    "status/online/",
    "alarms/",
    "config/v2/",
    "telemetry/raw/",
];
const EVENTS: [&str; 5] = [
    "created/",
    "updated/",
    "events/audit/",
    "deleted/",
    "status/",
];
const WORDS: [&str; 32] = [
    "acme",
    "globex",
    "initech",
    "umbrella",
    "stark",
    "wayne",
    "wonka",
    "tyrell",
    "cyberdyne",
    "hooli",
    "piedpiper",
    "soylent",
    "massive",
    "oscorp",
    "aperture",
    "blackmesa",
    "vandelay",
    "dunder",
    "prestige",
    "sterling",
    "gringotts",
    "monarch",
    "nakatomi",
    "octan",
    "zorin",
    "virtucon",
    "yoyodyne",
    "rekall",
    "weyland",
    "bluth",
    "sirius",
    "gekko",
];

/// Scrambles a number: `SplitMix64`.
pub(crate) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One of a list, by a number of any size.
fn pick<T: Copy>(list: &[T], number: u64) -> T {
    list[usize::try_from(number % list.len() as u64).unwrap_or(0)]
}

/// A symbol of three, four or five letters.
fn ticker(symbol: u64) -> String {
    let (k, letters, all) = match symbol {
        0..8_788 => (symbol * 2 + 1, 3, 17_576),
        8_788..237_276 => ((symbol - 8_788) * 2 + 1, 4, 456_976),
        _ => (symbol - 237_276, 5, 11_881_376),
    };
    let mut number = (k * 7_919 + 12_345) % all;
    let mut letters = vec!['A'; letters];
    for letter in letters.iter_mut().rev() {
        *letter = char::from(b'A' + u8::try_from(number % 26).unwrap_or(0));
        number /= 26;
    }
    letters.into_iter().collect()
}

/// Key `i` of a set.
///
/// # Panics
///
/// When there is no such set.
pub(crate) fn key(set: char, i: u64) -> Vec<u8> {
    match set {
        'a' => market(i).into_bytes(),
        'b' => [mix(i * 2 + 1), mix(i * 2 + 0x5555_0000_0000_0002)]
            .map(u64::to_be_bytes)
            .concat(),
        'c' => path(i).into_bytes(),
        'd' => ((1 << 40) + i).to_be_bytes().to_vec(),
        _ => panic!("no set of keys {set:?}: a, b, c or d"),
    }
}

fn market(i: u64) -> String {
    let (q, r) = (i / 10, i % 10);
    if r < 3 {
        let j = q * 3 + r;
        let (exchange, field) = (pick(&EXCHANGES, j / 8), pick(&FIELDS, j));
        return format!("{exchange}.{}.{field}", ticker(j / 96));
    }
    let j = q * 7 + r - 3;
    let u = j / 3_840;
    let strike = (10 + mix(u) % 400) + (j / 4 % 40) * (1 + mix(u ^ 77) % 5);
    let side = if j / 160 % 2 == 0 { 'C' } else { 'P' };
    let (expiry, field) = (pick(&EXPIRIES, j / 320), pick(&OPTION_FIELDS, j));
    format!("OPRA.{}.{expiry}{side}{strike:05}000.{field}", ticker(u))
}

fn path(i: u64) -> String {
    let (device, m) = (i / 5, i % 5);
    let (tenant, site, line) = (device / 300, device / 30 % 10, device / 6 % 5);
    let (word, hash) = (pick(&WORDS, mix(tenant)), mix(device ^ 0x00ab_cdef));
    let own = device % 300;
    if mix(tenant ^ 99) & 1 == 0 {
        let (name, hash) = (mix(tenant ^ 5) & 0xffff, hash & 0xff_ffff);
        let metric = pick(&METRICS, m);
        return format!(
            "{word}-{name:04x}{tenant:x}/plant-{site}/line-{line}/device-{hash:06x}{own:x}/{metric}"
        );
    }
    let (name, hash, event) = (
        mix(tenant ^ 7) & 0xffff,
        hash & 0xffff_ffff,
        pick(&EVENTS, m),
    );
    let place = format!("{tenant:x}{name:04x}/orders/{site}/{hash:08x}{own:x}");
    format!("https://api.{word}.example.com/v2/accounts/{place}/{event}")
}
