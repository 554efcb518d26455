//! The site in memory, ready to be sent. A release build has one for its whole life; a debug build makes a new one when a file of
//! `static/` has changed.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::Bytes;

use super::site::{Digest, File, Site};

pub struct Assets {
    pub digest: String,
    pub document: String,
    pub skeletons: HashMap<String, String>,
    /// The files of a page, as [`Site::pages`] has them.
    pub pages: HashMap<String, String>,
    files: HashMap<String, Served>,
}

pub struct Served {
    pub kind: String,
    pub tag: String,
    pub plain: Bytes,
    pub brotli: Option<Bytes>,
    pub gzip: Option<Bytes>,
}

impl Assets {
    fn of(site: &Site) -> Self {
        let owned = |pairs: &[(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)]| {
            pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
        };
        Self {
            digest: site.digest.to_string(),
            document: site.document.to_string(),
            skeletons: owned(&site.skeletons),
            pages: owned(&site.pages),
            files: site.files.iter().map(|file| (file.path.to_string(), Served::of(file))).collect(),
        }
    }

    pub fn file(&self, path: &str) -> Option<&Served> {
        self.files.get(path)
    }
}

impl Served {
    fn of(file: &File) -> Self {
        let mut digest = Digest::new();
        digest.add(&file.plain);
        let kind = mime_guess::from_path(file.path.as_ref()).first_or_octet_stream();
        let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
        Self {
            kind,
            tag: digest.written(),
            plain: Bytes::copy_from_slice(&file.plain),
            brotli: file.brotli.as_deref().map(Bytes::copy_from_slice),
            gzip: file.gzip.as_deref().map(Bytes::copy_from_slice),
        }
    }
}

#[cfg(embedded_site)]
pub fn assets() -> Result<Arc<Assets>, String> {
    use std::sync::LazyLock;
    static ASSETS: LazyLock<Arc<Assets>> = LazyLock::new(|| Arc::new(Assets::of(&embedded::SITE)));
    Ok(Arc::clone(&ASSETS))
}

#[cfg(embedded_site)]
mod embedded {
    use std::borrow::Cow;

    use crate::http::assets::site::{File, Site};

    include!(concat!(env!("OUT_DIR"), "/site.rs"));
}

#[cfg(not(embedded_site))]
pub fn assets() -> Result<Arc<Assets>, String> {
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};
    use std::time::SystemTime;

    use super::site::{Effort, locales};

    static MADE: Mutex<Option<(Vec<SystemTime>, Arc<Assets>)>> = Mutex::new(None);
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/static"));
    let mut changed = Vec::new();
    for folder in [folder, &locales(folder)] {
        times(folder, &mut changed).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((then, assets)) = made.as_ref()
        && *then == changed
    {
        return Ok(Arc::clone(assets));
    }
    let assets = Arc::new(Assets::of(&Site::of_folder(folder, Effort::Quick)?));
    *made = Some((changed, Arc::clone(&assets)));
    Ok(assets)
}

/// When each file was written, and so also how many there are.
#[cfg(not(embedded_site))]
fn times(folder: &std::path::Path, found: &mut Vec<std::time::SystemTime>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let about = entry.metadata()?;
        if about.is_dir() { times(&entry.path(), found)? } else { found.push(about.modified()?) }
    }
    Ok(())
}
