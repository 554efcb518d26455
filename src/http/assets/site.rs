//! The browser's part as it is sent: the folder `static/` with its style sheets in one file, its modules linked, and every
//! text compressed. A release holds it ready, made by the build script, which compiles this file too; a debug build makes
//! it from the folder whenever that has changed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{dictionaries, linker};

const ENTRY: &str = "js/app.js";
const STYLES: &str = "css/site.css";
const ROUTES: &str = "js/routes.js";
const DOCUMENT: &str = "index.html";

/// The files of a release; a debug build makes the same.
pub struct Site {
    /// The digest of all files, which is part of each address.
    pub digest: Cow<'static, str>,
    /// The document, with marks for the parts that depend on the request.
    pub document: Cow<'static, str>,
    /// Before a page has a script of its own: by name, from `skeletons/`.
    pub skeletons: Cow<'static, [(Cow<'static, str>, Cow<'static, str>)]>,
    /// The files of each page, by the pattern of its address: its script and its dictionary, with a blank between them.
    /// `{lang}` stands for the reader's language.
    pub pages: Cow<'static, [(Cow<'static, str>, Cow<'static, str>)]>,
    pub files: Cow<'static, [File]>,
}

#[derive(Clone)]
pub struct File {
    pub path: Cow<'static, str>,
    pub plain: Cow<'static, [u8]>,
    /// The compressed forms that are smaller than the file.
    pub brotli: Option<Cow<'static, [u8]>>,
    pub gzip: Option<Cow<'static, [u8]>>,
}

/// How much time compressing may take.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "the build script takes its time, a debug build is in a hurry")]
pub enum Effort {
    Most,
    Quick,
}

impl Site {
    pub fn of_folder(folder: &Path, effort: Effort) -> Result<Self, String> {
        let mut sources = BTreeMap::new();
        let (locales, beside) = (locales(folder), folder.parent().unwrap_or(folder));
        for (root, folder) in [(folder, folder), (beside, &locales)] {
            read(root, folder, &mut sources).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Self::of_sources(sources, effort)
    }

    fn of_sources(mut sources: BTreeMap<String, Vec<u8>>, effort: Effort) -> Result<Self, String> {
        let document = text(&mut sources, DOCUMENT)?;
        let (document, styles) = one_style_sheet(&document);
        let mut css = String::new();
        for path in styles {
            css.push_str(&without_comments(&text(&mut sources, &path)?));
        }
        let mut modules = BTreeMap::new();
        let mut skeletons = Vec::new();
        for path in sources.keys().cloned().collect::<Vec<_>>() {
            if path.ends_with(".js") || path.ends_with("words.ftl") {
                modules.insert(path.clone(), text(&mut sources, &path)?);
            } else if path.starts_with("locales/") {
                sources.remove(&path);
            } else if let Some(name) = path.strip_prefix("skeletons/").and_then(|name| name.strip_suffix(".html")) {
                skeletons.push((name.to_owned().into(), text(&mut sources, &path)?.into()));
            }
        }
        let routes = modules.get(ROUTES).map(|routes| pages(routes)).unwrap_or_default();
        let lists = routes.iter().map(|page| page.nouns.clone()).filter(|nouns| !nouns.is_empty()).collect();
        let dictionaries = dictionaries::bundle(&mut modules, &lists)?;
        let chunks = linker::link(&modules, ENTRY)?;
        let is_chunk = |path: &String| chunks.iter().any(|chunk| chunk.path == *path);
        let pages = routes.into_iter().map(|page| {
            let script = Some(page.script).filter(is_chunk);
            let words = dictionaries::path("{lang}", &page.nouns);
            (page.route.into(), script.into_iter().chain([words]).collect::<Vec<_>>().join(" ").into())
        });
        let pages = pages.collect::<Vec<_>>();

        sources.extend(dictionaries.into_iter().map(|(path, text)| (path, text.into_bytes())));
        sources.insert(STYLES.to_owned(), css.into_bytes());
        for chunk in chunks {
            let mut text = chunk.text;
            if matches!(effort, Effort::Quick) {
                let name = chunk.path.rsplit('/').next().unwrap_or_default();
                let _ = writeln!(text, "//# sourceMappingURL={name}.map");
                sources.insert(format!("{}.map", chunk.path), map(&chunk.sources, &modules).into_bytes());
            }
            sources.insert(chunk.path, text.into_bytes());
        }
        let mut digest = Digest::new();
        for (path, bytes) in &sources {
            digest.add(path.as_bytes());
            digest.add(bytes);
        }
        digest.add(document.as_bytes());
        let files =
            sources.into_iter().map(|(path, plain)| File::new(path, plain, effort)).collect::<io::Result<Vec<_>>>();
        Ok(Self {
            digest: digest.written().into(),
            document: document.into(),
            skeletons: skeletons.into(),
            pages: pages.into(),
            files: files.map_err(|error| error.to_string())?.into(),
        })
    }
}

/// Drops comments on lines of their own.
fn without_comments(css: &str) -> String {
    let is_comment =
        |line: &&str| line.trim().strip_prefix("/*").is_some_and(|rest| rest.find("*/") == rest.len().checked_sub(2));
    css.lines().filter(|line| !is_comment(line)).flat_map(|line| [line, "\n"]).collect()
}

impl File {
    fn new(path: String, plain: Vec<u8>, effort: Effort) -> io::Result<Self> {
        let (mut brotli, mut gzip) = (None, None);
        if is_text(&path) {
            let smaller = |packed: Vec<u8>| (packed.len() < plain.len()).then_some(Cow::Owned(packed));
            brotli = smaller(brotli_of(&plain, effort)?);
            gzip = smaller(gzip_of(&plain, effort)?);
        }
        Ok(Self { path: path.into(), plain: plain.into(), brotli, gzip })
    }
}

fn brotli_of(plain: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    let quality = match effort {
        Effort::Most => 11,
        Effort::Quick => 9,
    };
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 16 * 1024, quality, 22);
    writer.write_all(plain)?;
    drop(writer);
    Ok(packed)
}

fn gzip_of(plain: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    let level = match effort {
        Effort::Most => flate2::Compression::best(),
        Effort::Quick => flate2::Compression::fast(),
    };
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
    writer.write_all(plain)?;
    writer.finish()
}

/// Text that is worth compressing, by the end of its name.
pub fn is_text(path: &str) -> bool {
    [".js", ".css", ".svg", ".webmanifest", ".json", ".map", ".txt"].iter().any(|end| path.ends_with(end))
}

/// Distinguishes versions; it does not protect against anybody.
pub struct Digest(u64);

impl Digest {
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// FNV-1a
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub fn written(&self) -> String {
        format!("{:016x}", self.0)
    }
}

fn read(root: &Path, folder: &Path, sources: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(root, &path, sources)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            sources.insert(name.join("/"), fs::read(&path)?);
        }
    }
    Ok(())
}

/// The words that the pages share with the server stand beside `static/`.
pub fn locales(folder: &Path) -> PathBuf {
    folder.with_file_name("locales")
}

fn text(sources: &mut BTreeMap<String, Vec<u8>>, path: &str) -> Result<String, String> {
    let bytes = sources.remove(path).ok_or_else(|| format!("{path} does not exist"))?;
    String::from_utf8(bytes).map_err(|error| format!("{path}: {error}"))
}

/// The document with one style sheet, and the paths of those it had, in their order.
fn one_style_sheet(document: &str) -> (String, Vec<String>) {
    let (mut written, mut paths) = (String::new(), Vec::new());
    for line in document.lines() {
        let sheet = line.trim().strip_prefix("<link rel=\"stylesheet\" href=\"/static/");
        match sheet.and_then(|rest| rest.split_once('"')) {
            Some((path, _)) => {
                if paths.is_empty() {
                    let _ = writeln!(written, "  <link rel=\"stylesheet\" href=\"/static/{STYLES}\">");
                }
                paths.push(path.to_owned());
            }
            None => {
                let _ = writeln!(written, "{line}");
            }
        }
    }
    (written, paths)
}

struct PageFiles {
    route: String,
    script: String,
    nouns: Vec<String>,
}

/// Reads the table of routes: `"/broker": { …, words: "tasks rooms", load: () => import("./pages/x.js") }`, on one line or
/// on several.
fn pages(routes: &str) -> Vec<PageFiles> {
    let parts: Vec<&str> = routes.split("import(\"./").collect();
    let page = |pair: &[&str]| {
        let [entry, after] = pair else { return None };
        let (_, entry) = entry.rsplit_once("\n  \"/")?;
        let (route, entry) = entry.split_once("\":")?;
        let (script, _) = after.split_once('"')?;
        let nouns = entry.split_once("words: \"").and_then(|(_, words)| words.split_once('"'));
        let nouns = nouns.map_or("", |(nouns, _)| nouns).split_whitespace().map(str::to_owned).collect();
        Some(PageFiles { route: format!("/{route}"), script: format!("js/{script}"), nouns })
    };
    parts.windows(2).filter_map(page).collect()
}

/// So that a debugger shows the sources: lines stay lines, so each is mapped to itself.
fn map(sources: &[(String, usize)], modules: &BTreeMap<String, String>) -> String {
    let sections = sources.iter().filter_map(|(path, line)| {
        let text = modules.get(path)?;
        let lines = format!("AAAA{}", ";AACA".repeat(text.lines().count().saturating_sub(1)));
        Some(format!(
            "{{\"offset\":{{\"line\":{line},\"column\":0}},\"map\":{{\"version\":3,\"sources\":[{}],\"sourcesContent\":[{}],\
             \"names\":[],\"mappings\":\"{lines}\"}}}}",
            quoted(&format!("/{path}")),
            quoted(text)
        ))
    });
    format!("{{\"version\":3,\"sections\":[{}]}}", sections.collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
