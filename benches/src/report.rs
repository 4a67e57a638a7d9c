//! The table that is printed.

use std::fmt;

use crate::Sample;

/// A figure beside its limit.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What is measured.
    pub name: String,
    /// What the ratio, or the figure, should be.
    pub target: String,
    /// Our figure.
    pub ours: String,
    /// What sets the limit, measured in the same run.
    pub limit: String,
    /// Our figure over the limit.
    pub ratio: Option<f64>,
    /// Whether the target holds, where there is one.
    pub holds: Option<bool>,
    /// The best of the peers.
    pub peer: String,
}

/// All rows so far.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds times beside the times of what sets their limit: they may be so many
    /// times those.
    pub fn compare(
        &mut self,
        name: &str,
        limit: &str,
        most: Option<f64>,
        samples: &(Sample, Sample),
    ) {
        let (baseline, ours) = samples;
        let ratio = ours.median().as_secs_f64() / baseline.median().as_secs_f64();
        self.push(Row {
            name: name.to_owned(),
            target: most.map_or_else(String::new, |most| format!("ratio ≤ {most}")),
            ours: ours.to_string(),
            limit: format!("{limit}: {baseline}"),
            ratio: ratio.is_finite().then_some(ratio),
            holds: most.map(|most| ratio <= most),
            peer: String::new(),
        });
    }

    /// Adds times that nothing sets a limit to.
    pub fn figure(&mut self, name: &str, ours: &Sample) {
        self.push(Row { name: name.to_owned(), ours: ours.to_string(), ..Row::default() });
    }

    /// How many of the targets hold, in words.
    pub fn verdict(&self) -> String {
        let held: Vec<_> = self.rows.iter().filter_map(|row| row.holds).collect();
        let holding = held.iter().filter(|it| **it).count();
        format!("{holding} of {} targets hold", held.len())
    }
}

const HEAD: [&str; COLUMNS] =
    ["figure", "target", "ours", "limit, in the same run", "ratio", "holds", "best peer"];
const COLUMNS: usize = 7;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = HEAD.map(str::to_owned);
        let lines: Vec<_> = [head].into_iter().chain(self.rows.iter().map(cells)).collect();
        let width =
            |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or_default();
        let widths: [usize; COLUMNS] = std::array::from_fn(width);
        for (at, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} |"));
            writeln!(f, "|{}", cells.collect::<String>())?;
            if at == 0 {
                let rules = widths.iter().map(|width| format!("{}|", "-".repeat(width + 2)));
                writeln!(f, "|{}", rules.collect::<String>())?;
            }
        }
        Ok(())
    }
}

fn cells(row: &Row) -> [String; COLUMNS] {
    let Row { name, target, ours, limit, ratio, holds, peer } = row.clone();
    let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let holds = match holds {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    };
    [name, target, ours, limit, ratio, holds.to_owned(), peer]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let mut report = Report::default();
        let row = |ratio| Row {
            name: "a".to_owned(),
            target: "≤ 2".to_owned(),
            ours: "2 µs".to_owned(),
            limit: "b: 1 µs".to_owned(),
            ratio: Some(ratio),
            holds: Some(ratio <= 2.0),
            peer: "9 µs".to_owned(),
        };
        report.push(row(2.0));
        report.push(row(2.1));
        let text = report.to_string();
        let lens: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
        assert!(lens.iter().all(|len| *len == lens[0]), "{text}");
        let line = text.lines().nth(2).unwrap();
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells, ["a", "≤ 2", "2 µs", "b: 1 µs", "2.00", "yes", "9 µs"]);
        assert!(text.lines().nth(3).unwrap().contains("| NO "), "{text}");
        assert_eq!(report.verdict(), "1 of 2 targets hold");
    }
}
