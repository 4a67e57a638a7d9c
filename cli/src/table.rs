//! Tables that fit a terminal.

use comfy_table::{
    Attribute, Cell as Shown, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table,
    Width, presets,
};

use crate::look::{Look, Paint, plain};

/// A cell: a text and what its colour is for.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    paint: Option<Paint>,
    right: bool,
}

impl Cell {
    /// A text without a colour.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: plain(text.as_ref()), paint: None, right: false }
    }

    /// A text in a colour.
    pub fn painted(paint: Paint, text: impl AsRef<str>) -> Self {
        Self { paint: Some(paint), ..Self::new(text) }
    }

    /// A number, on the right.
    pub fn number(number: impl ToString) -> Self {
        Self { right: true, ..Self::new(number.to_string()) }
    }

    fn shown(&self) -> Shown {
        let cell = Shown::new(&self.text);
        let cell = if self.right { cell.set_alignment(CellAlignment::Right) } else { cell };
        match self.paint {
            None => cell,
            Some(Paint::Strong) => cell.add_attribute(Attribute::Bold),
            Some(Paint::Dim) => cell.add_attribute(Attribute::Dim),
            Some(Paint::Id | Paint::Hint) => cell.fg(Color::DarkCyan),
            Some(Paint::Good) => cell.fg(Color::DarkGreen),
            Some(Paint::Soon) => cell.fg(Color::DarkYellow),
            Some(Paint::Late | Paint::Error) => cell.fg(Color::DarkRed),
        }
    }
}

/// A table under a dim header. Columns without a cell that says anything are left
/// out; those named in `narrow` never wrap.
pub fn table(look: &Look, header: &[&str], narrow: &[&str], rows: &[Vec<Cell>]) -> String {
    let says =
        |at: &usize| rows.iter().any(|row| row.get(*at).is_some_and(|it| !it.text.is_empty()));
    let columns: Vec<usize> = (0..header.len()).filter(says).collect();
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width.max(40));
    if look.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let title = |at: &usize| Cell::painted(Paint::Dim, header[*at].to_uppercase()).shown();
    table.set_header(columns.iter().map(title).collect::<Vec<_>>());
    for row in rows {
        let cells = columns.iter().filter_map(|at| row.get(*at)).map(Cell::shown);
        table.add_row(cells.collect::<Vec<_>>());
    }
    for (place, at) in columns.iter().enumerate() {
        if let Some(column) = table.column_mut(place) {
            column.set_padding((0, 2));
            if narrow.contains(&header[*at]) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            } else {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(12)));
            }
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_empty_ones_go() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let rows = vec![
            vec![
                Cell::painted(Paint::Id, "1a2b"),
                Cell::new("Milk"),
                Cell::new(""),
                Cell::number(3),
            ],
            vec![
                Cell::painted(Paint::Id, "9c"),
                Cell::new("日本語"),
                Cell::new(""),
                Cell::number(12),
            ],
        ];
        let shown = table(&look, &["id", "title", "due", "n"], &["id", "n"], &rows);
        assert_eq!(shown, "ID    TITLE       N\n1a2b  Milk         3\n9c    日本語      12");
    }
}
