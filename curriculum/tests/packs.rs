//! The content in `packs/` has no fault: a fault fails the build with its file and line.

use std::fs;
use std::path::Path;

use curriculum::finding::Severity;
use curriculum::source::{SourceFile, read};

fn packs() -> std::io::Result<Vec<SourceFile>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs");
    let mut files = Vec::new();
    for course in fs::read_dir(&folder)? {
        let course = course?.path();
        if !course.is_dir() {
            files.push(SourceFile {
                path: course
                    .strip_prefix(&folder)
                    .unwrap_or(&course)
                    .to_string_lossy()
                    .into_owned(),
                text: fs::read_to_string(&course)?,
            });
            continue;
        }
        for file in fs::read_dir(course)? {
            let path = file?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                let relative = path.strip_prefix(&folder).unwrap_or(&path);
                files.push(SourceFile {
                    path: relative.to_string_lossy().replace('\\', "/"),
                    text: fs::read_to_string(&path)?,
                });
            }
        }
    }
    Ok(files)
}

#[test]
fn no_course_has_a_fault() {
    let (source, mut findings) = read(&packs().unwrap());
    findings.extend(curriculum::pack::check(&source));
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("curriculum/packs/{finding}"))
        .collect();
    assert!(
        errors.is_empty(),
        "{} errors\n{}",
        errors.len(),
        errors.join("\n")
    );
}
