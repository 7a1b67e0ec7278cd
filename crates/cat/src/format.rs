//! How a message is shown. The five forms of nanocat octet for octet, and JSON. Writes only.
//! Obeys `rfc/sp-swcat.md` section 4.

use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::json;

/// A form of showing messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Not at all.
    No,
    /// As they are.
    Raw,
    /// Printable ASCII on a line.
    Ascii,
    /// In quotes on a line.
    Quoted,
    /// As binary values of MessagePack.
    Msgpack,
    /// Each octet as a number, in quotes on a line.
    Hex,
    /// An object of JSON on a line.
    Json,
}

impl Format {
    /// Writes a message with this body; `peer` is the address it came from, if known.
    // rfc: sp-swcat W-20 W-21
    pub(crate) fn write(
        self,
        body: &[u8],
        peer: Option<&str>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        match self {
            Self::No => Ok(()),
            Self::Raw => out.write_all(body),
            Self::Ascii => {
                let line: Vec<u8> = body.iter().map(|octet| ascii(*octet)).collect();
                out.write_all(&line)?;
                out.write_all(b"\n")
            }
            Self::Quoted => quoted(body, out),
            Self::Msgpack => {
                out.write_all(&msgpack_head(body.len())?)?;
                out.write_all(body)
            }
            Self::Hex => {
                let mut line = String::with_capacity(body.len().saturating_mul(4));
                body.iter().for_each(|octet| escape(*octet, &mut line));
                writeln!(out, "\"{line}\"")
            }
            Self::Json => writeln!(out, "{}", as_json(body, peer)),
        }
    }
}

fn ascii(octet: u8) -> u8 {
    if is_printable(octet) { octet } else { b'.' }
}

fn is_printable(octet: u8) -> bool {
    matches!(octet, b' '..=b'~')
}

fn escape(octet: u8, line: &mut String) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('?');
    line.push_str("\\x");
    line.extend([digit(octet >> 4), digit(octet & 15)]);
}

fn quoted(body: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut line = String::with_capacity(body.len().saturating_add(3));
    line.push('"');
    for octet in body {
        match octet {
            b'\n' => line.push_str("\\n"),
            b'\r' => line.push_str("\\r"),
            b'"' | b'\\' => line.extend(['\\', char::from(*octet)]),
            printable if is_printable(*printable) => line.push(char::from(*octet)),
            other => escape(*other, &mut line),
        }
    }
    line.push_str("\"\n");
    out.write_all(line.as_bytes())
}

/// The type and the length before a binary value.
fn msgpack_head(len: usize) -> io::Result<Vec<u8>> {
    if let Ok(len) = u8::try_from(len) {
        return Ok(vec![0xc4, len]);
    }
    if let Ok(len) = u16::try_from(len) {
        let [high, low] = len.to_be_bytes();
        return Ok(vec![0xc5, high, low]);
    }
    let len = u32::try_from(len)
        .map_err(|_| io::Error::other("MessagePack has no message above 4294967295 octets"))?;
    let mut head = vec![0xc6];
    head.extend(len.to_be_bytes());
    Ok(head)
}

/// The body as text where it is UTF-8, else as hexadecimal digits.
fn as_json(body: &[u8], peer: Option<&str>) -> serde_json::Value {
    let mut object = match std::str::from_utf8(body) {
        Ok(text) => json!({"octets": body.len(), "text": text}),
        Err(_) => {
            let mut escaped = String::new();
            body.iter().for_each(|octet| escape(*octet, &mut escaped));
            json!({"octets": body.len(), "hex": escaped.replace("\\x", "")})
        }
    };
    if let (Some(peer), Some(object)) = (peer, object.as_object_mut()) {
        object.insert("peer".to_owned(), peer.into());
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: Format, body: &[u8]) -> String {
        let mut out = Vec::new();
        format.write(body, None, &mut out).unwrap();
        out.iter().map(|octet| char::from(*octet)).collect()
    }

    // rfc: sp-swcat W-20 W-21
    #[test]
    fn each_format_shows_the_same_message_in_its_way() {
        let body = b"a\"\\\n\r\t\x00~\x7f\xe9";
        assert_eq!(shown(Format::No, body), "");
        assert_eq!(shown(Format::Raw, body), "a\"\\\n\r\t\0~\u{7f}\u{e9}");
        assert_eq!(shown(Format::Ascii, body), "a\"\\....~..\n");
        assert_eq!(
            shown(Format::Quoted, body),
            "\"a\\\"\\\\\\n\\r\\x09\\x00~\\x7f\\xe9\"\n"
        );
        assert_eq!(
            shown(Format::Hex, body),
            "\"\\x61\\x22\\x5c\\x0a\\x0d\\x09\\x00\\x7e\\x7f\\xe9\"\n"
        );
        let head = "\u{c4}\u{a}";
        let rest = shown(Format::Raw, body);
        assert_eq!(shown(Format::Msgpack, body), format!("{head}{rest}"));
        assert_eq!(
            shown(Format::Json, body),
            "{\"hex\":\"61225c0a0d09007e7fe9\",\"octets\":10}\n"
        );
        assert_eq!(
            shown(Format::Json, "\u{fc}\n".as_bytes()),
            "{\"octets\":3,\"text\":\"\u{c3}\u{bc}\\n\"}\n"
        );
    }

    #[test]
    fn an_empty_message_is_shown_too() {
        assert_eq!(shown(Format::Ascii, b""), "\n");
        assert_eq!(shown(Format::Quoted, b""), "\"\"\n");
        assert_eq!(shown(Format::Hex, b""), "\"\"\n");
        assert_eq!(shown(Format::Msgpack, b""), "\u{c4}\0");
        assert_eq!(shown(Format::Json, b""), "{\"octets\":0,\"text\":\"\"}\n");
    }

    #[test]
    fn the_head_of_messagepack_grows_with_the_length() {
        assert_eq!(msgpack_head(255).unwrap(), [0xc4, 255]);
        assert_eq!(msgpack_head(256).unwrap(), [0xc5, 1, 0]);
        assert_eq!(msgpack_head(65_535).unwrap(), [0xc5, 255, 255]);
        assert_eq!(msgpack_head(65_536).unwrap(), [0xc6, 0, 1, 0, 0]);
    }
}
