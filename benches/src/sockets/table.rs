//! The table that a run prints: Markdown, as it stands in docs/PERFORMANCE.md.

use std::fmt;

/// A measurement, with what it is compared to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// What was done.
    pub workload: String,
    /// What came of it, raw.
    pub umbra: String,
    /// What it is held against, measured in the same run.
    pub beside: String,
    /// The ratio of the two.
    pub ratio: String,
    /// What is aimed at.
    pub aim: String,
    /// The best of the peers on a machine like this one.
    pub peer: String,
}

/// Rows under their heads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = Row {
            workload: "workload".into(),
            umbra: "Umbra".into(),
            beside: "beside it".into(),
            ratio: "ratio".into(),
            aim: "aim".into(),
            peer: "best peer".into(),
        };
        let rows: Vec<_> = std::iter::once(&heads).chain(&self.0).map(Row::cells).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let widths: [usize; 6] = std::array::from_fn(|column| width(column).unwrap_or_default());
        for (number, row) in rows.iter().enumerate() {
            line(f, row, &widths)?;
            if number == 0 {
                line(
                    f,
                    &widths.map(|width| "-".repeat(width)).each_ref().map(String::as_str),
                    &widths,
                )?;
            }
        }
        Ok(())
    }
}

impl Row {
    fn cells(&self) -> [&str; 6] {
        [&self.workload, &self.umbra, &self.beside, &self.ratio, &self.aim, &self.peer]
    }
}

fn line(f: &mut fmt::Formatter<'_>, cells: &[&str; 6], widths: &[usize; 6]) -> fmt::Result {
    for (cell, width) in cells.iter().zip(widths) {
        write!(f, "| {cell:width$} ")?;
    }
    writeln!(f, "|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::default();
        table.push(Row { workload: "writes".into(), umbra: "7 µs".into(), ..Row::default() });
        let expected = "\
| workload | Umbra | beside it | ratio | aim | best peer |
| -------- | ----- | --------- | ----- | --- | --------- |
| writes   | 7 µs  |           |       |     |           |
";
        assert_eq!(table.to_string(), expected);
    }
}
