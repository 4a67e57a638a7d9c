//! A guard around the library: it panics on some inputs, and a server must not.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The library panicked, with this message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Panicked(pub(crate) String);

/// Runs this, and yields an error where it panics. Such a panic isn't printed:
/// it is a peer's fault, and a peer must not be able to fill a log.
///
/// What a panic interrupted may be half changed, so only what is thrown away
/// afterwards may be touched inside.
pub(crate) fn guarded<T>(risky: impl FnOnce() -> T) -> Result<T, Panicked> {
    hush_guarded_panics();
    let outer = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(risky));
    GUARDED.set(outer);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Panicked(text.unwrap_or_default())
    })
}

/// Puts a hook before the one that is there, once a process.
fn hush_guarded_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| panic!("no")), Err::<(), _>(Panicked("no".to_owned())));
        let number = 7;
        assert_eq!(guarded(|| panic!("{number}")), Err::<(), _>(Panicked("7".to_owned())));
        assert!(!GUARDED.get());
    }

    #[test]
    fn guards_nest() {
        let inner = guarded(|| {
            let inner = guarded(|| panic!("inner"));
            assert!(GUARDED.get());
            inner
        });
        assert_eq!(inner, Ok(Err::<(), _>(Panicked("inner".to_owned()))));
    }
}
