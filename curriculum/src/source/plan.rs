//! `combinations.toml`.

use toml::de::DeTable;

use crate::combination::{Code, Combination, Combinations};

use super::course::module_named;
use super::output::Kind;
use super::reader::Reader;
use super::table::Keys;

/// What can be read of the plan.
pub(super) fn read_plan(reader: &mut Reader, table: &DeTable<'_>) -> Combinations {
    let mut keys = Keys::new(reader, "", table, 0..0);
    let languages = rows(reader, &mut keys, "language", |reader, keys| {
        keys.text(reader, "name");
        keys.parsed(reader, "tag")
    });
    let levels = rows(reader, &mut keys, "level", |reader, keys| {
        keys.text(reader, "name");
        let part = keys.part("levels");
        let value = keys.need(reader, "levels")?;
        let list = reader.list(&part, value)?;
        let levels = list
            .into_iter()
            .filter_map(|value| reader.integer(&part, value));
        Some(
            levels
                .filter_map(|level| u8::try_from(level).ok())
                .collect(),
        )
    });
    let categories = rows(reader, &mut keys, "category", |reader, keys| {
        keys.text(reader, "name");
        let name = keys.text(reader, "module")?;
        known(reader, &keys.part("module"), &name, module_named(&name))
    });
    let types = rows(reader, &mut keys, "type", |reader, keys| {
        let name = keys.text(reader, "kind")?;
        let kind = Kind::named(&name).map(|_| name.clone());
        known(reader, &keys.part("kind"), &name, kind)
    });
    let topics = rows(reader, &mut keys, "topic", |reader, keys| {
        keys.text(reader, "name")
    });
    let combinations = keys.tables(reader, "combination");
    let combinations = combinations
        .into_iter()
        .filter_map(|keys| read_combination(reader, keys))
        .collect();
    keys.finish(reader);
    Combinations {
        languages,
        levels,
        categories,
        types,
        topics,
        combinations,
    }
}

fn rows<T>(
    reader: &mut Reader,
    keys: &mut Keys<'_, '_>,
    table: &'static str,
    read: impl Fn(&mut Reader, &mut Keys<'_, '_>) -> Option<T>,
) -> Vec<(Code, T)> {
    let mut rows = Vec::new();
    for mut keys in keys.tables(reader, table) {
        let code = keys.parsed(reader, "id");
        let value = read(reader, &mut keys);
        keys.finish(reader);
        rows.extend(code.zip(value));
    }
    rows
}

fn read_combination(reader: &mut Reader, mut keys: Keys<'_, '_>) -> Option<Combination> {
    let id = keys.parsed(reader, "id");
    let language = keys.parsed(reader, "language");
    let level = keys.parsed(reader, "level");
    let category = keys.parsed(reader, "category");
    let kind = keys.parsed(reader, "type");
    let topic = keys.parsed(reader, "topic");
    let status = keys.parsed(reader, "status");
    keys.finish(reader);
    Some(Combination {
        id: id?,
        language: language?,
        level: level?,
        category: category?,
        kind: kind?,
        topic: topic?,
        status: status?,
    })
}

fn known<T>(reader: &mut Reader, part: &str, name: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        reader.error_in(part, "form", format!("`{name}` is not known"));
    }
    found
}
