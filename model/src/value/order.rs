//! Fractional indexes: texts whose order is the order of things, with always
//! room for another between two. Moving a thing writes only its own index, so
//! concurrent moves never double or lose anything.

use crate::limits::ORDER_BYTES_MAX;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The text is no fractional index.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a fractional index: 1 to {ORDER_BYTES_MAX} of 0-9A-Za-z, not ending in 0")]
pub struct BadOrder(pub String);

/// Whether this is a fractional index. One that ends in `0` has none just before
/// it, so there is none such.
///
/// # Errors
/// [`BadOrder`] for any other text.
pub fn check(text: &str) -> Result<(), BadOrder> {
    let fits = (1..=ORDER_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !text.ends_with('0');
    fits.then_some(()).ok_or_else(|| BadOrder(text.to_owned()))
}

/// A short index between these two; `None` stands for the beginning or the end.
/// Where the two are not in order, as after a concurrent move, it lies behind the first.
/// `None` where the place is used up and the neighbours must be given new indexes.
pub fn between(before: Option<&str>, after: Option<&str>) -> Option<String> {
    let low = before.unwrap_or_default().as_bytes();
    let high = after.map(str::as_bytes).filter(|high| low < *high);
    let mut index = Vec::new();
    // While both agree, so does what lies between; from then on only one of them binds.
    let (mut at, mut bound) = (0, high);
    loop {
        let from = low.get(at).map_or(0, |byte| value(*byte));
        let to = bound.map_or(DIGITS.len(), |high| high.get(at).map_or(0, |byte| value(*byte)));
        if from + 1 < to {
            index.push(DIGITS[middle(from, to, before.is_some(), high.is_some())]);
            break;
        }
        index.push(DIGITS[from]);
        if from < to {
            bound = None;
        }
        at += 1;
        if at >= ORDER_BYTES_MAX {
            return None;
        }
    }
    String::from_utf8(index).ok()
}

/// Half-way, but close to the end that things are added at: lists grow there.
fn middle(from: usize, to: usize, after_one: bool, before_one: bool) -> usize {
    match (after_one, before_one) {
        (true, false) => from + 1,
        (false, true) => to - 1,
        _ => from + (to - from) / 2,
    }
}

/// The digit that a byte stands for; a byte that is none counts as the least.
fn value(byte: u8) -> usize {
    DIGITS.iter().position(|digit| *digit == byte).unwrap_or(0)
}
