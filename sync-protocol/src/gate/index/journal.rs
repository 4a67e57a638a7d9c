//! Taking steps back. Everything that a refused change entered goes again, in the
//! opposite order, so that the index is as if the change had never been seen.

use super::{Index, NodeId, OpKind};

/// Something that can be taken back.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// An operation was entered.
    Op,
    /// A key was entered.
    Key,
    /// This operation was superseded, and maybe not for the first time.
    Superseded { at: u32, first: bool },
    /// A change was entered, and these heads are none any more.
    Node(Vec<NodeId>),
}

/// A place in the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize);

impl Index {
    /// Where the journal stands.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Takes back every step behind the mark.
    pub(crate) fn roll_back(&mut self, Mark(len): Mark) {
        while self.journal.len() > len
            && let Some(step) = self.journal.pop()
        {
            self.take_back(step);
        }
    }

    /// Makes every step final.
    pub(crate) fn settle(&mut self) {
        self.journal.clear();
        // A pasted text has a step for each character, and is rare.
        self.journal.shrink_to(256);
    }

    fn take_back(&mut self, step: Step) {
        match step {
            Step::Op => self.take_back_op(),
            Step::Key => {
                let Some(key) = self.keys.pop() else { return };
                self.containers[key.container as usize].keys.remove(&key.name);
            }
            Step::Superseded { at, first } => self.take_back_superseded(at, first),
            Step::Node(dropped) => self.graph.pop(&dropped),
        }
    }

    fn take_back_op(&mut self) {
        let Some(op) = self.ops.pop() else { return };
        match op.kind {
            OpKind::Put(key) => {
                self.keys[key as usize].live.pop();
            }
            OpKind::Insert => {
                let text = &mut self.containers[op.container as usize];
                text.inserted -= 1;
                text.visible -= 1;
            }
            OpKind::Make | OpKind::Delete => {}
        }
    }

    fn take_back_superseded(&mut self, at: u32, first: bool) {
        let op = &mut self.ops[at as usize];
        op.gone = !first;
        match op.kind {
            OpKind::Put(key) => {
                let key = &mut self.keys[key as usize];
                key.superseded.pop();
                if first {
                    key.live.insert(key.live.partition_point(|live| *live < at), at);
                }
            }
            OpKind::Insert if first => self.containers[op.container as usize].visible += 1,
            _ => {}
        }
    }
}
