//! A course to play in: thirty skills in three strands, four exercises each.

use curriculum::Localised;
use curriculum::id::{ExerciseId, SkillId};
use curriculum::schedule::{Candidate, Format};
use curriculum::skill::{Skill, SkillGraph, SkillKind};

pub const SKILLS: usize = 30;
const STRANDS: usize = 3;

pub struct World {
    pub graph: SkillGraph,
    /// Teaching order.
    pub ladder: Vec<SkillId>,
    pub candidates: Vec<Candidate>,
}

pub fn skill_id(n: usize) -> SkillId {
    SkillId::new(&format!("k.{n:02}")).expect("a code")
}

pub fn rank(skill: &SkillId) -> usize {
    skill.as_str()[2..]
        .parse()
        .expect("the code ends in its rank")
}

/// Each skill needs the one before it in its strand; difficulty rises from 8 to 80.
pub fn world() -> World {
    let skills = (0..SKILLS).map(|n| Skill {
        id: skill_id(n),
        kind: SkillKind::Skill,
        title: Localised::default(),
        needs: n.checked_sub(STRANDS).map(skill_id).into_iter().collect(),
        standards: Vec::new(),
    });
    let graph = SkillGraph::new(skills).expect("strands have no cycle");
    let mut candidates = Vec::new();
    for n in 0..SKILLS {
        let base = 10 + n * 2;
        let kinds = [
            ("easier", 0, Format::Number, 0, 60),
            ("number", 8, Format::Number, 0, 60),
            ("choice", 6, Format::Choice, 33, 40),
            ("words", 16, Format::Number, 0, 60),
        ];
        for (name, more, format, luck_percent, draws) in kinds {
            candidates.push(Candidate {
                exercise: ExerciseId::new(&format!("k.{n:02}.{name}")).expect("a code"),
                skill: skill_id(n),
                difficulty: u8::try_from(base + more).expect("at most 84"),
                format,
                luck_percent,
                draws,
            });
        }
    }
    World {
        graph,
        ladder: (0..SKILLS).map(skill_id).collect(),
        candidates,
    }
}
