//! Texts: what differs between two of them, and where a place in one is in
//! another. Positions are in characters (Unicode scalar values).

use serde::{Deserialize, Serialize};

/// The most differing characters that are looked for one by one. Beyond it the
/// comparison goes by lines, and beyond that the middle is replaced as a whole.
const DISTANCE_MAX: usize = 1_000;

/// A stretch that was replaced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Splice {
    /// Where it began, in the text before.
    pub at: usize,
    /// What went.
    pub delete: String,
    /// What came instead.
    pub insert: String,
}

impl Splice {
    /// How many characters went.
    pub fn delete_len(&self) -> usize {
        self.delete.chars().count()
    }
}

/// What leads from `before` to `after`, in ascending order, nothing touching.
pub fn diff(before: &str, after: &str) -> Vec<Splice> {
    let (old, new) = (Vec::from_iter(before.chars()), Vec::from_iter(after.chars()));
    hunks(&old, &new)
        .into_iter()
        .map(|hunk| Splice {
            at: hunk.old.start,
            delete: old[hunk.old].iter().collect(),
            insert: new[hunk.new].iter().collect(),
        })
        .collect()
}

/// The text after these splices, which are in ascending order.
pub fn apply(before: &str, splices: &[Splice]) -> String {
    let chars = Vec::from_iter(before.chars());
    let mut after = String::with_capacity(before.len());
    let mut at = 0;
    for splice in splices {
        after.extend(&chars[at..splice.at.clamp(at, chars.len())]);
        after.push_str(&splice.insert);
        at = (splice.at + splice.delete_len()).clamp(at, chars.len());
    }
    after.extend(&chars[at..]);
    after
}

/// What takes these splices back: applied to the text after, it gives the text
/// before.
pub fn invert(splices: &[Splice]) -> Vec<Splice> {
    let mut shift = 0isize;
    splices
        .iter()
        .map(|splice| {
            let (gone, come) = (splice.delete_len(), splice.insert.chars().count());
            let at = splice.at.saturating_add_signed(shift);
            shift += come.cast_signed() - gone.cast_signed();
            Splice { at, delete: splice.insert.clone(), insert: splice.delete.clone() }
        })
        .collect()
}

/// These splices of `before`, made for `now` instead: what they delete and is
/// still there goes, what they insert comes behind the same character as before.
pub fn transpose(splices: &[Splice], before: &str, now: &str) -> Vec<Splice> {
    transpose_if(splices, before, now, |_, _| true)
}

/// The same, without what would replace something of which nothing is left.
pub fn transpose_left(splices: &[Splice], before: &str, now: &str) -> Vec<Splice> {
    transpose_if(splices, before, now, |splice, left| left > 0 || splice.delete.is_empty())
}

/// The same, of those that are wanted, given how much is left of what they delete.
fn transpose_if(
    splices: &[Splice],
    before: &str,
    now: &str,
    wanted: impl Fn(&Splice, usize) -> bool,
) -> Vec<Splice> {
    if before == now {
        return splices.to_vec();
    }
    let (old, new) = (Vec::from_iter(before.chars()), Vec::from_iter(now.chars()));
    let places = Places::new(&hunks(&old, &new), old.len());
    let mut moved: Vec<Splice> = Vec::with_capacity(splices.len());
    for splice in splices {
        let surviving = places.surviving(splice.at, splice.at + splice.delete_len());
        if !wanted(splice, surviving.len()) {
            continue;
        }
        if !splice.insert.is_empty() {
            let at = places.behind(splice.at);
            push(&mut moved, Splice { at, delete: String::new(), insert: splice.insert.clone() });
        }
        for stretch in surviving {
            let delete = new[stretch.clone()].iter().collect();
            push(&mut moved, Splice { at: stretch.start, delete, insert: String::new() });
        }
    }
    moved
}

/// Appends a splice, joined to the last one where they touch.
fn push(splices: &mut Vec<Splice>, splice: Splice) {
    match splices.last_mut() {
        Some(last) if last.at + last.delete_len() == splice.at => {
            last.delete.push_str(&splice.delete);
            last.insert.push_str(&splice.insert);
        }
        _ => splices.push(splice),
    }
}

/// Where the characters of an old text are in a new one.
struct Places(Vec<Option<usize>>);

impl Places {
    fn new(hunks: &[Hunk], old_len: usize) -> Self {
        let mut places = Vec::with_capacity(old_len);
        let mut new_at = 0;
        for hunk in hunks {
            while places.len() < hunk.old.start {
                places.push(Some(new_at));
                new_at += 1;
            }
            places.resize(hunk.old.end, None);
            new_at = hunk.new.end;
        }
        while places.len() < old_len {
            places.push(Some(new_at));
            new_at += 1;
        }
        Self(places)
    }

    /// Behind the nearest character to the left that is still there.
    fn behind(&self, at: usize) -> usize {
        self.0[..at.min(self.0.len())].iter().rev().find_map(|place| *place).map_or(0, |at| at + 1)
    }

    /// Where those of a stretch are that are still there.
    fn surviving(&self, from: usize, to: usize) -> Vec<std::ops::Range<usize>> {
        let mut stretches: Vec<std::ops::Range<usize>> = Vec::new();
        let to = to.min(self.0.len());
        for place in self.0[from.min(to)..to].iter().flatten() {
            match stretches.last_mut() {
                Some(last) if last.end == *place => last.end += 1,
                _ => stretches.push(*place..place + 1),
            }
        }
        stretches
    }
}

/// Two stretches of two sequences that differ.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Hunk {
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
}

fn hunks(old: &[char], new: &[char]) -> Vec<Hunk> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle_old = &old_rest[..old_rest.len() - tail];
    let middle_new = &new_rest[..new_rest.len() - tail];
    if middle_old.is_empty() && middle_new.is_empty() {
        return Vec::new();
    }
    let found = match myers(middle_old, middle_new) {
        Some(found) => found,
        None => by_lines(middle_old, middle_new),
    };
    found
        .into_iter()
        .map(|hunk| Hunk {
            old: hunk.old.start + head..hunk.old.end + head,
            new: hunk.new.start + head..hunk.new.end + head,
        })
        .collect()
}

/// The same, looking at whole lines; where even these are too many that differ,
/// everything does.
fn by_lines(old: &[char], new: &[char]) -> Vec<Hunk> {
    let (old_lines, new_lines) = (lines(old), lines(new));
    let offsets = |lines: &[&[char]]| {
        let mut offsets = vec![0];
        for line in lines {
            offsets.push(offsets.last().copied().unwrap_or_default() + line.len());
        }
        offsets
    };
    let Some(found) = myers(&old_lines, &new_lines) else {
        return vec![Hunk { old: 0..old.len(), new: 0..new.len() }];
    };
    let (old_at, new_at) = (offsets(&old_lines), offsets(&new_lines));
    found
        .into_iter()
        .map(|hunk| Hunk {
            old: old_at[hunk.old.start]..old_at[hunk.old.end],
            new: new_at[hunk.new.start]..new_at[hunk.new.end],
        })
        .collect()
}

fn lines(text: &[char]) -> Vec<&[char]> {
    text.split_inclusive(|char| *char == '\n').collect()
}

/// The shortest way from one sequence to the other (E. Myers, 1986), if it has at
/// most [`DISTANCE_MAX`] steps.
fn myers<T: PartialEq>(old: &[T], new: &[T]) -> Option<Vec<Hunk>> {
    let (old_len, new_len) = (old.len().cast_signed(), new.len().cast_signed());
    let reach = (old.len() + new.len()).min(DISTANCE_MAX);
    let middle = reach.cast_signed() + 1;
    // furthest[k]: how far in `old` one comes on the diagonal k, with d steps.
    let mut furthest = vec![0isize; 2 * reach + 3];
    let mut trace = Vec::new();
    for steps in 0..=reach.cast_signed() {
        let before = furthest[(middle - steps - 1).cast_unsigned()..]
            [..(2 * steps + 3).cast_unsigned()]
            .to_vec();
        trace.push(before);
        for diagonal in (-steps..=steps).step_by(2) {
            let at = |k: isize| furthest[(middle + k).cast_unsigned()];
            let down =
                diagonal == -steps || (diagonal != steps && at(diagonal - 1) < at(diagonal + 1));
            let mut x = if down { at(diagonal + 1) } else { at(diagonal - 1) + 1 };
            let mut y = x - diagonal;
            while x < old_len && y < new_len && old[x.cast_unsigned()] == new[y.cast_unsigned()] {
                x += 1;
                y += 1;
            }
            furthest[(middle + diagonal).cast_unsigned()] = x;
            if x >= old_len && y >= new_len {
                return Some(walk_back(&trace, old_len, new_len));
            }
        }
    }
    None
}

/// Follows the trace of [`myers`] back to the start and joins its steps to hunks.
fn walk_back(trace: &[Vec<isize>], old_len: isize, new_len: isize) -> Vec<Hunk> {
    let (mut x, mut y) = (old_len, new_len);
    let mut found: Vec<Hunk> = Vec::new();
    for steps in (1..trace.len().cast_signed()).rev() {
        let before = &trace[steps.cast_unsigned()];
        let at = |k: isize| before[(k + steps + 1).cast_unsigned()];
        let diagonal = x - y;
        let down = diagonal == -steps || (diagonal != steps && at(diagonal - 1) < at(diagonal + 1));
        let from = if down { diagonal + 1 } else { diagonal - 1 };
        let (from_x, from_y) = (at(from), at(from) - from);
        let (to_x, to_y) = if down { (from_x, from_y + 1) } else { (from_x + 1, from_y) };
        let hunk = Hunk {
            old: from_x.cast_unsigned()..to_x.cast_unsigned(),
            new: from_y.cast_unsigned()..to_y.cast_unsigned(),
        };
        match found.last_mut() {
            Some(last) if last.old.start == hunk.old.end && last.new.start == hunk.new.end => {
                last.old.start = hunk.old.start;
                last.new.start = hunk.new.start;
            }
            _ => found.push(hunk),
        }
        (x, y) = (from_x, from_y);
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str) {
        let splices = diff(before, after);
        assert_eq!(apply(before, &splices), after, "{splices:?}");
        assert_eq!(apply(after, &invert(&splices)), before, "{splices:?}");
        for pair in splices.windows(2) {
            assert!(pair[0].at + pair[0].delete_len() < pair[1].at, "touching: {splices:?}");
        }
    }

    #[test]
    fn what_differs_is_all_that_is_touched() {
        assert_eq!(
            diff("buy milk and bread", "buy oat milk and rye bread"),
            [
                Splice { at: 4, delete: String::new(), insert: "oat ".to_owned() },
                Splice { at: 12, delete: String::new(), insert: " rye".to_owned() },
            ]
        );
        assert_eq!(diff("same", "same"), []);
    }

    #[test]
    fn a_difference_leads_there_and_back() {
        for (before, after) in [
            ("", ""),
            ("", "a"),
            ("a", ""),
            ("abc", "xyz"),
            ("kitten", "sitting"),
            ("aaaa", "aa"),
            ("🎉 Grüße", "🎊 Gruß 🎉"),
            ("one\ntwo\nthree\n", "zero\none\nthree\nfour"),
        ] {
            check(before, after);
            check(after, before);
        }
    }

    #[test]
    fn random_texts_lead_there_and_back() {
        let mut dice = 0x9e37_79b9_7f4a_7c15u64;
        let mut roll = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        for _ in 0..2_000 {
            let mut text = |len: u64| -> String {
                (0..roll(len)).map(|_| char::from(b'a' + u8::try_from(roll(3)).unwrap())).collect()
            };
            check(&text(30), &text(30));
        }
    }

    #[test]
    fn large_differences_cost_bounded_work() {
        let numbers =
            |from: usize| (from..from + 9_000).map(|n| format!("{n}\n")).collect::<String>();
        let (before, after) = (numbers(0), numbers(400));
        check(&before, &after);
        assert_eq!(diff(&before, &after).len(), 2, "by lines");
        let letters = |of: [char; 3]| (0..20_000).map(|n| of[n * n % 7 % 3]).collect::<String>();
        let splices = diff(&letters(['a', 'b', 'c']), &letters(['d', 'e', 'f']));
        assert_eq!(splices.len(), 1, "as a whole");
    }

    #[test]
    fn splices_find_their_place_in_another_text() {
        let transposed = |before: &str, after: &str, now: &str| {
            apply(now, &transpose(&diff(before, after), before, now))
        };
        assert_eq!(transposed("milk", "milk!", "AAA milk"), "AAA milk!");
        assert_eq!(transposed("AAA milk", "AAA oat milk", "milk"), "oat milk");
        assert_eq!(transposed("a b c", "a c", "a b d c"), "a d c", "only what it deleted goes");
        assert_eq!(transposed("one two", "one 2", "one"), "one2");
        assert_eq!(transposed("abcd", "acXd", "abd"), "aXd");
        assert_eq!(transposed("abc", "", "xaybzcw"), "xyzw", "what others wrote stays");
    }
}
