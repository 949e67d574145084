//! Source: the text files that teachers edit become courses and lessons.
//!
//! In:      `SourceFile`: the path and text of every file of a folder.
//! Out:     `Source`, with the place of every text, and `Finding`s.
//! Touches: `combination`, `course`, `exercise`, `finding`, `id`, `interface`, `language`, `safeguarding`,
//!          `skill`, `tutor`. No disk: the caller reads the files.
//! Invariant: reading never stops at the first fault; a key nobody knows is refused by name.

mod course;
mod exercise;
mod folder;
mod lesson;
mod output;
mod places;
mod plan;
mod reader;
mod table;
mod words;

pub use folder::{CourseSource, LessonSource, PlanSource, Source, SourceFile, read};
pub use places::Places;
