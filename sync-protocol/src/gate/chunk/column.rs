//! The columns of a chunk. A column is a list of groups, each a run of one
//! value, a stretch of different ones, or a run of nulls. A group of 100 million
//! rows takes three bytes, so rows are counted before any is read, and read one
//! by one, never expanded.
//!
//! One list of values has exactly one spelling: the one that Automerge writes.
//! Another spelling decodes alike, but the document saved with it can never be
//! loaded again, since its changes hash differently when they are written back.

use super::reader::{Malformed, Reader};

/// A value in a column.
pub(crate) trait Cell<'a>: Copy + PartialEq {
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed>;
}

impl Cell<'_> for u64 {
    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.unsigned()
    }
}

impl Cell<'_> for i64 {
    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.signed()
    }
}

impl<'a> Cell<'a> for &'a str {
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        let len = from.unsigned()?;
        from.text(len)
    }
}

/// How many rows a column of numbers has, and their sum. Both saturate, and
/// counting stops where the rows are more than `rows_max`.
pub(crate) fn count(column: &[u8], rows_max: u64) -> Result<(u64, u64), Malformed> {
    let mut from = Reader::new(column);
    let (mut rows, mut sum) = (0_u64, 0_u64);
    while !from.is_empty() && rows <= rows_max {
        let header = from.signed()?;
        match header {
            0 => rows = rows.saturating_add(from.unsigned()?),
            1.. => {
                rows = rows.saturating_add(header.unsigned_abs());
                sum = sum.saturating_add(from.unsigned()?.saturating_mul(header.unsigned_abs()));
            }
            // Each takes a byte at least, so this ends with the bytes.
            _ => {
                for _ in 0..header.unsigned_abs() {
                    rows = rows.saturating_add(1);
                    sum = sum.saturating_add(from.unsigned()?);
                }
            }
        }
    }
    Ok((rows, sum))
}

/// A column of values, some of which may be null. A column of nothing but nulls
/// is left out, so an empty one has as many of them as are asked for.
#[derive(Debug)]
pub(crate) struct Column<'a, T> {
    from: Reader<'a>,
    group: Group<T>,
    left: u64,
    absent: bool,
    only_nulls: bool,
}

/// The group that is being read, or was last.
#[derive(Debug)]
enum Group<T> {
    None,
    Nulls,
    Run(T),
    /// The last value read of it; absent before the first, where the one given is
    /// that of the run before.
    Literals(Option<T>),
}

impl<'a, T: Cell<'a>> Column<'a, T> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let from = Reader::new(bytes);
        Self { from, group: Group::None, left: 0, absent: bytes.is_empty(), only_nulls: true }
    }

    /// The next value, or null.
    pub(crate) fn next(&mut self) -> Result<Option<T>, Malformed> {
        if self.absent {
            return Ok(None);
        }
        if self.left == 0 {
            self.open()?;
        }
        self.left -= 1;
        match &mut self.group {
            Group::None | Group::Nulls => Ok(None),
            Group::Run(value) => Ok(Some(*value)),
            Group::Literals(last) => {
                let value = T::read(&mut self.from)?;
                if last.replace(value) == Some(value) {
                    return Err(Malformed("equal values are not in one run"));
                }
                Ok(Some(value))
            }
        }
    }

    /// The next value of a column that has no nulls.
    pub(crate) fn value(&mut self) -> Result<T, Malformed> {
        self.next()?.ok_or(Malformed("a column lacks a value"))
    }

    /// Checks that all of it was read.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        match () {
            () if self.left > 0 || !self.from.is_empty() => {
                Err(Malformed("a column has too many values"))
            }
            () if self.only_nulls && !self.absent => {
                Err(Malformed("a column holds nothing but nulls"))
            }
            () => Ok(()),
        }
    }

    fn open(&mut self) -> Result<(), Malformed> {
        if self.from.is_empty() {
            return Err(Malformed("a column has too few values"));
        }
        let header = self.from.signed()?;
        let before = match self.group {
            Group::Run(value) => Some(value),
            Group::Literals(last) => last,
            Group::None | Group::Nulls => None,
        };
        self.group = match (header, &self.group) {
            (0, Group::Nulls) => return Err(Malformed("a run of nulls follows another")),
            (0, _) => Group::Nulls,
            (1, _) => return Err(Malformed("a run has one value")),
            (2.., _) => {
                let value = T::read(&mut self.from)?;
                if before == Some(value) {
                    return Err(Malformed("equal values are not in one run"));
                }
                Group::Run(value)
            }
            (_, Group::Literals(_)) => return Err(Malformed("two stretches are not one")),
            (_, _) => Group::Literals(before),
        };
        self.only_nulls &= matches!(self.group, Group::Nulls);
        self.left = if header == 0 { self.from.unsigned()? } else { header.unsigned_abs() };
        match self.left {
            0 => Err(Malformed("a run of nulls is empty")),
            _ => Ok(()),
        }
    }
}

/// A column of numbers, each written as its distance from the one before.
#[derive(Debug)]
pub(crate) struct Deltas<'a> {
    distances: Column<'a, i64>,
    last: i64,
}

impl<'a> Deltas<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { distances: Column::new(bytes), last: 0 }
    }

    pub(crate) fn next(&mut self) -> Result<Option<i64>, Malformed> {
        let Some(distance) = self.distances.next()? else { return Ok(None) };
        self.last = self.last.checked_add(distance).ok_or(Malformed("a number is too large"))?;
        Ok(Some(self.last))
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        self.distances.end()
    }
}

/// A column of flags: how many are false, then how many are true, and so on.
#[derive(Debug)]
pub(crate) struct Flags<'a> {
    from: Reader<'a>,
    flag: bool,
    left: u64,
    first: bool,
}

impl<'a> Flags<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { from: Reader::new(bytes), flag: true, left: 0, first: true }
    }

    pub(crate) fn next(&mut self) -> Result<bool, Malformed> {
        while self.left == 0 {
            self.left = self.from.unsigned()?;
            if self.left == 0 && !self.first {
                return Err(Malformed("a run of flags is empty"));
            }
            self.first = false;
            self.flag = !self.flag;
        }
        self.left -= 1;
        Ok(self.flag)
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        match self.left == 0 && self.from.is_empty() {
            true => Ok(()),
            false => Err(Malformed("a column has too many values")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], rows: usize) -> Result<Vec<Option<u64>>, Malformed> {
        let mut column = Column::<u64>::new(bytes);
        let values = (0..rows).map(|_| column.next()).collect::<Result<_, _>>()?;
        column.end()?;
        Ok(values)
    }

    #[test]
    fn groups_are_read() {
        // Two sevens, a null, then one and two.
        let bytes = [2, 7, 0, 1, 0x7e, 1, 2];
        assert_eq!(read(&bytes, 5), Ok(vec![Some(7), Some(7), None, Some(1), Some(2)]));
        assert_eq!(count(&bytes, 10), Ok((5, 17)));
    }

    #[test]
    fn a_list_has_one_spelling() {
        for (bytes, rows, why) in [
            (&[1, 7][..], 1, "a run has one value"),
            (&[2, 7, 2, 7][..], 4, "equal values are not in one run"),
            (&[2, 7, 0x7f, 7][..], 3, "equal values are not in one run"),
            (&[0x7f, 7, 2, 7][..], 3, "equal values are not in one run"),
            (&[0x7e, 7, 7][..], 2, "equal values are not in one run"),
            (&[0x7f, 7, 0x7f, 8][..], 2, "two stretches are not one"),
            (&[0, 1, 0, 1, 2, 7][..], 4, "a run of nulls follows another"),
            (&[0, 0, 2, 7][..], 2, "a run of nulls is empty"),
            (&[0, 3][..], 3, "a column holds nothing but nulls"),
            (&[2, 7][..], 1, "a column has too many values"),
            (&[2, 7][..], 3, "a column has too few values"),
        ] {
            assert_eq!(read(bytes, rows), Err(Malformed(why)), "{bytes:?}");
        }
    }

    #[test]
    fn a_bomb_is_counted_and_not_expanded() {
        let mut bomb = vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xc0, 0x00];
        bomb.push(1);
        assert_eq!(count(&bomb, 10).map(|(rows, _)| rows), Ok(1 << 62));
        assert_eq!(count(&[0, 0xff, 0xff, 0x7f, 2, 1], 10).map(|(rows, _)| rows), Ok(2_097_151));
    }

    #[test]
    fn flags_have_one_spelling() {
        let read = |bytes: &[u8], rows: usize| {
            let mut flags = Flags::new(bytes);
            let read = (0..rows).map(|_| flags.next()).collect::<Result<Vec<_>, _>>();
            read.and_then(|read| flags.end().map(|()| read))
        };
        assert_eq!(read(&[0, 2, 1], 3), Ok(vec![true, true, false]));
        assert!(read(&[1, 0, 1], 2).is_err());
        assert!(read(&[0, 0, 1], 1).is_err());
        assert!(read(&[2], 1).is_err());
        assert!(read(&[2], 3).is_err());
    }
}
