//! Skills and what each one needs first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Localised;
use crate::id::SkillId;

/// What kind of thing a skill is, as occupational standards divide them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SkillKind {
    /// Something to know.
    Knowledge,
    /// Something to be able to do.
    Skill,
    /// A way to act.
    Behaviour,
}

/// The smallest thing whose mastery is tracked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// Stable code, never reused.
    pub id: SkillId,
    /// Knowledge, skill or behaviour.
    pub kind: SkillKind,
    /// What the learner can do, as said to the learner: "add up to ten".
    pub title: Localised<String>,
    /// Skills to have first.
    pub needs: Vec<SkillId>,
    /// Published standards this serves, such as national curriculum codes.
    pub standards: Vec<String>,
}

/// Skills ordered so that every skill comes after what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkillGraph {
    skills: BTreeMap<SkillId, Skill>,
    order: Vec<SkillId>,
}

/// Why skills do not form a graph that can be taught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkillGraphError {
    /// Two skills carry one code.
    #[error("order skills: `{0}` is defined twice")]
    Duplicate(SkillId),
    /// A prerequisite that no pack defines.
    #[error("order skills: `{skill}` needs `{needs}`, which is not defined")]
    Unknown {
        /// The skill that names it.
        skill: SkillId,
        /// The missing prerequisite.
        needs: SkillId,
    },
    /// Skills that need each other could never be reached.
    #[error("order skills: these need each other: {0:?}")]
    Cycle(Vec<SkillId>),
}

impl SkillGraph {
    /// Orders `skills` by prerequisite, ties by code.
    ///
    /// # Errors
    /// On a duplicate code, an unknown prerequisite or a cycle.
    pub fn new(skills: impl IntoIterator<Item = Skill>) -> Result<Self, SkillGraphError> {
        let mut by_id = BTreeMap::new();
        for skill in skills {
            let id = skill.id.clone();
            if by_id.insert(id.clone(), skill).is_some() {
                return Err(SkillGraphError::Duplicate(id));
            }
        }
        for skill in by_id.values() {
            if let Some(needs) = skill.needs.iter().find(|needs| !by_id.contains_key(*needs)) {
                let (skill, needs) = (skill.id.clone(), needs.clone());
                return Err(SkillGraphError::Unknown { skill, needs });
            }
        }
        let order = order(&by_id)?;
        Ok(Self {
            skills: by_id,
            order,
        })
    }

    /// The skill with this code.
    pub fn skill(&self, id: &SkillId) -> Option<&Skill> {
        self.skills.get(id)
    }

    /// Every skill, prerequisites first.
    pub fn in_order(&self) -> impl Iterator<Item = &Skill> {
        self.order.iter().filter_map(|id| self.skills.get(id))
    }

    /// Everything that must be had before `id`, directly or not, prerequisites first.
    pub fn ancestors(&self, id: &SkillId) -> Vec<&Skill> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            for needs in self.skills.get(next).map_or(&[][..], |skill| &skill.needs) {
                if found.insert(needs) {
                    open.push(needs);
                }
            }
        }
        self.in_order()
            .filter(|skill| found.contains(&skill.id))
            .collect()
    }

    /// Number of skills.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// True without skills.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Kahn's algorithm, taking the smallest free code each time so that the order is unique.
fn order(skills: &BTreeMap<SkillId, Skill>) -> Result<Vec<SkillId>, SkillGraphError> {
    let mut missing: BTreeMap<&SkillId, BTreeSet<&SkillId>> = skills
        .iter()
        .map(|(id, skill)| (id, skill.needs.iter().collect()))
        .collect();
    let mut order = Vec::with_capacity(skills.len());
    while let Some(&id) = missing
        .iter()
        .find(|(_, needs)| needs.is_empty())
        .map(|(id, _)| id)
    {
        missing.remove(id);
        for needs in missing.values_mut() {
            needs.remove(id);
        }
        order.push(id.clone());
    }
    if missing.is_empty() {
        Ok(order)
    } else {
        Err(SkillGraphError::Cycle(
            missing.into_keys().cloned().collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lines` is `skill<need,need` separated by spaces; the order comes back joined by spaces.
    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let skills = lines.split(' ').map(|line| {
            let (id, needs) = line.split_once('<').unwrap_or((line, ""));
            Skill {
                id: SkillId::new(id).unwrap(),
                kind: SkillKind::Skill,
                title: Localised::default(),
                needs: needs
                    .split(',')
                    .filter_map(|n| SkillId::new(n).ok())
                    .collect(),
                standards: Vec::new(),
            }
        });
        let got = match SkillGraph::new(skills) {
            Ok(graph) => graph
                .in_order()
                .map(|s| s.id.as_str())
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn what_is_needed_comes_first() {
        check("c<b a b<a", "a b c");
        check("b a", "a b");
    }

    #[test]
    fn skills_that_need_each_other_are_named() {
        check(
            "a<b b<a c",
            "order skills: these need each other: [SkillId(a), SkillId(b)]",
        );
        check("a<x", "order skills: `a` needs `x`, which is not defined");
        check("a a", "order skills: `a` is defined twice");
    }
}
