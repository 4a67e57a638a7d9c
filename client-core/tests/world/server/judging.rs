//! Pushes, each change through the real gate.

use std::collections::BTreeMap;

use umbra_model::policy::{Action, Ask, decide};
use umbra_model::{Role, SpaceId};
use umbra_sync_protocol::gate::{Author, Code, Judgement};
use umbra_sync_protocol::wire::{
    Accepted, ChangeHash, Cover, Event, Push, PushItem, ServerFrame, Verdict, Verdicts,
};

use super::{Account, Server, change_seal, refused};

impl Server {
    pub(super) fn push(&mut self, account: &Account, push: Push) {
        let checkpoint = push.atomic.then(|| self.disk.clone());
        let before: BTreeMap<SpaceId, u64> =
            self.disk.spaces.iter().map(|(id, space)| (*id, space.log.len() as u64)).collect();
        let mut verdicts: Vec<Verdict> =
            push.items.iter().flat_map(|item| self.item(account, item)).collect();
        let is_refused = |verdict: &Verdict| matches!(verdict, Verdict::Refused { .. });
        if let Some(checkpoint) = checkpoint.filter(|_| verdicts.iter().any(is_refused)) {
            self.disk = checkpoint;
            for verdict in &mut verdicts {
                if let Verdict::Accepted { hash, .. } = verdict {
                    *verdict = refused(Some(*hash), Code::AtomicPushRefused, None);
                }
            }
        }
        let mut covers = Vec::new();
        for (space, before) in before {
            let head = self.disk.spaces[&space].log.len() as u64;
            if head > before {
                let at = self.live.get_mut(&(account.device, space));
                if let Some(at) = at.filter(|at| **at == before) {
                    *at = head;
                    covers.push(Cover { space, from: before + 1, to: head });
                }
                self.publish(space, Some(account.device));
            }
        }
        self.send(
            account.device,
            ServerFrame::Verdicts(Verdicts { id: push.id, verdicts, covers }),
        );
        let spaces: Vec<SpaceId> = self.disk.spaces.keys().copied().collect();
        for space in spaces {
            self.publish(space, None);
        }
    }

    pub(super) fn item(&mut self, account: &Account, item: &PushItem) -> Vec<Verdict> {
        let all = |code: Code| vec![refused(None, code, None); item.chunks.len()];
        let held = self.disk.docs.get(&item.doc).map(|doc| doc.space);
        let Some(space) = held.or(item.create.as_ref().map(|create| create.space)) else {
            return all(Code::NotFound);
        };
        let Some(row) = self.disk.spaces.get(&space) else { return all(Code::NotFound) };
        let (kind, recovering) = (row.kind, row.recovering);
        let role = row.members.get(&account.user).copied();
        let sealed = item.receipts.as_ref();
        if let Some(receipts) = sealed
            && !self.are_true(account, item, space, receipts)
        {
            return all(Code::ReceiptInvalid);
        }
        let Some(role) = role.or(sealed.map(|_| Role::Viewer)) else { return all(Code::NotFound) };
        if recovering && role != Role::Owner && sealed.is_none() {
            return all(Code::SpaceRecovering);
        }
        let mut created = None;
        if held.is_none()
            && let Some(create) = &item.create
        {
            let action = Action::Create;
            let (kind_of, privacy) = (create.kind, create.privacy);
            let ask = Ask {
                space: kind,
                role,
                kind: kind_of,
                privacy,
                own: true,
                own_subject: false,
                action,
            };
            if sealed.is_none()
                && let Err(denied) = decide(&ask)
            {
                let verdict = refused(None, Code::RoleTooWeak, Some(denied.rule.to_owned()));
                return vec![verdict; item.chunks.len()];
            }
            self.add_doc(space, item.doc, kind_of, account.user, privacy);
            created = Some(item.doc);
        }
        let verdicts = self.judge(account, item, role, sealed.is_some());
        let any = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Accepted { .. }));
        if let Some(doc) = created.filter(|_| !any) {
            self.disk.docs.remove(&doc);
            self.disk.spaces.get_mut(&space).unwrap().log.pop();
        }
        verdicts
    }

    pub(super) fn are_true(
        &self,
        account: &Account,
        item: &PushItem,
        space: SpaceId,
        receipts: &[Accepted],
    ) -> bool {
        receipts.iter().zip(&item.chunks).all(|(receipt, chunk)| {
            let hash = automerge::Change::from_bytes(chunk.to_vec()).unwrap().hash();
            let hash = ChangeHash(hash.0);
            receipt.space == space
                && receipt.receipt
                    == change_seal(space, receipt.seq, item.doc, hash, account.device)
        })
    }

    pub(super) fn judge(
        &mut self,
        account: &Account,
        item: &PushItem,
        role: Role,
        proven: bool,
    ) -> Vec<Verdict> {
        let author = Author { user: account.user, prefix: account.prefix, role };
        let doc = self.disk.docs.get_mut(&item.doc).unwrap();
        let facts = doc.facts;
        let chunks: Vec<&[u8]> = item.chunks.iter().map(|chunk| chunk.as_slice()).collect();
        let judged = if proven {
            doc.gate.judge_proven(&chunks, &author)
        } else {
            doc.gate.judge(&chunks, &author, &facts)
        };
        let space = doc.space;
        let mut verdicts = Vec::new();
        for (judgement, chunk) in judged.into_iter().zip(&item.chunks) {
            verdicts.push(match judgement {
                Judgement::Accepted { hash, .. } => {
                    let log = self.disk.spaces[&space].log.len() as u64;
                    let doc = self.disk.docs.get_mut(&item.doc).unwrap();
                    doc.places.insert(hash, log + 1);
                    doc.chunks.push(chunk.to_vec());
                    let event = Event::Change { doc: item.doc, chunk: chunk.clone(), view: None };
                    self.append(space, event);
                    let receipt = change_seal(space, log + 1, item.doc, hash, account.device);
                    Verdict::Accepted { hash, seq: log + 1, receipt }
                }
                Judgement::Duplicate { hash, .. } => {
                    let seq = self.disk.docs[&item.doc].places[&hash];
                    let receipt = change_seal(space, seq, item.doc, hash, account.device);
                    Verdict::Accepted { hash, seq, receipt }
                }
                Judgement::Refused { hash, refusal } => {
                    self.equivocations += usize::from(refusal.code == Code::Equivocation);
                    // Others are yet to give back what it builds on.
                    let code = match refusal.code {
                        Code::MissingDependencies if proven => Code::SpaceRecovering,
                        code => code,
                    };
                    Verdict::Refused {
                        hash,
                        code: code.as_str().to_owned(),
                        path: refusal.path,
                        rule: refusal.rule.map(|rule| rule.to_owned()),
                        permanent: code.permanent(),
                    }
                }
            });
        }
        verdicts
    }
}
