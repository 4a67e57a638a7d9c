//! What people do.

use umbra_client_core::engine::{Engine, NewDocument, NewSpace};
use umbra_client_core::store::{MemoryTx, Stack};
use umbra_client_core::{Edit, Result};
use umbra_model::{DocId, Kind, Privacy, SpaceId, SpaceKind};

/// Something that a person does on a device, online or not.
#[derive(Clone, Debug)]
pub enum Deed {
    Found(SpaceId, SpaceKind, String),
    Create {
        doc: DocId,
        space: SpaceId,
        kind: Kind,
        privacy: Privacy,
        edits: Vec<Edit>,
    },
    Edit(DocId, Vec<Edit>),
    /// All or nothing.
    EditTogether(Vec<(DocId, Vec<Edit>)>),
    Trash(DocId, bool),
    SetPrivacy(DocId, Privacy),
    Undo,
    Redo,
    Retry(u64),
    Dismiss(u64),
}

impl Deed {
    /// Does it. `false` where there was nothing to do.
    pub async fn on(&self, engine: &mut Engine<'_, MemoryTx>) -> Result<bool> {
        match self.clone() {
            Self::Found(space, kind, name) => {
                let edits = vec![Edit::set("name", name)];
                engine.create_space(NewSpace { space, kind, edits }).await?;
            }
            Self::Create { doc, space, kind, privacy, edits } => {
                let part = engine.step(false).await?;
                engine.create(part, NewDocument { doc, space, kind, privacy, edits }).await?;
            }
            Self::Edit(doc, edits) => {
                let part = engine.step(false).await?;
                return engine.edit(part, doc, &edits).await;
            }
            Self::EditTogether(all) => {
                let part = engine.step(true).await?;
                for (doc, edits) in all {
                    engine.edit(part, doc, &edits).await?;
                }
            }
            Self::Trash(doc, trashed) => {
                let part = engine.step(false).await?;
                return engine.set_trashed(part, doc, trashed).await;
            }
            Self::SetPrivacy(doc, privacy) => engine.set_privacy(doc, privacy).await?,
            Self::Undo => drop(engine.take_back(Stack::Undo).await?),
            Self::Redo => drop(engine.take_back(Stack::Redo).await?),
            Self::Retry(id) => drop(engine.retry(id).await?),
            Self::Dismiss(id) => engine.dismiss(id).await?,
        }
        Ok(true)
    }

    /// What it writes that is found again wherever it went: each mark is a character
    /// that nothing else in the world has.
    pub fn marks(&self) -> Vec<char> {
        let of = |edits: &[Edit]| edits.iter().flat_map(marks_of).collect::<Vec<_>>();
        match self {
            Self::Found(_, _, name) => name.chars().filter(is_mark).collect(),
            Self::Create { edits, .. } | Self::Edit(_, edits) => of(edits),
            Self::EditTogether(all) => all.iter().flat_map(|(_, edits)| of(edits)).collect(),
            _ => Vec::new(),
        }
    }
}

/// The first mark.
pub const MARKS_FROM: u32 = 0x4e00;

/// The mark with this number.
pub fn mark(number: u32) -> char {
    char::from_u32(MARKS_FROM + number).expect("there are more ideographs than edits")
}

pub fn is_mark(char: &char) -> bool {
    u32::from(*char) >= MARKS_FROM
}

fn marks_of(edit: &Edit) -> Vec<char> {
    let text = match edit {
        Edit::Set { value: umbra_client_core::Value::Str(text), .. } => text,
        Edit::Text { text, .. } => text,
        Edit::Splice { insert, .. } => insert,
        Edit::Set { .. } | Edit::Put { .. } | Edit::Remove { .. } | Edit::Entries { .. } => {
            return Vec::new();
        }
    };
    text.chars().filter(is_mark).collect()
}
