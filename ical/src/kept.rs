//! What of a component no field holds: kept with the document, for export.

use std::collections::BTreeMap;

use umbra_model::value::LocalTime;

use crate::component::{Component, Prop};
use crate::draft::EXACT_COLOR;
use crate::limits::KEPT_BYTES_MAX;
use crate::line::{Line, fold};
use crate::report::What;

/// All that is kept of a thing and its occurrences.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Kept {
    /// Of the thing itself.
    pub main: Part,
    /// Of the occurrences that are different.
    pub overrides: BTreeMap<LocalTime, Part>,
    /// The definitions of its zones.
    pub zones: Vec<Tree>,
}

/// What is kept of one component.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Part {
    /// Whole properties.
    pub lines: Vec<Line>,
    /// Properties of which a field holds as much as fits.
    pub whole: Vec<Line>,
    /// Parameters of properties whose value a field holds.
    pub params: Vec<Line>,
    /// Whole components within.
    pub children: Vec<Tree>,
}

/// A component that is kept as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tree {
    /// Its name, in upper case.
    pub name: String,
    /// Its properties.
    pub lines: Vec<Line>,
    /// The components within.
    pub children: Vec<Self>,
}

impl Kept {
    /// Leaves out the largest things until the rest fits, and says what they were.
    pub(crate) fn shrink(&mut self) -> Vec<What> {
        let mut sizes: Vec<usize> = self.zones.iter().map(Tree::size).collect();
        for part in self.parts() {
            sizes.extend(part.lines.iter().chain(&part.whole).chain(&part.params).map(Line::len));
            sizes.extend(part.children.iter().map(Tree::size));
        }
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        let mut total: usize = sizes.iter().sum::<usize>() + 60 * (self.overrides.len() + 2);
        let mut cut = usize::MAX;
        for size in sizes {
            if total <= KEPT_BYTES_MAX {
                break;
            }
            total -= size;
            cut = size;
        }
        if cut == usize::MAX { Vec::new() } else { self.leave_out(cut) }
    }

    /// Leaves out all of this size and above.
    fn leave_out(&mut self, cut: usize) -> Vec<What> {
        let mut left_out = Vec::new();
        let mut keep = |name: &str, bytes: usize| {
            if bytes >= cut {
                left_out.push(What::TooLarge { name: name.to_owned(), bytes });
            }
            bytes < cut
        };
        self.zones.retain(|zone| keep(&zone.name, zone.size()));
        for part in std::iter::once(&mut self.main).chain(self.overrides.values_mut()) {
            part.lines.retain(|line| keep(&line.name, line.len()));
            part.whole.retain(|line| keep(&line.name, line.len()));
            part.params.retain(|line| keep(&line.name, line.len()));
            part.children.retain(|child| keep(&child.name, child.size()));
        }
        left_out
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.main).chain(self.overrides.values())
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.zones.is_empty() && self.parts().all(Part::is_empty)
    }

    /// The names of what is kept, each once.
    pub(crate) fn names(&self) -> Vec<String> {
        let lines = self.parts().flat_map(|part| part.lines.iter().map(|line| &line.name));
        let children = self.parts().flat_map(|part| part.children.iter().map(|it| &it.name));
        let mut names: Vec<String> = lines.chain(children).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Part {
    /// Keeps a whole property.
    pub(crate) fn keep(&mut self, prop: &Prop) {
        self.lines.push(prop.line.clone());
    }

    /// Keeps a property that leaves its field empty, if there is more to it.
    pub(crate) fn keep_empty(&mut self, prop: &Prop) {
        if !prop.line.params.is_empty() || !prop.line.value.is_empty() {
            self.keep(prop);
        }
    }

    /// Keeps the whole of a property of which a field holds a part.
    pub(crate) fn keep_whole(&mut self, prop: &Prop) {
        self.whole.push(prop.line.clone());
    }

    /// Keeps the parameters of a property whose value has found its field, but for
    /// those that say how to read the value.
    pub(crate) fn keep_params(&mut self, prop: &Prop) {
        const READ: [&str; 5] = ["VALUE", "TZID", "ENCODING", "CHARSET", EXACT_COLOR];
        let mut line = Line::new(&prop.line.name, "");
        let params = prop.line.params.iter();
        line.params = params.filter(|(name, _)| !READ.contains(&name.as_str())).cloned().collect();
        if !line.params.is_empty() && self.params_of(&line.name).is_none() {
            self.params.push(line);
        }
    }

    /// The parameters that a property had.
    pub(crate) fn params_of(&self, name: &str) -> Option<&Line> {
        self.params.iter().find(|line| line.name == name)
    }

    /// Keeps the components within a component.
    pub(crate) fn keep_children(&mut self, component: &Component) {
        self.children.extend(component.children.iter().map(Tree::of));
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.lines, &self.whole, &self.params].iter().all(|lines| lines.is_empty())
            && self.children.is_empty()
    }
}

impl Tree {
    /// A component as it is.
    pub(crate) fn of(component: &Component) -> Self {
        Self {
            name: component.kind.as_str().to_ascii_uppercase(),
            lines: component.props.iter().map(|prop| prop.line.clone()).collect(),
            children: component.children.iter().map(Self::of).collect(),
        }
    }

    /// The value of its first property of this name.
    pub(crate) fn line(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|line| line.name == name).map(|line| line.value.as_str())
    }

    /// Writes it.
    pub(crate) fn write(&self, out: &mut String) {
        fold(&format!("BEGIN:{}", self.name), out);
        self.lines.iter().for_each(|line| line.write(out));
        self.children.iter().for_each(|child| child.write(out));
        fold(&format!("END:{}", self.name), out);
    }

    fn size(&self) -> usize {
        let lines = self.lines.iter().map(Line::len).sum::<usize>();
        lines + self.children.iter().map(Self::size).sum::<usize>() + self.name.len() + 12
    }
}
