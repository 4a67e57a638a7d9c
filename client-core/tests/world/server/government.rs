//! Members and commands.

use umbra_model::{DeviceId, DocId, Role, SpaceId, UserId};
use umbra_sync_protocol::wire::{
    Answer, Command, Event, Fault, MemberEvent, PurgeOrder, ServerFrame,
};

use super::{Account, Server, member_seal};

impl Server {
    /// Gives a role, another role, or none.
    pub fn set_role(&mut self, space: SpaceId, user: UserId, role: Option<Role>) {
        let owner = self.disk.spaces[&space].owner();
        let members = &mut self.disk.spaces.get_mut(&space).unwrap().members;
        let before = members.get(&user).copied();
        if before == role || before == Some(Role::Owner) {
            return;
        }
        match role {
            Some(role) => drop(members.insert(user, role)),
            None => drop(members.remove(&user)),
        }
        if before.is_none() {
            // Whoever is back keeps what they had not removed yet.
            let devices = self.devices_of(user);
            self.orders.retain(|(device, it)| it.space != space || !devices.contains(device));
        }
        self.log_member(space, user, role, owner);
        for device in self.devices_of(user) {
            match role {
                Some(_) if before.is_none() => self.begin_stream(device, space, None, true),
                Some(_) => {
                    let state = self.state(space, user, false);
                    self.send(device, ServerFrame::Space(state));
                }
                None => self.order(device, space, None, "removed"),
            }
        }
    }

    pub(super) fn log_member(
        &mut self,
        space: SpaceId,
        user: UserId,
        role: Option<Role>,
        by: UserId,
    ) {
        let seq = self.disk.spaces[&space].log.len() as u64 + 1;
        let receipt = member_seal(space, seq, user, role, by);
        let name = format!("user-{}", user.0.as_u128());
        let event = Event::Member(MemberEvent { user, name, role, by, receipt });
        self.append(space, event);
        self.publish(space, None);
    }

    pub(super) fn order(
        &mut self,
        device: DeviceId,
        space: SpaceId,
        doc: Option<DocId>,
        reason: &str,
    ) {
        self.last_order += 1;
        let order = self.last_order;
        let order = PurgeOrder { order, space, doc, reason: reason.to_owned() };
        self.orders.push((device, order.clone()));
        self.live.remove(&(device, space));
        self.send(device, ServerFrame::Purge(order));
    }

    pub(super) fn command(&mut self, account: &Account, id: u32, command: Command) {
        let mut error = None;
        match command {
            Command::CreateSpace(space, kind) => {
                if !self.disk.spaces.contains_key(&space) {
                    self.found(space, kind, account.user);
                    for device in self.devices_of(account.user) {
                        self.begin_stream(device, space, None, true);
                    }
                }
            }
            Command::RestoreMember(event, space, seq) => {
                let MemberEvent { user, role, by, receipt, .. } = event;
                let is_true = receipt == member_seal(space, seq, user, role, by);
                let lacks = self
                    .disk
                    .spaces
                    .get(&space)
                    .is_some_and(|it| it.recovering && it.members.get(&user).copied() != role);
                if is_true && lacks {
                    let members = &mut self.disk.spaces.get_mut(&space).unwrap().members;
                    match role {
                        Some(role) => drop(members.insert(user, role)),
                        None => drop(members.remove(&user)),
                    }
                    self.log_member(space, user, role, by);
                    for device in self.devices_of(user) {
                        match role {
                            Some(_) => self.begin_stream(device, space, None, true),
                            None => self.order(device, space, None, "removed"),
                        }
                    }
                } else if !is_true {
                    error = Some("receipt_invalid");
                }
            }
            Command::Recovered(space) => {
                let row = self.disk.spaces.get_mut(&space);
                let row = row.filter(|row| row.owner() == account.user && row.recovering);
                match row {
                    Some(row) => row.recovering = false,
                    None => error = Some("not_recovering"),
                }
                for (user, device) in self.followers(space) {
                    let state = self.state(space, user, false);
                    self.send(device, ServerFrame::Space(state));
                }
            }
            Command::SetPrivacy(..) => error = Some("not_found"),
        }
        let error =
            error.map(|code| Fault { code: code.to_owned(), message: String::new(), fatal: false });
        self.send(account.device, ServerFrame::Answer(Answer { id, error }));
    }
}
