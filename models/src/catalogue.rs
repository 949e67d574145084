//! The catalogue: which speech models exist, and where their files come from.
//!
//! Parsed once, at the door: after that every name is a plain file name, every conversion names
//! inputs that exist, and only untested models may lack a hash.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use thiserror::Error;

use crate::convert::Precision;

/// The catalogue that is part of this program.
const BUILT_IN: &str = include_str!("../catalogue.toml");

#[derive(Debug, Error)]
pub enum CatalogueError {
    #[error("read the catalogue")]
    Toml(#[from] toml::de::Error),
    #[error("read the catalogue: speech model {id}: {fault}")]
    Model { id: String, fault: String },
    #[error("find speech model {id} in the catalogue; it has {known}")]
    UnknownModel { id: String, known: String },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "model")]
    models: Vec<Model>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub id: String,
    pub job: Job,
    /// BCP 47.
    pub languages: Vec<String>,
    /// Resident while in use.
    pub memory_bytes: u64,
    pub licence: String,
    /// Fetched when nothing is named.
    pub default: bool,
    pub tested: bool,
    pub note: Option<String>,
    /// Kept, for every processor; see [`Model::files`].
    #[serde(rename = "file")]
    all_files: Vec<File>,
    /// Fetched only to be converted.
    #[serde(rename = "input", default)]
    pub inputs: Vec<File>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Job {
    Transcribe,
    Speak,
    Meaning,
    Runtime,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Job::Transcribe => "transcribe",
            Job::Speak => "speak",
            Job::Meaning => "meaning",
            Job::Runtime => "runtime",
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    pub arch: Option<String>,
    pub size_bytes: Option<u64>,
    pub sha256: Option<Sha256Hex>,
    #[serde(default)]
    pub sources: Vec<Source>,
    pub convert: Option<Conversion>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Source {
    Package(Package),
    Repository(Repository),
    Address(Address),
}

/// A file inside a package of the Python package index.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub package: String,
    pub version: String,
    pub inside: String,
    /// Wheel platforms to choose from; empty when one wheel serves all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Python of the wheel to take, such as `312`. The file itself does not need that Python.
    pub python: Option<String>,
    /// Size of the wheel, for the progress bar.
    pub download_bytes: Option<u64>,
}

/// A file in a Hugging Face repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    pub repository: String,
    pub file: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    pub url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    pub precision: CataloguePrecision,
    pub weights: Vec<String>,
    pub vocabulary: String,
    pub mel_filters: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CataloguePrecision {
    F16,
    Q8_0,
}

impl From<CataloguePrecision> for Precision {
    fn from(precision: CataloguePrecision) -> Self {
        match precision {
            CataloguePrecision::F16 => Precision::F16,
            CataloguePrecision::Q8_0 => Precision::Q8_0,
        }
    }
}

/// 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Sha256Hex(String);

impl Sha256Hex {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sha256Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(digit) {
            Ok(Self(text))
        } else {
            Err(format!(
                "`{text}` is not a SHA-256 of 64 lower-case hexadecimal digits"
            ))
        }
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Catalogue {
    /// # Panics
    /// Never: the built-in text is parsed by a test.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the test `the_built_in_catalogue_is_sound` parsed this text")
    }

    /// # Errors
    /// When the text is not TOML of the expected form, or a model contradicts itself.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let catalogue: Self = toml::from_str(text)?;
        let mut ids = HashSet::new();
        for model in &catalogue.models {
            let faulty = |fault| CatalogueError::Model {
                id: model.id.clone(),
                fault,
            };
            if !ids.insert(&model.id) {
                return Err(faulty("its id is used twice".to_owned()));
            }
            check_model(model).map_err(faulty)?;
        }
        Ok(catalogue)
    }

    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The named models, or the default ones when none is named.
    ///
    /// # Errors
    /// When a name is not in the catalogue.
    pub fn choose(&self, ids: &[String]) -> Result<Vec<&Model>, CatalogueError> {
        if ids.is_empty() {
            return Ok(self.models.iter().filter(|model| model.default).collect());
        }
        ids.iter().map(|id| self.find(id)).collect()
    }

    fn find(&self, id: &str) -> Result<&Model, CatalogueError> {
        self.models
            .iter()
            .find(|model| model.id == id)
            .ok_or_else(|| {
                let known: Vec<&str> = self.models.iter().map(|model| model.id.as_str()).collect();
                CatalogueError::UnknownModel {
                    id: id.to_owned(),
                    known: known.join(", "),
                }
            })
    }
}

impl Model {
    /// The files to keep on this processor.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files_for(std::env::consts::ARCH)
    }

    fn files_for(&self, arch: &str) -> impl Iterator<Item = &File> {
        self.all_files
            .iter()
            .filter(move |file| file.arch.as_deref().is_none_or(|a| a == arch))
    }

    pub fn input(&self, name: &str) -> Option<&File> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// Bytes on disk, where the catalogue knows them.
    pub fn size_bytes(&self) -> Option<u64> {
        self.files().map(|file| file.size_bytes).sum()
    }
}

fn check_model(model: &Model) -> Result<(), String> {
    plain_name(&model.id)?;
    for file in &model.all_files {
        plain_name(&file.name)?;
        if file.sources.is_empty() == file.convert.is_none() {
            return Err(format!(
                "{} needs either sources or a conversion",
                file.name
            ));
        }
        let Some(convert) = &file.convert else {
            continue;
        };
        let named = convert
            .weights
            .iter()
            .chain([&convert.vocabulary, &convert.mel_filters]);
        for name in named {
            if model.input(name).is_none() {
                return Err(format!(
                    "{} is converted from {name}, which is no input",
                    file.name
                ));
            }
        }
        if convert.weights.is_empty() {
            return Err(format!("{} is converted from nothing", file.name));
        }
    }
    for input in &model.inputs {
        plain_name(&input.name)?;
        if input.sources.is_empty() || input.convert.is_some() {
            return Err(format!(
                "input {} needs sources and nothing else",
                input.name
            ));
        }
    }
    for file in model.all_files.iter().chain(&model.inputs) {
        if model.tested && (file.sha256.is_none() || file.size_bytes.is_none()) {
            return Err(format!(
                "{} is called tested but has no hash or size",
                file.name
            ));
        }
        for source in &file.sources {
            check_source(source)?;
        }
    }
    Ok(())
}

/// Names become paths and arguments of other programs: no separators, no leading dot or dash.
fn plain_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let starts_well = name
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric());
    if starts_well && name.len() <= 100 && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(format!(
            "`{name}` is not a plain name of letters, digits, dots, dashes"
        ))
    }
}

fn check_source(source: &Source) -> Result<(), String> {
    let plain_path = |path: &str| path.split('/').try_for_each(plain_name);
    match source {
        Source::Package(package) => {
            plain_name(&package.package)?;
            plain_name(&package.version)?;
            plain_path(&package.inside)?;
            package
                .platforms
                .iter()
                .chain(&package.python)
                .try_for_each(|name| plain_name(name))
        }
        Source::Repository(Repository { repository, file }) => {
            plain_path(repository)?;
            plain_path(file)
        }
        Source::Address(Address { url }) => {
            let safe = url.starts_with("https://") || url.starts_with("http://127.0.0.1:");
            if safe && !url.contains(char::is_whitespace) {
                Ok(())
            } else {
                Err(format!("`{url}` is not an https address"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_sound() {
        let catalogue = Catalogue::parse(BUILT_IN).unwrap();
        for job in [Job::Transcribe, Job::Speak, Job::Meaning, Job::Runtime] {
            assert!(
                catalogue
                    .choose(&[])
                    .unwrap()
                    .iter()
                    .any(|model| model.job == job)
            );
        }
        for language in ["rw", "sw"] {
            assert!(
                catalogue
                    .models
                    .iter()
                    .any(|m| m.languages.contains(&language.to_owned()))
            );
        }
        assert!(
            catalogue
                .models
                .iter()
                .all(|model| model.tested || !model.default)
        );
    }

    #[test]
    fn each_processor_has_its_own_runtime() {
        let catalogue = Catalogue::built_in();
        let runtime = catalogue.find("onnxruntime").unwrap();
        for arch in ["x86_64", "aarch64"] {
            assert_eq!(runtime.files_for(arch).count(), 1);
        }
        assert_eq!(runtime.files_for("riscv64").count(), 0);
    }

    #[track_caller]
    fn check_refused(file: &str, reason: &str) {
        let text = format!(
            "[[model]]\nid = \"m\"\njob = \"speak\"\nlanguages = []\nmemory_bytes = 1\n\
             licence = \"MIT\"\ndefault = false\ntested = false\n{file}"
        );
        let error = Catalogue::parse(&text).unwrap_err();
        let text = format!("{error} {:?}", std::error::Error::source(&error));
        assert!(text.contains(reason), "{text}");
    }

    #[test]
    fn a_catalogue_that_would_write_elsewhere_or_cannot_be_followed_is_refused() {
        let sources = "sources = [{ url = \"https://example.org/x\" }]";
        check_refused(
            &format!("[[model.file]]\nname = \"../x\"\n{sources}"),
            "not a plain name",
        );
        check_refused(
            &format!("[[model.file]]\nname = \".x\"\n{sources}"),
            "not a plain name",
        );
        check_refused(
            "[[model.file]]\nname = \"x\"",
            "either sources or a conversion",
        );
        check_refused(
            "[[model.file]]\nname = \"x\"\nconvert = { precision = \"f16\", weights = [\"w\"], \
             vocabulary = \"v\", mel_filters = \"m\" }",
            "which is no input",
        );
        check_refused(
            "[[model.file]]\nname = \"x\"\nsources = [{ url = \"ftp://x\" }]",
            "not an https address",
        );
        check_refused(
            "[[model.file]]\nname = \"x\"\nsources = [{ package = \"--index-url\", \
             version = \"1\", inside = \"x\" }]",
            "not a plain name",
        );
        check_refused(
            "[[model.file]]\nname = \"x\"\nsha256 = \"ABC\"",
            "not a SHA-256",
        );
        check_refused("[[model.file]]\nname = \"x\"\nsha265 = \"\"", "sha265");
    }
}
