//! Rules of one operation: this account, in its role, may do this here, now.

use umbra_model::policy::{Action, Ask, Denied, decide};
use umbra_model::schema::{FieldSpec, Scalar, Target};

use super::structure::Effect;
use super::{Author, Code, DocFacts, Refusal};

/// Asks the policy for one author of one document.
#[derive(Debug)]
pub(crate) struct Permission<'a> {
    author: &'a Author,
    facts: &'a DocFacts,
    /// What was granted last. Most operations ask for the same again: a text is
    /// one operation a character.
    granted: Option<Action<'static>>,
}

impl<'a> Permission<'a> {
    pub(crate) fn new(author: &'a Author, facts: &'a DocFacts) -> Self {
        Self { author, facts, granted: None }
    }

    /// Checks an operation on this field.
    pub(crate) fn check(
        &mut self,
        container: Option<&FieldSpec>,
        target: &Target,
        effect: &Effect<'_>,
    ) -> Result<(), Refusal> {
        let clears =
            matches!(effect, Effect::Remove { .. } | Effect::Put { value: Scalar::Null, .. });
        let own_entry = target.account == Some(self.author.user);
        let action = Action::on(target.field.name, clears, own_entry);
        if self.granted == Some(action) {
            return Ok(());
        }
        self.ask(Action::Read)
            .map_err(|_| Refusal::new(Code::NotFound, "there is no such document"))?;
        self.ask(action).map_err(|denied| {
            Refusal::new(Code::RoleTooWeak, needs(&denied))
                .by(denied.rule)
                .at(effect.path(container))
        })?;
        self.granted = Some(action);
        Ok(())
    }

    fn ask(&self, action: Action<'_>) -> Result<(), Denied> {
        decide(&Ask {
            space: self.facts.space,
            role: self.author.role,
            kind: self.facts.kind,
            privacy: self.facts.privacy,
            own: self.facts.creator == self.author.user,
            own_subject: self.facts.subject_creator == Some(self.author.user),
            action,
        })
    }
}

fn needs(denied: &Denied) -> String {
    match denied.needs {
        Some(role) => format!("it takes the role of {role}"),
        None => "nobody may do this here".to_owned(),
    }
}
