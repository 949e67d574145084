//! `course.toml`.

use toml::de::DeTable;

use crate::Localised;
use crate::course::Module;
use crate::id::{CourseId, LessonId};

use super::reader::Reader;
use super::table::Keys;

/// What `course.toml` says.
pub(super) struct CourseHead {
    pub(super) id: CourseId,
    pub(super) module: Module,
    pub(super) title: Localised<String>,
    pub(super) lessons: Vec<LessonId>,
}

pub(super) fn read_course(reader: &mut Reader, table: &DeTable<'_>) -> Option<CourseHead> {
    let mut keys = Keys::new(reader, "", table, 0..0);
    let id = keys.parsed(reader, "course");
    let module = keys.text(reader, "module");
    let module = module.and_then(|name| {
        let found = module_named(&name);
        if found.is_none() {
            let message = format!(
                "module `{name}`: expected mathematics, english, comprehension, debate or general"
            );
            reader.error_in("module", "form", message);
        }
        found
    });
    let title = keys.localised_text(reader, "title");
    let lessons = keys.parsed_list(reader, "lessons");
    keys.finish(reader);
    Some(CourseHead {
        id: id?,
        module: module?,
        title,
        lessons,
    })
}

pub(super) fn module_named(name: &str) -> Option<Module> {
    match name {
        "mathematics" => Some(Module::Mathematics),
        "english" => Some(Module::English),
        "comprehension" => Some(Module::Comprehension),
        "debate" => Some(Module::Debate),
        "general" => Some(Module::General),
        _ => None,
    }
}
