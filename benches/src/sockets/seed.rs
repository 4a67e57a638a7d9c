//! Filling a list with documents, as a client that imports would: by pushes of
//! many, several at once.

use umbra_model::{Kind, Privacy, SpaceKind};
use umbra_sync_protocol::limits::PUSH_ITEMS_MAX;
use umbra_sync_protocol::wire::{ClientFrame, Create, Push, PushItem};

use crate::sockets::client::{Device, Driver, all_accepted};
use crate::sockets::corpus::{Corpus, Item};

/// Todos of one push. Small enough that the verdicts of some pushes wait for the
/// next ones' todos to be written.
const PUSH_ITEMS: usize = 128;

/// Pushes that wait for their verdicts.
const IN_FLIGHT: usize = 4;

const _: () = assert!(PUSH_ITEMS <= PUSH_ITEMS_MAX);

/// A list that was filled.
pub struct Filled {
    /// The device that filled it.
    pub author: Device,
    /// The end of its log.
    pub head: u64,
    /// The todos that were kept, spread evenly over all.
    pub kept: Vec<Item>,
    corpus: Corpus,
}

/// Makes a list of this device's account, and fills it. Of all the todos it keeps
/// so many.
pub async fn fill(author: Device, items: usize, keep: usize) -> Filled {
    let space = author.create_space(SpaceKind::List).await;
    let (mut driver, _) = Driver::greet(&author, None, Vec::new()).await;
    let mut corpus = Corpus::new(items as u64, author.prefix);
    let create = Create { space, kind: Kind::Todo, privacy: Privacy::Default };
    let (mut kept, mut head) = (Vec::with_capacity(keep), 0);
    let (mut sent, mut answered) = (0, 0);
    for from in (0..items).step_by(PUSH_ITEMS) {
        let numbers = from..items.min(from + PUSH_ITEMS);
        let mut push = Push { id: sent, atomic: false, items: Vec::with_capacity(PUSH_ITEMS) };
        for number in numbers {
            let item = corpus.item();
            let (doc, chunk) = (item.doc, item.chunk.clone().into());
            let create = Some(create.clone());
            push.items.push(PushItem { doc, create, chunks: vec![chunk], receipts: None });
            if number * keep / items != (number + 1) * keep / items {
                kept.push(item);
            }
        }
        driver.send(&ClientFrame::Push(push)).await;
        sent += 1;
        while sent - answered >= IN_FLIGHT as u32 {
            head = head.max(all_accepted(&driver.verdicts().await));
            answered += 1;
        }
    }
    for _ in answered..sent {
        head = head.max(all_accepted(&driver.verdicts().await));
    }
    Filled { author, head, kept, corpus }
}

impl Filled {
    /// Gives each todo that was kept another title, each by a push of its own.
    /// Yields the changes.
    pub async fn retitle_kept(&mut self) -> Vec<Vec<u8>> {
        let (mut driver, _) = Driver::greet(&self.author, None, Vec::new()).await;
        let mut changes = Vec::with_capacity(self.kept.len());
        for (id, item) in self.kept.iter_mut().enumerate() {
            let chunk = self.corpus.retitle(item);
            changes.push(chunk.clone());
            let item = PushItem {
                doc: item.doc,
                create: None,
                chunks: vec![chunk.into()],
                receipts: None,
            };
            let push = Push { id: id as u32, atomic: false, items: vec![item] };
            self.head = driver.push(push).await;
        }
        changes
    }
}
