//! An honest database passes; whatever is changed in it by hand is named.

use umbra_model::{DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::Command;
use uuid::Uuid;

use super::{Discrepancy, Finding, Report, audit};
use crate::sequencer::Governance::{ChangeRole, RemoveMember};
use crate::store::exam::{Author, TestDatabase, World, create, exam, new_doc, push};
use crate::store::{self, Tx, db};

exam!(
    an_honest_database_passes,
    every_lie_is_named,
    every_lie_about_a_document_is_named,
    a_forged_change_is_refused,
    a_forged_right_is_no_right,
    a_folded_document_is_replayed,
);

/// Two people in a list and a calendar who have done all that can be done.
struct Stage {
    world: World,
    ann: Author,
    bob: Author,
    list: SpaceId,
    calendar: SpaceId,
    todo: DocId,
    gone: DocId,
    event: DocId,
}

async fn stage(database: TestDatabase) -> Stage {
    let world = World::over(database).await;
    let mut ann = world.person("ann").await;
    let mut bob = world.person("bob").await;
    let eve = world.person("eve").await;
    let list = world.space(&ann, SpaceKind::List).await;
    let calendar = world.space(&ann, SpaceKind::Calendar).await;
    for space in [list, calendar] {
        world.add(&ann, space, &bob, Role::Editor).await;
        world.add(&ann, space, &eve, Role::Viewer).await;
    }
    let (todo, chunk) = world.todo(&mut bob, list, "milk").await;
    ann.take(todo, Kind::Todo, &[chunk]);
    for n in 0..20 {
        world.edit(&mut ann, todo, &n.to_string()).await;
    }
    let notes = ann.write(todo, "notes", "from the shop");
    world.push(&ann, push(todo, &[&notes])).await.all_accepted();
    let (gone, _) = world.todo(&mut ann, list, "gone").await;
    world.sequencer.purge_doc(ann.submitter(), gone).await.unwrap();
    let event = new_doc();
    let chunk = bob.begin(event, Kind::Event, "title", "party");
    world.push(&bob, create(calendar, event, Kind::Event, &[&chunk])).await.all_accepted();
    let comment = new_doc();
    let chunk = ann.begin(comment, Kind::Comment, "subject", event.to_string());
    world.push(&ann, create(calendar, comment, Kind::Comment, &[&chunk])).await.all_accepted();
    world.command(&bob, Command::SetPrivacy(event, Privacy::Secret)).await.unwrap();
    let hidden = bob.put(event, "title", "surprise party");
    world.push(&bob, push(event, &[&hidden])).await.all_accepted();
    world.govern(&ann, ChangeRole(list, bob.user, Role::Viewer)).await.unwrap();
    world.govern(&ann, RemoveMember(list, eve.user)).await.unwrap();
    Stage { world, ann, bob, list, calendar, todo, gone, event }
}

impl Stage {
    async fn audit(&self) -> Report {
        audit(&self.world.store).await.unwrap()
    }
}

async fn an_honest_database_passes(database: TestDatabase) {
    let stage = stage(database).await;
    let report = stage.audit().await;
    assert_eq!((report.findings.clone(), report.wrong), (vec![], 0));
    assert_eq!((report.spaces, report.documents, report.changes), (2, 6, 25));
}

async fn a_folded_document_is_replayed(database: TestDatabase) {
    let mut stage = stage(database).await;
    let later = Millis(store::now().0 + 2 * store::limits::FOLD_AFTER_MILLIS);
    assert_eq!(stage.world.store.fold(later).await.unwrap(), 1);
    let mut ann = stage.ann.clone();
    stage.world.edit(&mut ann, stage.todo, "behind the fold").await;
    stage.ann = ann;
    let report = stage.audit().await;
    assert_eq!((report.findings, report.changes), (vec![], 26));
    // What was folded is still proof: without it, each change is missed.
    let mut tx = stage.world.store.begin().await.unwrap();
    db!(tx tx, exec "DELETE FROM saves WHERE doc = $1", stage.todo.0).unwrap();
    tx.commit().await.unwrap();
    let report = stage.audit().await;
    let missing = |it: &&Finding| it.what == Discrepancy::ChangeMissing;
    assert_eq!(report.findings.iter().filter(missing).count(), 22);
    let mut tx = stage.world.store.begin().await.unwrap();
    let garbage = vec![7_u8; 99];
    db!(tx tx, exec "INSERT INTO saves (space, doc, bytes) VALUES ($1, $2, $3)",
        stage.list.0, stage.todo.0, garbage)
    .unwrap();
    tx.commit().await.unwrap();
    let report = stage.audit().await;
    let broken = |it: &Finding| matches!(it.what, Discrepancy::Unopenable(_));
    assert!(report.findings.iter().any(|it| broken(it) && it.doc == Some(stage.todo)));
}

/// Where the lie is expected to be found.
#[derive(Clone, Copy)]
enum At {
    Entry(u64),
    Todo,
    Event,
    Space,
}

/// Runs the lie in a copy that is thrown away, and expects that it is named, and how.
async fn expect(
    stage: &Stage,
    space: SpaceId,
    at: At,
    what: Discrepancy,
    lie: impl AsyncFnOnce(&mut Tx),
) {
    let mut tx = stage.world.store.begin().await.unwrap();
    lie(&mut tx).await;
    let report = super::audit_in(&mut tx, &stage.world.store).await.unwrap();
    drop(tx);
    let found = report.findings.iter().any(|it| {
        let here = match at {
            At::Entry(seq) => it.seq == Some(seq),
            At::Todo => it.doc == Some(stage.todo),
            At::Event => it.doc == Some(stage.event),
            At::Space => true,
        };
        here && it.space == space && it.what == what
    });
    let found_so: Vec<_> = report.findings.iter().map(Finding::to_string).collect();
    assert!(found, "expected `{what}`, found {found_so:#?}");
}

macro_rules! lies {
    ($stage:ident: $($space:expr, $at:expr, $what:expr => $sql:literal $(, $arg:expr)*;)+) => {
        $(expect(&$stage, $space, $at, $what, async |tx| {
            let touched = db!(tx tx, exec $sql $(, $arg)*).unwrap();
            assert!(touched > 0, "{}", $sql);
        }).await;)+
    };
}

async fn every_lie_is_named(database: TestDatabase) {
    use At::{Entry, Space, Todo};
    use Discrepancy as D;
    let stage = stage(database).await;
    let Stage { list, ann, bob, todo, gone, .. } = &stage;
    let list = *list;
    let (l, t, zeros) = (list.0, todo.0, vec![0_u8; 16]);
    let nobody = Uuid::from_bytes([9; 16]);
    lies! { stage:
        list, Entry(10), D::Gap { expected: 9 } => "DELETE FROM log WHERE space = $1 AND seq = 9", l;
        list, Space, D::HeadWrong { said: 99, last: 33 } => "UPDATE spaces SET head = 99 WHERE space = $1", l;
        list, Space, D::CountWrong { said: 9, counted: 3 } => "UPDATE spaces SET documents = 9 WHERE space = $1", l;
        list, Space, D::OwnerWrong { said: bob.user, was: vec![ann.user] } => "UPDATE spaces SET owner_id = $2 WHERE space = $1", l, bob.user.0;
        list, Entry(1), D::NotFounded => "UPDATE log SET kind = 'project' WHERE space = $1 AND seq = 1", l;
        list, Space, D::Unreadable("`x` is no kind of space".into()) => "UPDATE spaces SET kind = 'x' WHERE space = $1", l;
        list, Entry(8), D::ReceiptWrong => "UPDATE log SET receipt = $2 WHERE space = $1 AND seq = 8", l, zeros.clone();
        list, Entry(8), D::ReceiptWrong => "UPDATE log SET by_device = $2 WHERE space = $1 AND seq = 8", l, bob.device.0;
        list, Entry(4), D::ReceiptWrong => "UPDATE log SET member_role = 'manager' WHERE space = $1 AND seq = 4", l;
        list, Entry(8), D::LostReceiptWrong => "UPDATE log SET lost_seq = 3, lost_receipt = $2 WHERE space = $1 AND seq = 8", l, zeros.clone();
        list, Entry(8), D::DeviceWrong => "UPDATE log SET by_device = $2 WHERE space = $1 AND seq = 8", l, bob.device.0;
        list, Entry(8), D::DeviceWrong => "UPDATE log SET by_device = NULL WHERE space = $1 AND seq = 8", l;
        list, Entry(8), D::RoleWrong { said: Some(Role::Manager), was: Some(Role::Owner) }
            => "UPDATE log SET by_role = 'manager' WHERE space = $1 AND seq = 8", l;
        list, Entry(8), D::RoleWrong { said: Some(Role::Owner), was: None }
            => "UPDATE log SET by_user = $2 WHERE space = $1 AND seq = 8", l, nobody;
        list, Space, D::MemberWrong { user: bob.user, said: Some(Role::Manager), was: Some(Role::Viewer) }
            => "UPDATE members SET role = 'manager' WHERE space = $1 AND user_id = $2", l, bob.user.0;
        list, Space, D::MemberWrong { user: bob.user, said: Some(Role::Viewer), was: Some(Role::Viewer) }
            => "UPDATE members SET since_seq = 1 WHERE space = $1 AND user_id = $2", l, bob.user.0;
        list, Space, D::MemberWrong { user: ann.user, said: None, was: Some(Role::Owner) }
            => "DELETE FROM members WHERE space = $1 AND user_id = $2", l, ann.user.0;
        list, Space, D::MemberWrong { user: umbra_model::UserId(nobody), said: Some(Role::Editor), was: None }
            => "INSERT INTO members (space, user_id, role, since_seq) VALUES ($1, $2, 'editor', 5)", l, nobody;
        list, Entry(8), D::Unreadable(format!("the database holds something unreadable: log entry 8 of space {list}: `x` is no event"))
            => "UPDATE log SET event = 'x' WHERE space = $1 AND seq = 8", l;
        list, Entry(29), D::CreatedTwice => "UPDATE log SET doc = $2 WHERE space = $1 AND event = 'created' AND doc = $3", l, t, gone.0;
        list, Entry(31), D::NotThere => "DELETE FROM log WHERE space = $1 AND event = 'created' AND doc = $2", l, gone.0;
        list, Todo, D::NotThere => "DELETE FROM documents WHERE space = $1 AND doc = $2", l, t;
        list, Entry(8), D::ChangeMissing => "UPDATE log SET chunk = NULL WHERE space = $1 AND seq = 8", l;
        list, Entry(9), D::ChangeDiffers => "UPDATE log SET chunk = (SELECT x.chunk FROM log x WHERE x.space = $1 AND x.seq = 8) WHERE space = $1 AND seq = 9", l;
        list, Entry(8), D::ChangeDiffers => "UPDATE log SET hash = $2 WHERE space = $1 AND seq = 8", l, vec![7_u8; 32];
        list, Entry(8), D::ChangeDiffers => "UPDATE log SET actor_seq = 99 WHERE space = $1 AND seq = 8", l;
    }
    assert_eq!(stage.audit().await.wrong, 0, "every copy was thrown away");
}

async fn every_lie_about_a_document_is_named(database: TestDatabase) {
    use At::{Entry, Event, Space, Todo};
    use Discrepancy as D;
    let stage = stage(database).await;
    let Stage { list, calendar, bob, todo, gone, event, .. } = &stage;
    let (list, calendar) = (*list, *calendar);
    let (l, t) = (list.0, todo.0);
    let nobody = Uuid::from_bytes([9; 16]);
    lies! { stage:
        list, Todo, D::FactWrong("kind") => "UPDATE documents SET kind = 'event' WHERE doc = $1", t;
        list, Todo, D::FactWrong("creator_id") => "UPDATE documents SET creator_id = $2 WHERE doc = $1", t, nobody;
        list, Todo, D::FactWrong("privacy") => "UPDATE documents SET privacy = 'secret' WHERE doc = $1", t;
        list, Todo, D::FactWrong("created_seq") => "UPDATE documents SET created_seq = 1 WHERE doc = $1", t;
        list, Todo, D::FactWrong("last_seq") => "UPDATE documents SET last_seq = 1 WHERE doc = $1", t;
        list, Todo, D::FactWrong("purged_at") => "UPDATE documents SET purged_at = 1 WHERE doc = $1", t;
        list, Todo, D::FactWrong("saved_seq") => "UPDATE documents SET saved_seq = 8 WHERE doc = $1", t;
        list, Todo, D::FactWrong("saved_bytes") => "UPDATE documents SET saved_bytes = 8 WHERE doc = $1", t;
        list, Todo, D::FactWrong("unfolded") => "UPDATE documents SET unfolded = 8 WHERE doc = $1", t;
        list, Todo, D::FactWrong("unfolded_bytes") => "UPDATE documents SET unfolded_bytes = 8 WHERE doc = $1", t;
        list, Todo, D::FactWrong("subject") => "UPDATE documents SET subject = $2 WHERE doc = $1", t, nobody;
        list, Todo, D::ViewWrong("json") => "UPDATE views SET json = '{}' WHERE doc = $1", t;
        list, Todo, D::ViewWrong("json") => "DELETE FROM views WHERE doc = $1", t;
        list, Todo, D::ViewWrong("title") => "UPDATE views SET title = 'x' WHERE doc = $1", t;
        list, Todo, D::ViewWrong("text") => "UPDATE views SET text = 'x' WHERE doc = $1", t;
        list, Todo, D::ViewWrong("starts_at") => "UPDATE views SET starts_at = 1 WHERE doc = $1", t;
        list, Todo, D::ViewWrong("ends_at") => "UPDATE views SET ends_at = 1 WHERE doc = $1", t;
        list, Todo, D::ViewWrong("due_at") => "UPDATE views SET due_at = 1 WHERE doc = $1", t;
        list, Todo, D::ViewWrong("deleted_at") => "UPDATE views SET deleted_at = 1 WHERE doc = $1", t;
        list, Todo, D::Stray("documents") => "DELETE FROM homes WHERE doc = $1", t;
        list, Todo, D::Stray("documents") => "UPDATE homes SET space = $2 WHERE doc = $1", t, calendar.0;
        list, Space, D::Stray("homes") => "INSERT INTO homes (doc, space) VALUES ($2, $1)", l, nobody;
        list, Space, D::Stray("views") => "UPDATE views SET doc = $2 WHERE doc = $1", t, nobody;
        list, Space, D::Stray("saves") => "INSERT INTO saves (space, doc, bytes) SELECT space, doc, hash FROM log WHERE doc = $1 AND event = 'change'", gone.0;
        SpaceId(nobody), Space, D::Stray("log") => "UPDATE log SET space = $2 WHERE space = $1 AND seq = 33", l, nobody;
        SpaceId(nobody), Space, D::Stray("members") => "UPDATE members SET space = $2 WHERE space = $1 AND user_id = $3", l, nobody, bob.user.0;
        calendar, Entry(10), D::PrivacyWrong { said: Privacy::Busy, was: Privacy::Default }
            => "UPDATE log SET privacy_was = 'busy' WHERE space = $1 AND seq = 10", calendar.0;
        calendar, Entry(11), D::PrivacyWrong { said: Privacy::Default, was: Privacy::Secret }
            => "UPDATE log SET privacy = 'busy' WHERE space = $1 AND seq = 11", calendar.0;
        calendar, Event, D::FactWrong("privacy") => "UPDATE documents SET privacy = 'default' WHERE doc = $1", event.0;
    }
}

/// Somebody who can write to the database, and even has the key of the receipts, still
/// can't make the gate accept.
async fn a_forged_change_is_refused(database: TestDatabase) {
    use Discrepancy as D;
    let stage = stage(database).await;
    // A viewer's change, entered as if it had been accepted.
    let Stage { list, todo, .. } = stage;
    expect(&stage, list, At::Entry(7), D::ChangeRefused { code: "role_too_weak", path: Some("title".into()) },
        async |tx| {
            // Bob was never an editor, if this entry is to be believed.
            db!(tx tx, exec "UPDATE log SET member_role = 'viewer' WHERE space = $1 AND seq = 4", list.0).unwrap();
            db!(tx tx, exec "UPDATE log SET by_role = 'viewer' WHERE space = $1 AND by_user = $2", list.0, stage.bob.user.0).unwrap();
        }).await;
    expect(&stage, list, At::Entry(12), D::ChangeRefused { code: "chunk_malformed", path: None },
        async |tx| {
            db!(tx tx, exec "UPDATE log SET chunk = $3 WHERE space = $1 AND seq = 12 AND doc = $2", list.0, todo.0, vec![1_u8, 2, 3]).unwrap();
        }).await;
    // What the gate refuses is in the stored document all the same.
    expect(&stage, list, At::Todo, D::StateDiffers, async |tx| {
        db!(tx tx, exec "UPDATE log SET by_role = 'viewer' WHERE space = $1 AND seq = 7", list.0)
            .unwrap();
    })
    .await;
}

async fn a_forged_right_is_no_right(database: TestDatabase) {
    use Discrepancy as D;
    let stage = stage(database).await;
    let Stage { list, calendar, .. } = stage;
    // Bob lets himself in as a manager.
    expect(&stage, list, At::Entry(32), D::NotPermitted { rule: "member.none" }, async |tx| {
        db!(tx tx, exec "UPDATE log SET member_id = $2, member_role = NULL WHERE space = $1 AND seq = 32", list.0, Uuid::from_bytes([9; 16])).unwrap();
    }).await;
    let report = {
        let mut tx = stage.world.store.begin().await.unwrap();
        db!(tx tx, exec "UPDATE log SET by_user = $2, by_role = 'editor', member_role = 'manager' WHERE space = $1 AND seq = 32",
            list.0, stage.bob.user.0).unwrap();
        super::audit_in(&mut tx, &stage.world.store).await.unwrap()
    };
    let denied = |it: &&Finding| it.seq == Some(32) && matches!(it.what, D::NotPermitted { .. });
    assert_eq!(report.findings.iter().filter(denied).count(), 1, "{report:?}");
    // A stranger to a hidden event edits it; an editor purges what only an owner may.
    let cases: [(&str, i64); 3] = [("change", 12), ("privacy", 10), ("created", 6)];
    for (event, seq) in cases {
        let report = {
            let mut tx = stage.world.store.begin().await.unwrap();
            let eve = db!(tx tx, val Uuid, "SELECT id FROM users WHERE name = 'eve'").unwrap();
            let touched = db!(tx tx, exec
                "UPDATE log SET by_user = $2, by_role = 'viewer' WHERE space = $1 AND seq = $3 AND event = $4",
                calendar.0, eve, seq, event).unwrap();
            assert_eq!(touched, 1, "{event}");
            super::audit_in(&mut tx, &stage.world.store).await.unwrap()
        };
        let refused = |it: &&Finding| {
            it.seq == u64::try_from(seq).ok()
                && matches!(it.what, D::NotPermitted { .. } | D::Hidden)
        };
        assert!(report.findings.iter().any(|it| refused(&it)), "{event}: {report:?}");
    }
}
