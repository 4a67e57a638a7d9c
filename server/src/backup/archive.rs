//! The format of the file.
//!
//! It begins with [`MAGIC`] and the version of the format, two bytes. Then come
//! blocks: four bytes of length, the block, and 32 bytes of checksum. A block is CBOR
//! (RFC 8949), compressed with zlib. The checksum is the SHA-256 of the checksum
//! before it (at first zeros) and the compressed block, so that a block can be
//! neither changed, left out, nor moved. The last block says how many rows each
//! table has; a file without it is cut off.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use minicbor::encode::{self, Encoder};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::store::Cell;

/// With what the file begins.
pub(super) const MAGIC: &[u8; 8] = b"umbrabak";

/// The version of the format that this build writes, and the only one that it reads.
const VERSION: u16 = 1;

/// The most bytes of a compressed block.
const BLOCK_BYTES_MAX: usize = 16 << 20;

/// The most bytes that a block inflates to.
const INFLATED_BYTES_MAX: u64 = 64 << 20;

/// What a block holds.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub(super) enum Block {
    /// The first: the version of the schema, when it was made, by which build.
    #[n(0)]
    Begin(#[n(0)] i64, #[n(1)] i64, #[n(2)] String),
    /// Rows of a table; the names of its columns, and the rows in that order.
    #[n(1)]
    Rows(#[n(0)] String, #[n(1)] Vec<String>, #[n(2)] Vec<Vec<Cell>>),
    /// The last: how many rows each table has.
    #[n(2)]
    End(#[n(0)] Vec<(String, u64)>),
}

/// The file isn't a whole and sound backup.
#[derive(Debug, thiserror::Error)]
pub enum BadArchive {
    /// It can't be read.
    #[error("the backup can't be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("the file is no backup of Umbra")]
    NotOurs,
    /// It is from a newer build.
    #[error("the backup has format {0}, this build reads {VERSION}: use a newer umbra-server")]
    Version(u16),
    /// It ends too early.
    #[error("the backup is cut off: its end is missing")]
    CutOff,
    /// A checksum doesn't hold.
    #[error("the backup is damaged at block {0}: its checksum doesn't hold")]
    Damaged(u64),
    /// A block isn't what it should be, though its checksum holds.
    #[error("block {0} of the backup is malformed: {1}")]
    Malformed(u64, String),
}

/// Writes the blocks of a file.
pub(super) struct Writer<W> {
    out: W,
    checksum: [u8; 32],
    bytes: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_be_bytes())?;
        Ok(Self { out, checksum: [0; 32], bytes: MAGIC.len() as u64 + 2 })
    }

    pub(super) fn write(&mut self, block: &Block) -> io::Result<()> {
        let mut deflate = ZlibEncoder::new(Vec::new(), Compression::new(4));
        deflate.write_all(&minicbor::to_vec(block).map_err(io::Error::other)?)?;
        let block = deflate.finish()?;
        let length = u32::try_from(block.len()).map_err(io::Error::other)?;
        self.checksum = checksum(&self.checksum, &block);
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&block)?;
        self.out.write_all(&self.checksum)?;
        self.bytes += 4 + block.len() as u64 + 32;
        Ok(())
    }

    /// What it was written to, and how many bytes it got.
    pub(super) fn finish(mut self) -> io::Result<(W, u64)> {
        self.out.flush()?;
        Ok((self.out, self.bytes))
    }
}

/// Reads the blocks of a file.
pub(super) struct Reader<R> {
    from: R,
    checksum: [u8; 32],
    blocks: u64,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(mut from: R) -> Result<Self, BadArchive> {
        let (mut magic, mut version) = ([0; 8], [0; 2]);
        from.read_exact(&mut magic).map_err(|_| BadArchive::NotOurs)?;
        if &magic != MAGIC {
            return Err(BadArchive::NotOurs);
        }
        from.read_exact(&mut version).map_err(ended)?;
        match u16::from_be_bytes(version) {
            VERSION => Ok(Self { from, checksum: [0; 32], blocks: 0 }),
            other => Err(BadArchive::Version(other)),
        }
    }

    /// The next block. A file ends with [`Block::End`], never before it.
    pub(super) fn next(&mut self) -> Result<Block, BadArchive> {
        let (mut length, mut shown) = ([0; 4], [0; 32]);
        self.from.read_exact(&mut length).map_err(ended)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > BLOCK_BYTES_MAX {
            return Err(BadArchive::Damaged(self.blocks));
        }
        let mut block = vec![0; length];
        self.from.read_exact(&mut block).map_err(ended)?;
        self.from.read_exact(&mut shown).map_err(ended)?;
        self.checksum = checksum(&self.checksum, &block);
        if self.checksum != shown {
            return Err(BadArchive::Damaged(self.blocks));
        }
        let malformed = |what: String| BadArchive::Malformed(self.blocks, what);
        let mut plain = Vec::new();
        let mut inflate = ZlibDecoder::new(block.as_slice()).take(INFLATED_BYTES_MAX);
        inflate.read_to_end(&mut plain).map_err(|error| malformed(error.to_string()))?;
        let block = minicbor::decode(&plain).map_err(|error| malformed(error.to_string()))?;
        self.blocks += 1;
        Ok(block)
    }
}

fn checksum(before: &[u8; 32], block: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(block).finalize().into()
}

fn ended(error: io::Error) -> BadArchive {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BadArchive::CutOff,
        _ => BadArchive::Io(error),
    }
}

impl<C> Encode<C> for Cell {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Null => e.null()?,
            Self::Number(number) => e.i64(*number)?,
            Self::Flag(flag) => e.bool(*flag)?,
            Self::Text(text) => e.str(text)?,
            Self::Bytes(bytes) => e.bytes(bytes)?,
        };
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Cell {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        Ok(match d.datatype()? {
            Type::Null => {
                d.null()?;
                Self::Null
            }
            Type::Bool => Self::Flag(d.bool()?),
            Type::String => Self::Text(d.str()?.to_owned()),
            Type::Bytes => Self::Bytes(d.bytes()?.to_vec()),
            _ => Self::Number(d.i64()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks() -> Vec<Block> {
        let cells = vec![
            Cell::Null,
            Cell::Number(i64::MIN),
            Cell::Flag(true),
            Cell::Text("ü".into()),
            Cell::Bytes(vec![0, 255]),
        ];
        let columns = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        vec![
            Block::Begin(1, 2, "0.1.0".into()),
            Block::Rows("log".into(), columns, vec![cells; 100]),
            Block::End(vec![("log".into(), 100)]),
        ]
    }

    fn file() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        for block in blocks() {
            writer.write(&block).unwrap();
        }
        let (file, bytes) = writer.finish().unwrap();
        assert_eq!(file.len() as u64, bytes);
        file
    }

    fn read(file: &[u8]) -> Result<Vec<Block>, BadArchive> {
        let mut reader = Reader::new(file)?;
        let mut blocks = Vec::new();
        loop {
            blocks.push(reader.next()?);
            if matches!(blocks.last(), Some(Block::End(_))) {
                return Ok(blocks);
            }
        }
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read(&file()).unwrap(), blocks());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let whole = file();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x40;
            assert!(read(&damaged).is_err(), "byte {at}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = file();
        for length in 0..whole.len() {
            let read = read(&whole[..length]);
            assert!(matches!(read, Err(BadArchive::CutOff | BadArchive::NotOurs)), "{length}");
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let mut newer = file();
        newer[9] = 2;
        assert!(matches!(read(&newer), Err(BadArchive::Version(2))));
    }
}
