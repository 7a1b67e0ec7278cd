//! Control data: the header of a message beside its body, as records one behind the other. What C
//! says of their lengths is checked. Obeys `rfc/sp-capi.md` section 3.

use crate::errno::Errno;
use crate::layout::{CmsgHdr, PROTO_SP, SP_HDR};

/// Octets before the data of a record.
const HEAD: usize = size_of::<CmsgHdr>();
/// Records begin at multiples of this.
const ALIGN: usize = align_of::<usize>();

/// A record that begins somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    level: i32,
    kind: i32,
    data: &'a [u8],
    /// Octets up to where the next may begin.
    pub(crate) span: usize,
}

impl<'a> Record<'a> {
    /// The record at the beginning of these octets, if a whole one is there.
    // rfc: sp-capi A-25
    pub(crate) fn first(octets: &'a [u8]) -> Option<Self> {
        let (len, rest) = octets.split_first_chunk()?;
        let (level, rest) = rest.split_first_chunk()?;
        let (kind, _) = rest.split_first_chunk()?;
        let len = usize::from_ne_bytes(*len);
        Some(Self {
            level: i32::from_ne_bytes(*level),
            kind: i32::from_ne_bytes(*kind),
            data: octets.get(HEAD..len)?,
            span: len.checked_next_multiple_of(ALIGN)?,
        })
    }
}

/// The header that control data have for a message, if any.
// rfc: sp-capi A-24
pub(crate) fn header(mut control: &[u8]) -> Result<&[u8], Errno> {
    while let Some(record) = Record::first(control) {
        if (record.level, record.kind) == (PROTO_SP, SP_HDR) {
            let (len, octets) = record.data.split_first_chunk().ok_or(Errno::INVAL)?;
            return octets.get(..usize::from_ne_bytes(*len)).ok_or(Errno::INVAL);
        }
        control = control.get(record.span..).unwrap_or_default();
    }
    Ok(&[])
}

/// The control data for the header of a message.
// rfc: sp-capi A-24
pub(crate) fn record(header: &[u8]) -> Vec<u8> {
    let size = HEAD + size_of::<usize>() + header.len();
    let size = size.next_multiple_of(ALIGN);
    let mut record = Vec::with_capacity(size);
    record.extend_from_slice(&size.to_ne_bytes());
    record.extend_from_slice(&PROTO_SP.to_ne_bytes());
    record.extend_from_slice(&SP_HDR.to_ne_bytes());
    record.extend_from_slice(&header.len().to_ne_bytes());
    record.extend_from_slice(header);
    record.resize(size, 0);
    record
}

/// Puts control data where C has room for `room` octets: the record, and behind it nothing that
/// could be taken for another. Without room for it, the place says that there is none.
// rfc: sp-capi A-24
pub(crate) fn fill(record: &[u8], room: usize) -> Vec<u8> {
    let mut octets = if record.len() <= room {
        record.to_vec()
    } else {
        Vec::new()
    };
    let end = octets.len().saturating_add(HEAD);
    octets.resize(end.min(room), 0);
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(len: usize, level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
        let parts = [
            &len.to_ne_bytes()[..],
            &level.to_ne_bytes(),
            &kind.to_ne_bytes(),
            data,
        ];
        parts.concat()
    }

    // rfc: sp-capi A-24
    #[test]
    fn a_header_comes_back_from_its_record() {
        for len in [0, 4, 8, 12, 64] {
            let octets = vec![7; len];
            let record = record(&octets);
            assert_eq!(record.len() % 8, 0);
            assert_eq!(header(&record), Ok(&octets[..]));
        }
        assert_eq!(record(&[0; 8]).len(), 32);
    }

    // rfc: sp-capi A-24
    #[test]
    fn other_records_are_passed_over() {
        let mut control = of(HEAD + 3, 5, 9, b"abc");
        control.resize(24, 0);
        control.extend(record(b"head"));
        assert_eq!(header(&control), Ok(&b"head"[..]));
        assert_eq!(header(&of(HEAD, 5, 9, b"")), Ok(&b""[..]));
    }

    // rfc: sp-capi A-25
    #[test]
    fn lengths_that_lie_lead_nowhere() {
        for len in [
            0,
            1,
            HEAD - 1,
            HEAD + 1,
            usize::MAX,
            usize::MAX - 7,
            1 << 40,
        ] {
            let control = of(len, 5, 9, b"");
            assert!(Record::first(&control).is_none(), "{len}");
            assert_eq!(header(&control), Ok(&b""[..]), "{len}");
        }
        let lying = of(HEAD + 8, PROTO_SP, SP_HDR, &9_usize.to_ne_bytes());
        assert_eq!(header(&lying), Err(Errno::INVAL));
        let short = of(HEAD + 4, PROTO_SP, SP_HDR, &[0; 4]);
        assert_eq!(header(&short), Err(Errno::INVAL));
        assert!(Record::first(&[0; 15]).is_none());
    }

    // rfc: sp-capi A-24
    #[test]
    fn without_room_there_is_none_and_behind_the_record_is_none() {
        let record = record(&[1; 8]);
        assert_eq!(fill(&record, 31), [0; 16]);
        assert_eq!(fill(&record, 10), [0; 10]);
        assert_eq!(fill(&record, 32), record);
        assert_eq!(fill(&record, 64), [&record[..], &[0; 16]].concat());
    }
}
