//! The table that is printed.

use std::fmt;

use crate::Sample;

/// A figure beside its limit.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What is measured.
    pub name: String,
    /// What it is measured against, and its figure.
    pub limit: String,
    /// Our figure.
    pub ours: String,
    /// How many times the limit that is.
    pub ratio: Option<f64>,
    /// What the ratio, or the figure, should be.
    pub goal: String,
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

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds times beside the times of what sets their limit.
    pub fn compare(&mut self, name: &str, limit: &str, goal: &str, samples: &(Sample, Sample)) {
        let (baseline, ours) = samples;
        let ratio = ours.median().as_secs_f64() / baseline.median().as_secs_f64();
        self.push(Row {
            name: name.to_owned(),
            limit: format!("{limit}: {baseline}"),
            ours: ours.to_string(),
            ratio: ratio.is_finite().then_some(ratio),
            goal: goal.to_owned(),
            ..Row::default()
        });
    }

    /// Adds times that nothing sets a limit to.
    pub fn figure(&mut self, name: &str, ours: &Sample) {
        self.push(Row { name: name.to_owned(), ours: ours.to_string(), ..Row::default() });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["", "limit", "ours", "ratio", "goal", "best peer"].map(str::to_owned);
        let cells = self.rows.iter().map(|row| {
            let ratio = row.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            let Row { name, limit, ours, goal, peer, ratio: _ } = row.clone();
            [name, limit, ours, ratio, goal, peer]
        });
        let lines: Vec<_> = [head].into_iter().chain(cells).collect();
        let width =
            |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or_default();
        let widths: [usize; 6] = std::array::from_fn(width);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let mut report = Report::default();
        report.push(Row {
            name: "a".to_owned(),
            limit: "b: 1 µs".to_owned(),
            ours: "2 µs".to_owned(),
            ratio: Some(2.0),
            goal: "≤ 2".to_owned(),
            peer: "9 µs".to_owned(),
        });
        let text = report.to_string();
        let lens: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
        assert!(lens.iter().all(|len| *len == lens[0]), "{text}");
        assert!(text.contains("| a | b: 1 µs | 2 µs | 2.00  | ≤ 2  | 9 µs      |"), "{text}");
    }
}
