//! The messages at which a fault is aimed.

use crate::api::{Message, MessageRole};

/// The messages that a fault affects: all, or those of some roles and types.
///
/// A name means the messages of the role with this name, and those of the type with this name. So the bundled replica's
/// types, which are names of roles, mean the same messages of it as ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aim {
    /// The names of types; no names mean all messages.
    types: Vec<String>,
    /// The roles that have such a name, one bit each.
    roles: u16,
}

impl Aim {
    pub(crate) fn at(names: &[String]) -> Self {
        let roles = names.iter().filter_map(|name| MessageRole::named(name));
        Aim { types: names.to_vec(), roles: roles.fold(0, |set, role| set | role.bit()) }
    }

    /// Returns true if only some messages are meant.
    pub(super) fn is_narrow(&self) -> bool {
        !self.types.is_empty()
    }

    #[inline]
    pub(super) fn is_at(&self, role: MessageRole, kind: &str) -> bool {
        self.types.is_empty()
            || self.roles & role.bit() != 0
            || self.types.iter().any(|name| name == kind)
    }
}

/// The names at which faults are aimed, and of which no message was sent so far.
#[derive(Debug)]
pub(crate) struct Unsent(Vec<(String, Aim)>);

impl Unsent {
    /// Begins with all names that a plan's faults have.
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n String>) -> Self {
        let mut unsent: Vec<(String, Aim)> = Vec::new();
        for name in names {
            if unsent.iter().all(|(known, _)| known != name) {
                unsent.push((name.clone(), Aim::at(std::slice::from_ref(name))));
            }
        }
        Unsent(unsent)
    }

    /// Takes note of a message that is sent.
    #[inline]
    pub(crate) fn sent(&mut self, message: &impl Message) {
        if !self.0.is_empty() {
            let (role, kind) = (message.role(), message.kind());
            self.0.retain(|(_, aim)| !aim.is_at(role, kind));
        }
    }

    /// Returns the names, in the order of the plan.
    pub(crate) fn into_names(self) -> Vec<String> {
        self.0.into_iter().map(|(name, _)| name).collect()
    }
}
