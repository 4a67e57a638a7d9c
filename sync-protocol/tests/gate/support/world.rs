//! Several devices and a server: offline, online, concurrent, forgetful.

use automerge::ActorId;
use rand::{Rng, RngExt};
use umbra_model::Kind;
use umbra_sync_protocol::gate::{Author, DocFacts, GateDoc, Judgement};
use umbra_sync_protocol::view::view;

use super::device::Device;
use super::scene::sound;
use super::{facts, habits};

/// A device, and how far it and the server know of one another.
pub struct Peer {
    pub device: Device,
    /// Made and not yet pushed.
    pending: Vec<Vec<u8>>,
    /// How much of the log it has.
    seen: usize,
}

/// A document's life.
pub struct World {
    pub facts: DocFacts,
    pub server: GateDoc,
    /// Every accepted chunk.
    pub log: Vec<Vec<u8>>,
    pub peers: Vec<Peer>,
}

impl World {
    /// A document that the first of these creates.
    pub fn new(kind: Kind, authors: &[Author], rng: &mut impl Rng) -> Self {
        let peer = |author: &Author| {
            let device = Device::new(kind, *author);
            Peer { device, pending: Vec::new(), seen: 0 }
        };
        let peers = authors.iter().map(peer).collect();
        let (facts, server) = (facts(kind), GateDoc::new(kind));
        let mut world = Self { facts, server, log: Vec::new(), peers };
        let first = habits::create(&mut world.peers[0].device, &facts, rng);
        world.peers[0].pending.push(first);
        world.sync(0);
        world
    }

    /// Something happens.
    pub fn step(&mut self, rng: &mut impl Rng) {
        let at = rng.random_range(0..self.peers.len());
        match rng.random_range(0..20) {
            0..12 => self.edit(at, rng),
            12..17 => self.sync(at),
            17 => self.pull(at),
            18 => self.forget(at, rng),
            _ => self.reopen(rng),
        }
    }

    /// Everyone syncs until all have all.
    pub fn settle(&mut self) {
        (0..self.peers.len()).for_each(|at| self.sync(at));
        (0..self.peers.len()).for_each(|at| self.pull(at));
    }

    /// All see the same, and the document is sound.
    #[track_caller]
    pub fn assert_converged(&self) {
        let kind = self.facts.kind;
        let truth = view(self.server.document(), kind);
        for peer in &self.peers {
            assert_eq!(peer.device.document.get_heads(), self.server.document().get_heads());
            assert_eq!(view(&peer.device.document, kind), truth);
        }
        sound(&self.server);
    }

    pub fn edit(&mut self, at: usize, rng: &mut impl Rng) {
        let peer = &mut self.peers[at];
        peer.pending.extend(habits::edit(&mut peer.device, &self.facts, rng));
    }

    /// Pushes what is pending, and takes what is new.
    #[track_caller]
    pub fn sync(&mut self, at: usize) {
        self.push(at);
        self.pull(at);
    }

    /// Pushes what is pending, in one push.
    #[track_caller]
    pub fn push(&mut self, at: usize) {
        let pending = std::mem::take(&mut self.peers[at].pending);
        let author = self.peers[at].device.author;
        let judged = self.server.judge(&pending, &author, &self.facts);
        for (judged, chunk) in judged.iter().zip(pending) {
            assert!(matches!(judged, Judgement::Accepted { .. }), "{judged:?}");
            self.log.push(chunk);
        }
    }

    /// Takes what is new; what is pending stays so.
    fn pull(&mut self, at: usize) {
        let peer = &mut self.peers[at];
        peer.device.take(&self.log[peer.seen..]);
        peer.seen = self.log.len();
    }

    /// A device starts over from what the server has, under a fresh actor.
    fn forget(&mut self, at: usize, rng: &mut impl Rng) {
        self.sync(at);
        let device = &mut self.peers[at].device;
        let actor = device.author.prefix.actor(rng.random());
        device.document = self.server.document().clone();
        device.document.set_actor(ActorId::from(actor));
    }

    /// The server opens the document again: folded, from the log, or half of each.
    fn reopen(&mut self, rng: &mut impl Rng) {
        let kind = self.facts.kind;
        let chunks = |from: usize| self.log[from..].iter().map(Vec::as_slice);
        let folded = rng.random_range(0..=self.log.len());
        let half = GateDoc::open(kind, None, chunks(0).take(folded)).unwrap();
        let saved = half.save();
        let opened = GateDoc::open(kind, Some(&saved), chunks(folded)).unwrap();
        assert_eq!(opened.heads(), self.server.heads());
        self.server = opened;
    }
}
