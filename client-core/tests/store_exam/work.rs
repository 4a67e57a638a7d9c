//! Work on a store, and all that can be read of it.

use umbra_client_core::document::Pending;
use umbra_client_core::store::{
    AccountRow, AheadRow, Meta, PurgeRow, ReceiptRow, Stack, TrayRow, Tx, UndoRow,
};
use umbra_model::{ActorPrefix, DeviceId, DocId, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Command, Epoch, Receipt};

use super::dice::Dice;
use super::hand::Hand;

/// Does one thing; what it yields is compared. The dice decide, the same for both.
pub async fn work(tx: &mut impl Tx, seed: u64) -> String {
    let hand = &mut Hand { dice: Dice::new(seed) };
    match hand.dice.roll(24) {
        0..=3 => {
            let (record, projection) = (hand.record(), hand.projection());
            tx.put_record(&record, &projection).await.unwrap();
            String::new()
        }
        4 => {
            let (doc, projection) = (hand.doc(), hand.projection());
            if tx.row(doc).await.unwrap().is_none() {
                return String::new();
            }
            format!("{:?}", tx.append(doc, 7, &hand.dice.bytes::<3>(), &projection).await)
        }
        5 => {
            let facts = hand.facts();
            if tx.row(facts.doc).await.unwrap().is_some() {
                tx.put_facts(facts, true).await.unwrap();
            }
            String::new()
        }
        6 => format!("{:?}", tx.remove_record(hand.doc()).await),
        7..=9 => format!("{}", tx.add_pending(&hand.pending()).await.is_ok()),
        10 => {
            let doc = hand.doc();
            let mut edits = tx.pending(doc).await.unwrap();
            edits.pop();
            format!("{:?}", tx.replace_pending(doc, &edits).await)
        }
        11 => {
            let doc = hand.doc();
            if tx.row(doc).await.unwrap().is_none() {
                return String::new();
            }
            let last = tx.pending(doc).await.unwrap().last().map(|edit| edit.hash);
            format!("{:?}", tx.accept_pending(doc, last.unwrap_or(hand.hash())).await)
        }
        12 => {
            let (order, doc, hash) = (0, hand.doc(), hand.hash());
            let row = AheadRow { order, doc, hash, chunk: vec![1, 2], mine: hand.dice.chance(50) };
            format!("{}", tx.add_ahead(&row).await.is_ok())
        }
        13 => format!("{:?}", tx.remove_ahead(hand.doc(), hand.hash()).await),
        14 => {
            let (doc, hash, space) = (hand.doc(), hand.hash(), hand.space());
            let receipt = Receipt(hand.dice.bytes());
            format!("{:?}", tx.put_receipt(&ReceiptRow { doc, hash, space, seq: 9, receipt }).await)
        }
        15 => format!("{:?}", tx.put_space(&hand.space_row()).await),
        16 => format!("{:?}", tx.remove_space(hand.space()).await),
        17 => format!("{:?}", tx.put_member(hand.space(), &hand.member()).await),
        18 => format!("{:?}", tx.drop_members_after(hand.space(), 3).await),
        19 => {
            let command = Command::CreateSpace(hand.space(), SpaceKind::List);
            format!("{}", tx.add_command(&command).await.is_ok())
        }
        20 => {
            let first = tx.commands().await.unwrap().first().map(|row| row.id);
            format!("{:?}", tx.remove_command(first.unwrap_or_default()).await)
        }
        21 => format!("{}", tx.add_tray(&hand.tray()).await.is_ok()),
        22 => format!("{:?}", tx.push_undo(&hand.undo()).await),
        _ => more_work(tx, hand).await,
    }
}

async fn more_work(tx: &mut impl Tx, hand: &mut Hand) -> String {
    match hand.dice.roll(6) {
        0 => {
            let first = tx.tray().await.unwrap().first().map(|row| row.id);
            format!("{:?}", tx.remove_tray(first.unwrap_or_default()).await)
        }
        1 => {
            let step = tx.last_step(Stack::Undo).await.unwrap().first().map(|row| row.step);
            format!("{:?}", tx.remove_step(Stack::Undo, step.unwrap_or_default()).await)
        }
        2 => format!("{:?}", tx.trim_undo(3).await),
        3 => {
            let to = hand.dice.chance(50).then(|| hand.hash());
            format!("{:?}", tx.rename_undo(hand.doc(), hand.hash(), to).await)
        }
        4 => {
            let (order, space, at) = (hand.dice.roll(4) as u64, hand.space(), hand.millis());
            let row = PurgeRow { order, space, doc: None, reason: "left".into(), at };
            format!("{:?}", tx.add_purge(&row).await)
        }
        _ => {
            let account = AccountRow {
                server: "https://umbra.example".into(),
                user: hand.user(),
                name: "alice".into(),
                device: DeviceId::from_bytes([7; 16]),
                prefix: ActorPrefix(hand.dice.bytes()),
                token: hand.dice.chance(50).then(|| "secret".into()),
            };
            let epoch = Some(Epoch(hand.dice.bytes()));
            let meta = Meta { account: Some(account), epoch, synced: Some(hand.millis()) };
            format!("{:?}", tx.put_meta(&meta).await)
        }
    }
}

/// Everything that can be read, but for the numbers that each store gives as it likes.
pub async fn read_all(tx: &mut impl Tx, seed: u64) -> Vec<String> {
    let mut all = Vec::new();
    let hand = &mut Hand { dice: Dice::new(seed) };
    for number in 1..=6 {
        let doc = DocId::from_bytes([number; 16]);
        all.push(format!("{:?}", tx.record(doc).await));
        all.push(format!("{:?}", tx.row(doc).await));
        let pending = tx.pending(doc).await.unwrap().into_iter();
        all.push(format!("{:?}", pending.map(|it| Pending { order: 0, ..it }).collect::<Vec<_>>()));
        let ahead = tx.ahead(doc).await.unwrap().into_iter();
        all.push(format!("{:?}", ahead.map(|it| AheadRow { order: 0, ..it }).collect::<Vec<_>>()));
        all.push(format!("{:?}", tx.receipts(doc).await));
    }
    for space in [0xa0, 0xa1, 0xa2].map(|number| SpaceId::from_bytes([number; 16])) {
        all.push(format!("{:?}", tx.space(space).await));
        all.push(format!("{:?}", tx.members(space).await));
        all.push(format!("{:?}", tx.documents(space).await));
        all.push(format!("{:?}", tx.documents_ahead(space).await));
    }
    all.push(format!("{:?}", tx.spaces().await));
    all.push(format!("{:?}", tx.meta().await));
    all.push(format!("{:?}", tx.counts().await));
    all.push(format!("{:?}", tx.purges().await));
    let commands = tx.commands().await.unwrap().into_iter().map(|row| row.command);
    all.push(format!("{:?}", commands.collect::<Vec<_>>()));
    let tray = tx.tray().await.unwrap().into_iter();
    all.push(format!("{:?}", tray.map(|row| TrayRow { id: 0, ..row }).collect::<Vec<_>>()));
    for stack in [Stack::Undo, Stack::Redo] {
        let step = tx.last_step(stack).await.unwrap().into_iter();
        all.push(format!("{:?}", step.map(|row| UndoRow { id: 0, ..row }).collect::<Vec<_>>()));
    }
    let outbox = tx.outbox(0).await.unwrap().into_iter();
    let outbox = outbox.map(|row| (row.doc, row.space, row.bytes, row.group, row.returned));
    all.push(format!("{:?}", outbox.collect::<Vec<_>>()));
    for _ in 0..6 {
        let query = hand.query();
        all.push(format!("{query:?} {:?}", tx.list(&query).await));
    }
    all.push(format!("{:?}", tx.by_id_digits("0303", 9).await));
    all
}
