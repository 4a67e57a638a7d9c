//! Fractional indexes.

use umbra_model::limits::ORDER_BYTES_MAX;
use umbra_model::value::order::{between, check};

#[test]
fn what_is_made_is_an_index_and_lies_between() {
    for (before, after) in [
        (None, None),
        (Some("V"), None),
        (None, Some("V")),
        (None, Some("1")),
        (None, Some("01")),
        (Some("V"), Some("W")),
        (Some("V"), Some("V1")),
        (Some("V"), Some("V01")),
        (Some("Vz"), Some("W")),
        (Some("z"), None),
        (Some("zzz"), None),
    ] {
        let index = between(before, after).unwrap();
        assert_eq!(check(&index), Ok(()));
        assert!(before.is_none_or(|before| before < index.as_str()), "{before:?} {index}");
        assert!(after.is_none_or(|after| index.as_str() < after), "{index} {after:?}");
    }
}

#[test]
fn neighbours_out_of_order_make_an_index_behind_the_first() {
    for after in ["V", "A"] {
        let index = between(Some("V"), Some(after)).unwrap();
        assert!("V" < index.as_str());
    }
}

/// Inserts again and again at the place that `pick` names, and counts how often it goes.
fn insertions(most: usize, pick: impl Fn(usize) -> usize) -> usize {
    let mut indexes: Vec<String> = Vec::new();
    for count in 0..most {
        let at = pick(count);
        let before = at.checked_sub(1).map(|at| indexes[at].as_str());
        let Some(index) = between(before, indexes.get(at).map(String::as_str)) else {
            return count;
        };
        assert_eq!(check(&index), Ok(()));
        indexes.insert(at, index);
        assert!(indexes.is_sorted());
    }
    most
}

#[test]
fn thousands_go_at_either_end_and_hundreds_at_one_place() {
    assert_eq!(insertions(5_000, |count| count), 5_000);
    assert_eq!(insertions(5_000, |_| 0), 5_000);
    assert!(insertions(5_000, |count| count / 2) > 900);
    assert!(insertions(5_000, |count| count.min(1)) > 900);
}

#[test]
fn a_used_up_place_is_told() {
    let before = "1".repeat(ORDER_BYTES_MAX);
    let after = format!("{}2", "1".repeat(ORDER_BYTES_MAX - 1));
    assert_eq!(between(Some(&before), Some(&after)), None);
    assert!(between(Some(&before), None).is_some());
}

#[test]
fn other_texts_are_no_indexes() {
    let long = "1".repeat(ORDER_BYTES_MAX + 1);
    for text in ["", "0", "V0", "V-", "V ", "é", &long] {
        assert!(check(text).is_err(), "{text}");
    }
    assert_eq!(check(&"1".repeat(ORDER_BYTES_MAX)), Ok(()));
}
