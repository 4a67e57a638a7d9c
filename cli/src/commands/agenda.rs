//! `umbra agenda`.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime};
use clap::Args;
use serde_json::{Value, json};
use umbra_client_core::replica::{Document, Filter, Occurrence};
use umbra_model::value::LocalTime;
use umbra_model::{Kind, Millis, SpaceId};

use crate::app::App;
use crate::commands::todo::fields::parse;
use crate::document::{json_list, next_due, space_names};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, clock, plain};
use crate::output::Report;

/// What happens and is due in the next days
#[derive(Args, Debug)]
pub struct Agenda {
    /// The first day
    #[arg(default_value = "today")]
    from: Vec<String>,
    /// How many days
    #[arg(long, short, default_value_t = 7, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Only this list, calendar or project
    #[arg(long = "in", short, value_name = "NAME")]
    space: Option<String>,
}

impl Agenda {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let look = app.look();
        let first = parse(app, &self.from.join(" "))?.date();
        let last = first + Days::new(u64::from(self.days) - 1);
        let midnight = |day: NaiveDate| look.zone.resolve(day.and_time(NaiveTime::MIN));
        let (from, to) = (midnight(first), midnight(last + Days::new(1)));
        let mut occurrences = app.replica.agenda(from, to, &look.zone.to_string()).await?;
        if let Some(name) = &self.space {
            let space = app.space(name, &[]).await?;
            occurrences.retain(|it| it.space == space.id);
        }
        let spaces = space_names(&app.replica).await?;
        let overdue = if first == look.today() { self.overdue(app).await? } else { Vec::new() };
        app.output.report(&Timetable { first, last, overdue, occurrences, spaces })
    }

    /// What should have been done before today.
    async fn overdue(&self, app: &App<'_>) -> Result<Vec<(Document, LocalTime)>> {
        let mut filter = Filter { kinds: vec![Kind::Todo], done: Some(false), ..Filter::default() };
        if let Some(name) = &self.space {
            filter.spaces = vec![app.space(name, &[]).await?.id];
        }
        let look = app.look();
        let mut late: Vec<(Document, LocalTime)> = app
            .replica
            .list(&filter)
            .await?
            .into_iter()
            .filter_map(|todo| Some((next_due(&todo, look)?, todo)))
            .filter(|(due, _)| due.date() < look.today())
            .map(|(due, todo)| (todo, due))
            .collect();
        late.sort_by_key(|(_, due)| due.date_time());
        Ok(late)
    }
}

/// Days with what is on them.
struct Timetable {
    first: NaiveDate,
    last: NaiveDate,
    /// What should have been done before today, and when.
    overdue: Vec<(Document, LocalTime)>,
    occurrences: Vec<Occurrence>,
    spaces: BTreeMap<SpaceId, String>,
}

impl Report for Timetable {
    fn json(&self) -> Value {
        let overdue: Vec<Document> = self.overdue.iter().map(|(todo, _)| todo.clone()).collect();
        json!({ "overdue": json_list(&overdue), "occurrences": self.occurrences })
    }

    fn text(&self, look: &Look) -> String {
        let days = self.first.iter_days().take_while(|day| *day <= self.last);
        let days = days.filter_map(|day| self.day(look, day));
        let blocks: Vec<String> = self.late(look).into_iter().chain(days).collect();
        if blocks.is_empty() {
            let until = look.day(self.last);
            return look.paint(Paint::Good, &format!("Nothing until {until}."));
        }
        blocks.join("\n\n")
    }
}

impl Timetable {
    /// What should have been done before; `None` where that is nothing.
    fn late(&self, look: &Look) -> Option<String> {
        if self.overdue.is_empty() {
            return None;
        }
        let days: Vec<String> = self.overdue.iter().map(|(_, due)| look.day(due.date())).collect();
        let width = days.iter().map(|day| day.chars().count()).max().unwrap_or(0);
        let line = |(day, (todo, _)): (&String, &(Document, LocalTime))| {
            let space = self.spaces.get(&todo.space).map(|name| plain(name)).unwrap_or_default();
            let line = format!(
                "  {}  {} {}  {}",
                look.paint(Paint::Late, &format!("{day:<width$}")),
                look.paint(Paint::Late, "○"),
                plain(&todo.title),
                look.paint(Paint::Dim, &space)
            );
            line.trim_end().to_owned()
        };
        let heading = look.paint(Paint::Strong, "Overdue");
        let lines = days.iter().zip(&self.overdue).map(line);
        Some(std::iter::once(heading).chain(lines).collect::<Vec<_>>().join("\n"))
    }

    /// A day with what is on it; `None` where that is nothing.
    fn day(&self, look: &Look, day: NaiveDate) -> Option<String> {
        let mut on_day: Vec<(&Occurrence, Span)> =
            self.occurrences.iter().filter_map(|it| Some((it, Span::on(it, look, day)?))).collect();
        if on_day.is_empty() {
            return None;
        }
        on_day.sort_by_key(|(it, span)| (span.from.is_some(), span.from, it.start));
        let width = on_day.iter().map(|(_, span)| span.text().chars().count()).max().unwrap_or(0);
        let heading = look.paint(Paint::Strong, &look.heading(day));
        let lines = on_day.iter().map(|(it, span)| self.line(look, it, span, width));
        Some(std::iter::once(heading).chain(lines).collect::<Vec<_>>().join("\n"))
    }

    fn line(&self, look: &Look, it: &Occurrence, span: &Span, width: usize) -> String {
        let late = it.kind == Kind::Todo && !it.done && it.end < look.now;
        let (mark, paint) = match (it.kind, it.done) {
            (Kind::Todo, true) => ("✓", Paint::Good),
            (Kind::Todo, false) if late => ("○", Paint::Late),
            (Kind::Todo, false) => ("○", Paint::Dim),
            (_, true) => ("✗", Paint::Dim),
            _ => ("●", Paint::Id),
        };
        let time = format!("{:<width$}", span.text());
        let title = plain(&it.title);
        let title = if it.done { look.paint(Paint::Dim, &title) } else { title };
        let space = self.spaces.get(&it.space).map(|name| plain(name)).unwrap_or_default();
        let line = format!(
            "  {}  {} {title}  {}",
            look.paint(Paint::Dim, &time),
            look.paint(paint, mark),
            look.paint(Paint::Dim, &space)
        );
        line.trim_end().to_owned()
    }
}

/// The part of a day that something takes.
struct Span {
    /// Its beginning; `None` where it takes the whole day.
    from: Option<NaiveTime>,
    /// Its end, where that is another time.
    to: Option<NaiveTime>,
    due: bool,
}

impl Span {
    fn on(it: &Occurrence, look: &Look, day: NaiveDate) -> Option<Self> {
        let midnight = |day: NaiveDate| look.zone.resolve(day.and_time(NaiveTime::MIN));
        let (begins, ends) = (midnight(day), midnight(day + Days::new(1)));
        // What takes no time is where it begins.
        let last = Millis(it.end.0.max(it.start.0 + 1));
        if it.start >= ends || last <= begins {
            return None;
        }
        let due = it.kind == Kind::Todo;
        let from = it.start.max(begins);
        let to = it.end.min(ends);
        if it.all_day || (from == begins && to == ends) {
            return Some(Self { from: None, to: None, due });
        }
        let time = |at: Millis| look.zone.local(at).time();
        Some(Self { from: Some(time(from)), to: (to != from).then(|| time(to)), due })
    }

    fn text(&self) -> String {
        let shown = |time: NaiveTime| clock(NaiveDate::default().and_time(time));
        match (self.from, self.to) {
            (None, _) if self.due => "due".to_owned(),
            (None, _) => "all day".to_owned(),
            (Some(from), None) => shown(from),
            (Some(from), Some(to)) if to == NaiveTime::MIN && from != to => {
                format!("{}–24:00", shown(from))
            }
            (Some(from), Some(to)) => format!("{}–{}", shown(from), shown(to)),
        }
    }
}

#[cfg(test)]
mod tests {
    use umbra_model::{DocId, Privacy, UserId};

    use super::*;

    fn occurrence(look: &Look, kind: Kind, title: &str, start: &str, end: &str) -> Occurrence {
        let at = |text| look.zone.resolve(LocalTime::parse(text).unwrap().date_time());
        Occurrence {
            doc: DocId::from_bytes([1; 16]),
            space: SpaceId::from_bytes([9; 16]),
            kind,
            occurrence: None,
            title: title.to_owned(),
            start: at(start),
            end: at(end),
            local_start: start.to_owned(),
            zone: None,
            all_day: start.len() == 10,
            done: false,
        }
    }

    #[test]
    fn days_show_what_is_on_them() {
        let look = Look::plain("2026-11-24T12:00:00", "Europe/Paris");
        let day = |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
        let event = |title, start, end| occurrence(&look, Kind::Event, title, start, end);
        let taxes = Document {
            id: DocId::from_bytes([2; 16]),
            space: SpaceId::from_bytes([9; 16]),
            kind: Kind::Todo,
            creator: UserId::from_bytes([1; 16]),
            privacy: Privacy::Default,
            title: "Taxes".to_owned(),
            start: None,
            due: None,
            done: false,
            repeats: false,
            deleted: false,
            pending: 0,
            view: json!({}),
        };
        let agenda = Timetable {
            first: day("2026-11-24"),
            last: day("2026-11-30"),
            overdue: vec![(taxes, LocalTime::Date(day("2026-11-20")))],
            occurrences: vec![
                event("Stand-up", "2026-11-24T09:00:00", "2026-11-24T09:15:00"),
                event("Fair", "2026-11-24", "2026-11-26"),
                event("Night train", "2026-11-25T22:00:00", "2026-11-26T07:30:00"),
                event("Launch", "2026-11-26T10:00:00", "2026-11-26T10:00:00"),
                occurrence(&look, Kind::Todo, "Rent", "2026-11-26", "2026-11-27"),
            ],
            spaces: BTreeMap::from([(SpaceId::from_bytes([9; 16]), "Home".to_owned())]),
        };
        assert_eq!(
            agenda.text(&look),
            "Overdue\n  \
               20 Nov  ○ Taxes  Home\n\n\
             Today · Tuesday, 24 November 2026\n  \
               all day      ● Fair  Home\n  \
               09:00–09:15  ● Stand-up  Home\n\n\
             Tomorrow · Wednesday, 25 November 2026\n  \
               all day      ● Fair  Home\n  \
               22:00–24:00  ● Night train  Home\n\n\
             Thursday, 26 November 2026\n  \
               due          ○ Rent  Home\n  \
               00:00–07:30  ● Night train  Home\n  \
               10:00        ● Launch  Home"
        );
        let empty = Timetable { overdue: Vec::new(), occurrences: Vec::new(), ..agenda };
        assert_eq!(empty.text(&look), "Nothing until Mon.");
    }
}
