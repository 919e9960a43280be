//! A page on paper, by the print of a browser that is there anyway: nothing is shipped for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// Browsers that print without a window, by the names they have on a path.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "msedge"];

/// Whether a page was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Printed {
    /// It was.
    Yes,
    /// It was not, for this reason.
    No(&'static str),
}

/// Prints a page of our own as a PDF.
///
/// # Errors
/// The page cannot be found, or a folder for the browser's own files not be made.
pub(crate) fn pdf(page: &Path, paper: &Path) -> anyhow::Result<Printed> {
    let Some(browser) = browser() else {
        return Ok(Printed::No("there is no Chromium on the path"));
    };
    let page = page.canonicalize().with_context(|| format!("find {}", page.display()))?;
    let profile = tempfile::tempdir().context("make a folder for the browser")?;
    // Who is root, in a container for instance, gets no sandbox from it; the page has no script.
    for more in [None, Some("--no-sandbox")] {
        let ran = Command::new(&browser)
            .args(["--headless", "--disable-gpu", "--no-pdf-header-footer"])
            .args(more)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--print-to-pdf={}", paper.display()))
            .arg(format!("file://{}", page.display()))
            .output();
        let printed = ran.is_ok_and(|ran| ran.status.success());
        if printed && std::fs::read(paper).is_ok_and(|bytes| bytes.starts_with(b"%PDF")) {
            return Ok(Printed::Yes);
        }
    }
    Ok(Printed::No("the Chromium on the path did not print it"))
}

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places =
        std::env::split_paths(&path).flat_map(|folder| BROWSERS.map(|name| folder.join(name)));
    places.find(|place| place.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_printed_where_there_is_a_browser() {
        let folder = tempfile::tempdir().unwrap();
        let (page, paper) = (folder.path().join("a.html"), folder.path().join("a.pdf"));
        std::fs::write(&page, "<!DOCTYPE html><title>a</title><p>On paper.</p>").unwrap();
        let printed = pdf(&page, &paper).unwrap();
        match browser() {
            Some(_) => assert_eq!(printed, Printed::Yes),
            None => {
                eprintln!("no Chromium on the path: nothing is printed");
                assert_eq!(printed, Printed::No("there is no Chromium on the path"));
            }
        }
        assert_eq!(paper.is_file(), printed == Printed::Yes);
    }
}
