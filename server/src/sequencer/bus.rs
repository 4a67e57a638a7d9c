//! Word between the nodes of one database: which spaces moved, and what was
//! revoked. All of it is a hint that sends a node to look at the database; a
//! periodic look makes up for what is never heard.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::counter;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use umbra_model::{DeviceId, SpaceId, UserId};
use uuid::Uuid;

use super::{Committed, Concern, Fanout, Revocation};
use crate::store::{Engine, HINT_BYTES_MAX, Heard, Store};

/// How often the heads of live spaces are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long it keeps quiet when it has said something: under load many commits share
/// one notification.
const QUIET_FOR: Duration = Duration::from_millis(5);

/// The most words that wait to be said. Beyond, the others are told to look at
/// everything.
const WORDS_MAX: usize = 4_096;

/// Says to other nodes what happened on this one. Does nothing on SQLite, where
/// there are none. Cheap to clone.
#[derive(Clone)]
pub(super) struct Bus {
    words: Option<Arc<Words>>,
}

struct Words {
    node: u64,
    waiting: Mutex<BTreeSet<Word>>,
    wake: Notify,
}

/// What is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Word {
    /// Anything may have happened.
    Everything,
    Moved(Uuid),
    User(Uuid),
    Device(Uuid),
    Session(Uuid),
    Replica(Uuid),
    Member(Uuid),
    Orders(Uuid),
}

impl Bus {
    pub(super) fn start(
        store: &Store,
        fanout: &Arc<dyn Fanout>,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        if store.engine() == Engine::Sqlite {
            return Self { words: None };
        }
        let words = Arc::new(Words {
            // It need only differ from the other nodes'; it is no secret.
            node: getrandom::u64().unwrap_or_else(|_| std::process::id().into()),
            waiting: Mutex::default(),
            wake: Notify::new(),
        });
        let say = say(Arc::clone(&words), store.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(say));
        let hear = hear(words.node, store.clone(), Arc::clone(fanout));
        tasks.spawn(stop.clone().run_until_cancelled_owned(hear));
        let look = look(store.clone(), Arc::clone(fanout));
        tasks.spawn(stop.clone().run_until_cancelled_owned(look));
        Self { words: Some(words) }
    }

    /// Something was appended to a space's log, or it changed otherwise.
    pub(super) fn committed(&self, committed: &Committed) {
        self.add(Word::Moved(committed.space.0));
        for change in &committed.members {
            self.add(Word::Member(change.user.0));
        }
        for (device, _) in &committed.purges {
            self.add(Word::Orders(device.0));
        }
    }

    /// Something was revoked.
    pub(super) fn revoked(&self, revocation: Revocation) {
        self.add(match revocation {
            Revocation::User(user) => Word::User(user.0),
            Revocation::Device(device) => Word::Device(device.0),
            Revocation::Session(session) => Word::Session(session),
            Revocation::Replica(device) => Word::Replica(device.0),
        });
    }

    fn add(&self, word: Word) {
        let Some(words) = &self.words else { return };
        let mut waiting = words.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WORDS_MAX {
            waiting.clear();
            waiting.insert(Word::Everything);
        }
        waiting.insert(word);
        drop(waiting);
        words.wake.notify_one();
    }
}

/// Says what waits, all of it at once; what comes meanwhile goes with the next.
async fn say(words: Arc<Words>, store: Store) {
    loop {
        words.wake.notified().await;
        let waiting =
            std::mem::take(&mut *words.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for message in messages(words.node, &waiting) {
            counter!("umbra_notifications_total").increment(1);
            if let Err(error) = store.hint(&message).await {
                tracing::warn!(%error, "other nodes weren't told; they will see by themselves");
            }
        }
        sleep(QUIET_FOR).await;
    }
}

async fn hear(node: u64, store: Store, fanout: Arc<dyn Fanout>) {
    let mut pause = interval(Duration::from_millis(250));
    let mut hints = loop {
        pause.tick().await;
        match store.hints().await {
            Ok(Some(hints)) => break hints,
            Ok(None) => return,
            Err(error) => tracing::warn!(%error, "not listening to other nodes"),
        }
    };
    // What was said before this moment wasn't heard.
    interrupted(&*fanout);
    loop {
        match hints.next().await {
            Heard::Interrupted => interrupted(&*fanout),
            Heard::Word(message) => {
                for word in parse(node, &message) {
                    tell(&*fanout, word);
                }
            }
        }
    }
}

fn tell(fanout: &dyn Fanout, word: Word) {
    match word {
        Word::Everything => interrupted(fanout),
        Word::Moved(space) => fanout.may_have_moved(SpaceId(space), None),
        Word::User(user) => fanout.revoked(Revocation::User(UserId(user))),
        Word::Device(device) => fanout.revoked(Revocation::Device(DeviceId(device))),
        Word::Session(session) => fanout.revoked(Revocation::Session(session)),
        Word::Replica(device) => fanout.revoked(Revocation::Replica(DeviceId(device))),
        Word::Member(user) => fanout.concerns(Concern::Member(UserId(user))),
        Word::Orders(device) => fanout.concerns(Concern::Orders(DeviceId(device))),
    }
}

fn interrupted(fanout: &dyn Fanout) {
    fanout.resumed();
    for space in fanout.live_spaces() {
        fanout.may_have_moved(space, None);
    }
}

/// Looks at the heads of live spaces from time to time.
async fn look(store: Store, fanout: Arc<dyn Fanout>) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let live = fanout.live_spaces();
        if live.is_empty() {
            continue;
        }
        match store.heads(&live).await {
            Ok(heads) => {
                for (space, head) in heads {
                    fanout.may_have_moved(space, Some(head));
                }
            }
            Err(error) => tracing::warn!(%error, "the heads of live spaces can't be read"),
        }
    }
}

/// The words as messages, each within the bound: the node, then a letter and an id
/// for each.
fn messages(node: u64, words: &BTreeSet<Word>) -> Vec<String> {
    const WORD_BYTES: usize = 34;
    let words: Vec<_> = words.iter().collect();
    let messages = words.chunks((HINT_BYTES_MAX - 16) / WORD_BYTES).map(|words| {
        let mut message = format!("{node:016x}");
        for word in words {
            let (letter, id) = match word {
                Word::Everything => ('*', Uuid::nil()),
                Word::Moved(id) => ('m', *id),
                Word::User(id) => ('u', *id),
                Word::Device(id) => ('d', *id),
                Word::Session(id) => ('s', *id),
                Word::Replica(id) => ('r', *id),
                Word::Member(id) => ('e', *id),
                Word::Orders(id) => ('o', *id),
            };
            // Writing to a string never fails.
            let _ = write!(message, " {letter}{}", id.simple());
        }
        message
    });
    messages.collect()
}

/// What another node said. What can't be read is left out: it is from a newer one.
fn parse(node: u64, message: &str) -> impl Iterator<Item = Word> {
    let mut parts = message.split(' ');
    let from = parts.next().and_then(|hex| u64::from_str_radix(hex, 16).ok());
    parts.filter(move |_| from != Some(node)).filter_map(|part| {
        let mut letters = part.chars();
        let letter = letters.next()?;
        let id = Uuid::from_str(letters.as_str()).ok()?;
        match letter {
            '*' => Some(Word::Everything),
            'm' => Some(Word::Moved(id)),
            'u' => Some(Word::User(id)),
            'd' => Some(Word::Device(id)),
            's' => Some(Word::Session(id)),
            'r' => Some(Word::Replica(id)),
            'e' => Some(Word::Member(id)),
            'o' => Some(Word::Orders(id)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_arrive_as_they_were_said() {
        let ids = (0..700_u128).map(Uuid::from_u128);
        let mut words: BTreeSet<_> = ids.map(Word::Moved).collect();
        words.extend([Word::User(Uuid::from_u128(1)), Word::Device(Uuid::from_u128(2))]);
        words.extend([Word::Session(Uuid::from_u128(3)), Word::Everything]);
        words.insert(Word::Replica(Uuid::from_u128(6)));
        words.extend([Word::Member(Uuid::from_u128(4)), Word::Orders(Uuid::from_u128(5))]);
        let messages = messages(7, &words);
        assert!(messages.len() > 1);
        assert!(messages.iter().all(|message| message.len() <= HINT_BYTES_MAX));
        let heard: BTreeSet<_> = messages.iter().flat_map(|message| parse(8, message)).collect();
        assert_eq!(heard, words);
        assert_eq!(messages.iter().flat_map(|message| parse(7, message)).count(), 0, "its own");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let id = Uuid::from_u128(1).simple();
        let message = format!("0000000000000008 x{id} m{id} mzz ü m");
        assert_eq!(Vec::from_iter(parse(7, &message)), [Word::Moved(Uuid::from_u128(1))]);
        assert_eq!(parse(7, "").count(), 0);
    }
}
