use serde_json::Value;
use umbra_client_core::replica::RefusedEdit;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint};
use crate::output::Report;
use crate::table::{Cell, table};

/// Shows the tray.
pub async fn run(app: &App<'_>) -> Result<Exit> {
    app.output.report(&Tray(app.replica.refused().await?))
}

struct Tray(Vec<RefusedEdit>);

impl Report for Tray {
    fn json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn text(&self, look: &Look) -> String {
        if self.0.is_empty() {
            return look.paint(Paint::Good, "Nothing was refused.");
        }
        let row = |edit: &RefusedEdit| {
            vec![
                Cell::painted(Paint::Id, edit.id.to_string()),
                Cell::painted(Paint::Strong, &edit.title),
                Cell::new(&edit.label),
                Cell::painted(Paint::Late, &edit.reason),
                Cell::painted(Paint::Dim, look.ago(edit.refused)),
            ]
        };
        let rows: Vec<_> = self.0.iter().map(row).collect();
        let tray = table(look, &["no", "title", "edit", "reason", "refused"], &["no"], &rows);
        let next = "See one with `umbra refused show NO`; then retry or dismiss it.";
        format!("{tray}\n{}", look.paint(Paint::Dim, next))
    }
}

#[cfg(test)]
mod tests {
    use umbra_model::{DocId, Kind, SpaceId};

    use super::*;

    #[test]
    fn the_tray_says_what_and_why() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        assert_eq!(Tray(Vec::new()).text(&look), "Nothing was refused.");
        let edit = RefusedEdit {
            id: 7,
            doc: DocId::from_bytes([1; 16]),
            space: SpaceId::from_bytes([2; 16]),
            kind: Kind::Event,
            title: "Dinner".to_owned(),
            label: "title `Supper`".to_owned(),
            made: look.now,
            refused: look.now,
            code: "role_too_weak".to_owned(),
            path: Some("title".to_owned()),
            rule: Some("event.write.editor".to_owned()),
            reason: "a viewer may not change it".to_owned(),
            edits: Vec::new(),
            retriable: true,
        };
        assert_eq!(
            Tray(vec![edit]).text(&look),
            "NO  TITLE       EDIT            REASON                      REFUSED\n\
             7   Dinner      title `Supper`  a viewer may not change it  just now\n\
             See one with `umbra refused show NO`; then retry or dismiss it."
        );
    }
}
