//! The matrix of roles and what each may do: data, read once.

use std::sync::LazyLock;

/// The matrix as it ships. Each cell is tried against each route by a test.
const MATRIX: &str = include_str!("permissions.tsv");

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is stored and typed.
            pub(crate) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            pub(crate) fn read(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.text() == text)
            }
        }
    };
}

names! {
    /// What a user is.
    Role {
        SuperAdmin = "super_admin",
        Admin = "admin",
        RegionalSupervisor = "regional_supervisor",
        SchoolManager = "school_manager",
        ClassManager = "class_manager",
        Parent = "parent",
        Technician = "technician",
        ContentEditor = "content_editor",
        SafeguardingOfficer = "safeguarding_officer",
    }
}

names! {
    /// What can be allowed.
    Capability {
        /// Figures of places, without any child's record.
        Overview = "overview",
        /// One child's record.
        Learner = "learner",
        /// The list of who needs help.
        Help = "help",
        /// Boxes and how they are.
        Boxes = "boxes",
        /// To let a box join.
        Claim = "claim",
        /// To hear a box no more.
        Revoke = "revoke",
        /// Who logs in.
        Users = "users",
        /// Who looked at what.
        Audit = "audit",
        /// A parent's own children.
        Children = "children",
    }
}

/// How far a capability reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The user's place and all below it.
    Place,
    /// Learners linked to the user.
    Own,
}

/// How far a role's capability reaches; `None` if it has none.
pub(crate) fn reach(role: Role, capability: Capability) -> Option<Reach> {
    static CELLS: LazyLock<Vec<(Capability, Role, Option<Reach>)>> =
        LazyLock::new(|| cells().unwrap_or_default());
    let mut cells = CELLS.iter();
    let cell = cells.find(|cell| (cell.0, cell.1) == (capability, role));
    cell.and_then(|cell| cell.2)
}

/// `None` if the matrix names what is not there: then nobody may do anything, and a test fails.
fn cells() -> Option<Vec<(Capability, Role, Option<Reach>)>> {
    let mut lines = MATRIX.lines().filter(|line| !line.starts_with('#'));
    let roles: Option<Vec<Role>> = lines.next()?.split('\t').skip(1).map(Role::read).collect();
    let roles = roles?;
    let mut cells = Vec::new();
    for line in lines {
        let (capability, line) = line.split_once('\t')?;
        let capability = Capability::read(capability)?;
        let words: Vec<&str> = line.split('\t').collect();
        if words.len() != roles.len() {
            return None;
        }
        for (role, word) in roles.iter().zip(words) {
            let reach = match word {
                "place" => Some(Reach::Place),
                "own" => Some(Reach::Own),
                "-" => None,
                _ => return None,
            };
            cells.push((capability, *role, reach));
        }
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_and_every_capability_have_exactly_one_cell() {
        let cells = cells().expect("the matrix is whole");
        for role in Role::ALL {
            for capability in Capability::ALL {
                let count = cells
                    .iter()
                    .filter(|cell| (cell.0, cell.1) == (*capability, *role))
                    .count();
                assert_eq!(count, 1, "{role:?} {capability:?}");
            }
        }
    }

    /// What must never be changed by a slip in the table.
    #[test]
    fn no_technician_or_editor_sees_a_child() {
        for role in [Role::Technician, Role::ContentEditor] {
            for capability in [Capability::Learner, Capability::Help, Capability::Children] {
                assert_eq!(reach(role, capability), None, "{role:?} {capability:?}");
            }
        }
        assert_eq!(reach(Role::Parent, Capability::Learner), Some(Reach::Own));
        assert_eq!(reach(Role::Parent, Capability::Overview), None);
    }
}
