//! Numbers, texts and stretches of bytes, as they stand in a chunk.

/// The bytes aren't a chunk as Automerge writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// A place in some bytes. A number must have its shortest spelling: another one
/// would read alike and hash differently, so the library would write back a
/// change that isn't the one it got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn take(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = usize::try_from(len)
            .ok()
            .and_then(|len| self.0.split_at_checked(len))
            .ok_or(Malformed("it ends in the middle"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed("it ends in the middle"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned LEB128 number.
    pub(crate) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.array()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed("a number is too large"));
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(LONG_NUMBER) } else { Ok(number) };
            }
        }
        Err(Malformed("a number is too large"))
    }

    /// A signed LEB128 number.
    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let mut number = 0_i64;
        let mut before = 0_u8;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.array()?;
            let bits = i64::from(byte & 0x7f);
            if shift == 63 && bits != 0 && bits != 0x7f {
                return Err(Malformed("a number is too large"));
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let sign = byte & 0x40;
                // A last byte that only repeats the sign of the one before.
                if shift > 0 && byte == sign_extension(before) {
                    return Err(LONG_NUMBER);
                }
                if shift < 57 && sign != 0 {
                    number |= -1 << (shift + 7);
                }
                return Ok(number);
            }
            before = byte;
        }
        Err(Malformed("a number is too large"))
    }

    /// A text of so many bytes.
    pub(crate) fn text(&mut self, len: u64) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.take(len)?).map_err(|_| Malformed("a text is not UTF-8"))
    }
}

const LONG_NUMBER: Malformed = Malformed("a number is longer than it needs to be");

const fn sign_extension(byte: u8) -> u8 {
    if byte & 0x40 == 0 { 0x00 } else { 0x7f }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsigned(bytes: &[u8]) -> Result<u64, Malformed> {
        Reader::new(bytes).unsigned()
    }

    fn signed(bytes: &[u8]) -> Result<i64, Malformed> {
        Reader::new(bytes).signed()
    }

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(unsigned(&[0x00]), Ok(0));
        assert_eq!(unsigned(&[0x80, 0x01]), Ok(128));
        assert_eq!(unsigned(&[0x80, 0x00]), Err(LONG_NUMBER));
        assert_eq!(signed(&[0x3f]), Ok(63));
        assert_eq!(signed(&[0xc0, 0x00]), Ok(64));
        assert_eq!(signed(&[0xbf, 0x00]), Err(LONG_NUMBER));
        assert_eq!(signed(&[0x40]), Ok(-64));
        assert_eq!(signed(&[0xbf, 0x7f]), Ok(-65));
        assert_eq!(signed(&[0xc0, 0x7f]), Err(LONG_NUMBER));
    }

    #[test]
    fn the_largest_numbers_are_read_and_none_beyond() {
        let ff = [0xff; 9];
        assert_eq!(unsigned(&[&ff[..], &[0x01]].concat()), Ok(u64::MAX));
        assert!(unsigned(&[&ff[..], &[0x02]].concat()).is_err());
        assert!(unsigned(&[0xff; 11]).is_err());
        assert_eq!(signed(&[&ff[..], &[0x00]].concat()), Ok(i64::MAX));
        assert_eq!(signed(&[&[0x80; 9][..], &[0x7f]].concat()), Ok(i64::MIN));
        assert!(signed(&[&ff[..], &[0x01]].concat()).is_err());
    }
}
