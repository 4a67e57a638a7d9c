//! Which connections there are, and which spaces they follow.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use umbra_model::{SpaceId, UserId};

use super::line::Line;
use super::presence::Allowance;
use crate::sequencer::ConnectionId;

/// Which connections there are, by what they are looked up by.
#[derive(Debug, Default)]
pub(super) struct Registry {
    lines: HashMap<ConnectionId, Arc<Line>>,
    users: HashMap<UserId, usize>,
    spaces: HashMap<SpaceId, Audience>,
}

/// Those who follow a space.
#[derive(Debug, Default)]
pub(super) struct Audience {
    pub(super) lines: Vec<Arc<Line>>,
    /// How far the log goes, as far as all of them were told.
    pub(super) head: AtomicU64,
    /// How much presence may still be passed on.
    pub(super) presence: Mutex<Allowance>,
}

impl Registry {
    pub(super) fn add(&mut self, line: &Arc<Line>) {
        self.lines.insert(line.id, Arc::clone(line));
        *self.users.entry(line.user).or_default() += 1;
    }

    pub(super) fn remove(&mut self, line: &Line, followed: &[SpaceId]) {
        self.lines.remove(&line.id);
        if let Some(count) = self.users.get_mut(&line.user) {
            *count -= 1;
            if *count == 0 {
                self.users.remove(&line.user);
            }
        }
        for space in followed {
            self.unfollow(*space, line.id);
        }
    }

    pub(super) fn follow(&mut self, space: SpaceId, line: &Arc<Line>) {
        let audience = self.spaces.entry(space).or_default();
        if !audience.lines.iter().any(|it| it.id == line.id) {
            audience.lines.push(Arc::clone(line));
        }
    }

    pub(super) fn unfollow(&mut self, space: SpaceId, line: ConnectionId) {
        if let Some(audience) = self.spaces.get_mut(&space) {
            audience.lines.retain(|it| it.id != line);
            if audience.lines.is_empty() {
                self.spaces.remove(&space);
            }
        }
    }

    /// Those who follow a space; none where nobody does.
    pub(super) fn audience_of(&self, space: SpaceId) -> Option<&Audience> {
        self.spaces.get(&space)
    }

    pub(super) fn audience(&self, space: SpaceId) -> Vec<Arc<Line>> {
        self.audience_of(space).map(|audience| audience.lines.clone()).unwrap_or_default()
    }

    pub(super) fn lines(&self) -> Vec<Arc<Line>> {
        self.lines.values().cloned().collect()
    }

    pub(super) fn lines_of(&self, user: UserId) -> impl Iterator<Item = &Arc<Line>> {
        // Few commits change who is in a space, so this may take a look at all.
        let present = self.users.contains_key(&user);
        self.lines.values().filter(move |line| present && line.user == user)
    }

    pub(super) fn sockets_of(&self, user: UserId) -> usize {
        self.users.get(&user).copied().unwrap_or(0)
    }

    pub(super) fn followed(&self) -> Vec<SpaceId> {
        self.spaces.keys().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }
}
