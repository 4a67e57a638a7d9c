//! Frames to bytes and back.

use minicbor::{Decode, Encode};

use crate::limits::FRAME_BYTES_MAX;

/// Why a message isn't a frame.
#[derive(Debug, thiserror::Error)]
pub enum BadFrame {
    /// It is larger than any frame.
    #[error("the message has {0} bytes; a frame has at most {FRAME_BYTES_MAX}")]
    TooLarge(usize),
    /// It isn't the CBOR it should be.
    #[error("the message is no frame: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// Something follows the frame.
    #[error("{0} bytes follow the frame")]
    Trailing(usize),
}

impl BadFrame {
    /// The stable code that the peer is told.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "frame_too_large",
            Self::Malformed(_) | Self::Trailing(_) => "frame_malformed",
        }
    }
}

/// The bytes of a frame.
pub fn encode<T: Encode<()>>(frame: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    let Ok(()) = minicbor::encode(frame, &mut bytes) else {
        unreachable!("a vector takes every byte")
    };
    bytes
}

/// The frame that these bytes are.
///
/// # Errors
/// [`BadFrame`] where they are too many, no such frame, or more than one.
pub fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, BadFrame> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(BadFrame::TooLarge(bytes.len()));
    }
    let mut decoder = minicbor::Decoder::new(bytes);
    let frame = decoder.decode()?;
    match bytes.len() - decoder.position() {
        0 => Ok(frame),
        rest => Err(BadFrame::Trailing(rest)),
    }
}
