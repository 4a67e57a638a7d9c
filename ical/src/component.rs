//! A file taken apart: its components with their properties, each both as the
//! parser understands it and as the raw line that it was.

use std::panic::{AssertUnwindSafe, catch_unwind};

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponentType, ICalendarEntry, ICalendarParameterName, ICalendarProperty,
    ICalendarValue, Uri,
};
use calcard::{Entry, Parser};

use crate::limits::{COMPONENTS_MAX, FILE_BYTES_MAX, NESTING_MAX};
use crate::line::{Line, unfold};

/// Why a file can't be imported at all.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadFile {
    /// It is too large.
    #[error("a calendar file has at most {FILE_BYTES_MAX} bytes, this one has {0}")]
    TooLarge(usize),
    /// It has too many parts.
    #[error("a calendar file has at most {COMPONENTS_MAX} components")]
    TooManyComponents,
    /// It is no calendar file.
    #[error("there is no calendar in it: a calendar file begins with BEGIN:VCALENDAR")]
    NoCalendar,
    /// The parser broke on it.
    #[error("it is too broken to be read")]
    Broken,
}

/// A file taken apart.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The outermost components, calendars as a rule.
    pub roots: Vec<Component>,
    /// Lines that nobody understands.
    pub unread: Vec<String>,
}

/// A component with all that is in it.
#[derive(Debug)]
pub(crate) struct Component {
    pub kind: ICalendarComponentType,
    pub props: Vec<Prop>,
    pub children: Vec<Self>,
}

/// A property.
#[derive(Clone, Debug)]
pub(crate) struct Prop {
    /// As the parser understands it.
    pub entry: ICalendarEntry,
    /// As it stands in the file.
    pub line: Line,
}

/// Takes a file apart.
pub(crate) fn read(text: &str) -> Result<File, BadFile> {
    if text.len() > FILE_BYTES_MAX {
        return Err(BadFile::TooLarge(text.len()));
    }
    // The parser is somebody else's and the file anybody's.
    let parsed = catch_unwind(AssertUnwindSafe(|| parse(text))).map_err(|_| BadFile::Broken)?;
    if parsed.is_empty() {
        return Err(BadFile::NoCalendar);
    }
    if parsed.iter().map(|calendar| calendar.components.len()).sum::<usize>() > COMPONENTS_MAX {
        return Err(BadFile::TooManyComponents);
    }
    let (raw, unread) = raw_roots(text);
    let mut file = File { roots: Vec::new(), unread };
    for (at, calendar) in parsed.iter().enumerate() {
        // Where the two don't see the same components, the parser's word counts.
        let raw = raw.get(at).filter(|raw| raw.len() == calendar.components.len());
        let mut builder =
            Builder { calendar, raw: raw.map(Vec::as_slice), unread: &mut file.unread };
        file.roots.extend(builder.component(0, 1));
    }
    Ok(file)
}

fn parse(text: &str) -> Vec<ICalendar> {
    let mut parser = Parser::new(text);
    let mut calendars = Vec::new();
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => calendars.push(calendar),
            Entry::Eof => return calendars,
            _ => {}
        }
    }
}

/// The lines of each component of each outermost component, in the order of
/// their BEGINs, and those that belong to none or are none.
fn raw_roots(text: &str) -> (Vec<Vec<Vec<String>>>, Vec<String>) {
    let mut roots: Vec<Vec<Vec<String>>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut unread = Vec::new();
    for line in unfold(text) {
        let bare = line.trim_start_matches('\u{feff}');
        let boundary = bare.split_once(':').map(|(name, _)| name.trim().to_ascii_uppercase());
        match boundary.as_deref() {
            Some("BEGIN") => {
                if open.is_empty() {
                    roots.push(Vec::new());
                }
                if let Some(root) = roots.last_mut() {
                    open.push(root.len());
                    root.push(Vec::new());
                }
            }
            Some("END") => drop(open.pop()),
            _ => match (open.last(), roots.last_mut()) {
                (Some(at), Some(root)) if line.contains([':', ';']) => {
                    root[*at].push(line);
                }
                _ => unread.push(line),
            },
        }
    }
    (roots, unread)
}

struct Builder<'a> {
    calendar: &'a ICalendar,
    raw: Option<&'a [Vec<String>]>,
    unread: &'a mut Vec<String>,
}

impl Builder<'_> {
    fn component(&mut self, id: usize, depth: usize) -> Option<Component> {
        let component = self.calendar.components.get(id)?;
        if depth > NESTING_MAX {
            self.unread.push(format!("BEGIN:{}", component.component_type.as_str()));
            return None;
        }
        let raw = self.raw.and_then(|raw| raw.get(id));
        let raw = raw.filter(|raw| {
            raw.len() == component.entries.len()
                && raw.iter().zip(&component.entries).all(|(raw, entry)| is_line_of(raw, entry))
        });
        let props = component.entries.iter().enumerate().map(|(at, entry)| Prop {
            entry: entry.clone(),
            line: raw.and_then(|raw| Line::parse(&raw[at])).unwrap_or_else(|| rewritten(entry)),
        });
        let props = props.collect();
        let ids: Vec<usize> =
            component.component_ids.iter().filter_map(|id| usize::try_from(*id).ok()).collect();
        let children = ids.into_iter().filter_map(|id| self.component(id, depth + 1)).collect();
        Some(Component { kind: component.component_type.clone(), props, children })
    }
}

fn is_line_of(raw: &str, entry: &ICalendarEntry) -> bool {
    let name = raw.split([':', ';']).next().unwrap_or_default().trim();
    name.eq_ignore_ascii_case(entry.name.as_str())
}

/// The line as the parser would write it.
fn rewritten(entry: &ICalendarEntry) -> Line {
    let mut text = String::new();
    let written = entry.write_to(&mut text);
    let line = written.ok().and_then(|()| Line::parse(&unfold(&text).concat()));
    line.unwrap_or_else(|| Line::new(&entry.name.as_str().to_ascii_uppercase(), ""))
}

impl Component {
    /// The first property of this name.
    pub(crate) fn prop(&self, name: &ICalendarProperty) -> Option<&Prop> {
        self.props.iter().find(|prop| prop.entry.name == *name)
    }

    /// Whether this property is the first of its name.
    pub(crate) fn is_first(&self, prop: &Prop) -> bool {
        self.prop(&prop.entry.name).is_some_and(|first| std::ptr::eq(first, prop))
    }

    /// The text of the first property of this name.
    pub(crate) fn text(&self, name: &ICalendarProperty) -> Option<&str> {
        self.prop(name)?.text()
    }

    /// The components of this kind that are in it.
    pub(crate) fn of_kind(&self, kind: &ICalendarComponentType) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.kind == *kind)
    }
}

impl Prop {
    /// Its value as text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self.entry.values.first()? {
            ICalendarValue::Uri(Uri::Location(uri)) => Some(uri),
            ICalendarValue::Uri(Uri::Data(_)) => None,
            value => value.as_text(),
        }
    }

    /// All of its values as one text, as a parser splits what it shouldn't where a
    /// file forgot to escape a comma.
    pub(crate) fn joined(&self) -> Option<String> {
        let texts: Vec<&str> =
            self.entry.values.iter().map(ICalendarValue::as_text).collect::<Option<_>>()?;
        (!texts.is_empty()).then(|| texts.join(","))
    }

    /// The zone that it names.
    pub(crate) fn tzid(&self) -> Option<&str> {
        self.entry.parameter(&ICalendarParameterName::Tzid)?.as_text()
    }

    /// Its values that are dates or times.
    pub(crate) fn times(&self) -> impl Iterator<Item = &PartialDateTime> {
        self.entry.values.iter().filter_map(ICalendarValue::as_partial_date_time)
    }
}
