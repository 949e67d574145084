//! Places: region, district, school, class, group, one below the other.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::random::token;
use crate::store::{Connection, Reads, StoreError};

/// The place above all.
pub(crate) const ROOT: &str = "all";

/// Kinds from the root down.
pub(crate) const KINDS: [&str; 6] = ["root", "region", "district", "school", "class", "group"];

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) place_id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Identifiers from the root down, each between slashes.
    pub(crate) path: String,
}

/// Why a place was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("there is no kind of place `{0}`; there are region, district, school, class, group")]
    Kind(String),
    #[error("`{0}` gives no name for a {1}")]
    Name(String, String),
}

/// The places a written path names, from a region down: `Kigali/Gasabo/GS Kacyiru/P3 A`.
pub(crate) fn named(path: &str) -> Result<Vec<(&'static str, String)>, PlaceError> {
    let kinds = KINDS.iter().skip(1).copied();
    let names: Vec<&str> = path.split('/').map(str::trim).collect();
    if names.len() >= KINDS.len() {
        return Err(PlaceError::Kind(names[KINDS.len() - 1].to_owned()));
    }
    let named = kinds.zip(names).map(|(kind, name)| {
        if name.is_empty() || name.len() > 120 {
            return Err(PlaceError::Name(path.to_owned(), kind.to_owned()));
        }
        Ok((kind, name.to_owned()))
    });
    named.collect()
}

/// The place a written path names, made where it is missing.
pub(crate) async fn made(
    connection: &mut Connection,
    names: &[(&'static str, String)],
) -> Result<Place, StoreError> {
    let mut place = find(connection, ROOT).await?.ok_or_else(missing_root)?;
    for (kind, name) in names {
        let row = sqlx::query(
            "SELECT place_id, kind, name, path FROM place WHERE parent_id = $1 AND name = $2",
        )
        .bind(place.place_id.clone())
        .bind(name.clone())
        .fetch_optional(&mut *connection)
        .await?;
        place = match row {
            Some(row) => read(&row)?,
            None => add(connection, &place, kind, name).await?,
        };
    }
    Ok(place)
}

async fn add(
    connection: &mut Connection,
    parent: &Place,
    kind: &str,
    name: &str,
) -> Result<Place, StoreError> {
    let place_id = token(10)?;
    let path = format!("{}{place_id}/", parent.path);
    sqlx::query(
        "INSERT INTO place (place_id, parent_id, kind, name, path) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(place_id.clone())
    .bind(parent.place_id.clone())
    .bind(kind.to_owned())
    .bind(name.to_owned())
    .bind(path.clone())
    .execute(connection)
    .await?;
    Ok(Place {
        place_id,
        kind: kind.to_owned(),
        name: name.to_owned(),
        path,
    })
}

pub(crate) async fn find(
    connection: &mut Connection,
    place_id: &str,
) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query("SELECT place_id, kind, name, path FROM place WHERE place_id = $1")
        .bind(place_id.to_owned())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The place and those above it, from the root down, as far as they lie within `scope`.
pub(crate) async fn above(
    reads: &Reads,
    place: &Place,
    scope: &str,
) -> Result<Vec<Place>, StoreError> {
    let mut places = Vec::new();
    let mut connection = reads.acquire().await?;
    for place_id in place.path.split('/').filter(|piece| !piece.is_empty()) {
        if let Some(found) = find(&mut connection, place_id).await?
            && found.path.starts_with(scope)
        {
            places.push(found);
        }
    }
    Ok(places)
}

pub(crate) fn read(row: &AnyRow) -> Result<Place, StoreError> {
    Ok(Place {
        place_id: row.try_get(0)?,
        kind: row.try_get(1)?,
        name: row.try_get(2)?,
        path: row.try_get(3)?,
    })
}

fn missing_root() -> StoreError {
    StoreError::Broken {
        what: "places: the root is missing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_path_names_places_from_a_region_down() {
        let check = |path, expected: &[(&str, &str)]| {
            let found = named(path).unwrap();
            let found: Vec<_> = found.iter().map(|(k, n)| (*k, n.as_str())).collect();
            assert_eq!(found, expected);
        };
        check("Kigali", &[("region", "Kigali")]);
        check(
            "Kigali/Gasabo/ GS Kacyiru /P3 A",
            &[
                ("region", "Kigali"),
                ("district", "Gasabo"),
                ("school", "GS Kacyiru"),
                ("class", "P3 A"),
            ],
        );
        assert!(named("Kigali//GS").is_err());
        assert!(named("a/b/c/d/e/f").is_err());
    }
}
